// A real hub for the browser's tests: the debug binary on a free port, with a database of its own.
//
//   const hub = await startHub();                        // or { app: "web/dist" } to serve that folder's app,
//                                                        // { households: 5000 } to find so many surveyed already
//   const code = await hub.enrol("สมศรี ใจงาม", ["65011704"]);   // { code, address }, address is what a QR holds
//   await page.goto(code.address);
//   await hub.kill(); await hub.restart();               // the same port, the same database
//   const csv = await hub.read(await hub.key("planner"), "households.csv");
//   await hub.end();                                     // stops it and removes its folder
//
// `SAMRUAT_BINARY` names another binary than `target/debug/samruat`.

import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const WORKSPACE = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const TAMBON = "650117";
/** The villages in which `samruat demo` makes households up. */
export const SURVEYED = [`${TAMBON}04`, `${TAMBON}05`];

const BINARY = resolve(
  WORKSPACE,
  process.env.SAMRUAT_BINARY ?? join(process.env.CARGO_TARGET_DIR ?? "target", "debug/samruat"),
);
const START_MS_MAX = 30_000;

/** The servers that run. A test that fails half-way leaves none behind. */
const running = new Set();
process.on("exit", () => running.forEach((server) => server.kill("SIGKILL")));

/** Starts a hub. `app` is the folder of an app to serve instead of the one in the binary; `households` of
 * [`SURVEYED`] were made up before; `options` are further words for `samruat serve`. */
export async function startHub({ app, households = 0, options = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "samruat-e2e-"));
  if (households > 0) {
    const demo = ["demo", "--once", "--households", String(households), "--keep", folder, "--listen", "127.0.0.1:0"];
    await promisify(execFile)(BINARY, demo, { maxBuffer: 64 * 1024 * 1024 });
  }
  const hub = new Hub(folder, [...(app ? ["--app", resolve(WORKSPACE, app)] : []), ...options]);
  await hub.start();
  return hub;
}

export class Hub {
  #server = null;
  #log = [];
  #options;

  constructor(folder, options) {
    this.folder = folder;
    this.database = `sqlite:${join(folder, "hub.sqlite")}`;
    this.url = null;
    this.#options = options;
  }

  /** Starts it on the port that it had before, or on a free one. */
  async start() {
    const address = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const words = ["serve", "--json", "--database-url", this.database, "--listen", address, ...this.#options];
    const server = spawn(BINARY, words, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(server);
    server.once("exit", () => running.delete(server));
    server.once("error", (error) => this.#log.push(String(error)));
    server.stderr.on("data", (text) => this.#log.push(String(text)));
    this.#server = server;
    this.url = await this.#told(server);
  }

  /** What it did and why it failed, for a test that fails. */
  get log() {
    return this.#log.join("\n");
  }

  /** Ends it as a power cut does. */
  async kill() {
    await this.#signal("SIGKILL");
  }

  /** Lets it finish what it is at, and stops it. */
  async stop() {
    await this.#signal("SIGTERM");
  }

  /** Kills it where it runs, and starts it again at the same address. */
  async restart() {
    await this.kill();
    await this.start();
  }

  /** Stops it and removes all that it had. */
  async end() {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Another command of the same binary on this hub's database; gives what it says in JSON. */
  async samruat(...words) {
    return run([...words, "--json", "--database-url", this.database]);
  }

  /** A one-time code for a volunteer's device, and the address with it that a QR holds. */
  async enrol(person, villages = [`${TAMBON}04`]) {
    const { code } = await this.samruat("enroll", "--person", person, "--villages", villages.join(","));
    return { code, address: `${this.url}/#code=${code}` };
  }

  /** An API key of this role. */
  async key(role, area = TAMBON) {
    const { key } = await this.samruat("api-key", "--role", role, "--area", area, "--label", "ทดสอบ");
    return key;
  }

  /** Somebody of this role who can sign in to the office's pages. */
  person(name, role, password, area = TAMBON) {
    const words = ["person", "add", name, "--role", role, "--area", area, "--database-url", this.database];
    execFileSync(BINARY, words, { input: `${password}\n` });
  }

  /** What a key may read below the tambon's address: parsed where it is JSON, else as text. */
  async read(key, path, tambon = TAMBON) {
    const address = `${this.url}/api/v1/tambons/${tambon}/${path}`;
    const answer = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} for ${path}: ${text}`);
    return answer.headers.get("content-type").includes("json") ? JSON.parse(text) : text;
  }

  /** A colleague's device on the command line, enrolled here: `await device("set", household, "roof_condition=3")`
   * gives what `samruat device set …` says in JSON. */
  async device(person, villages = [`${TAMBON}04`]) {
    const { code } = await this.enrol(person, villages);
    return this.deviceByCode(code);
  }

  /** The same, with a code that somebody made. */
  async deviceByCode(code) {
    const folder = join(this.folder, `device-${code}`);
    const device = (...words) => run(["device", ...words, "--json", "--dir", folder]);
    await device("init", "--hub", this.url, "--code", code);
    return device;
  }

  async #signal(signal) {
    const server = this.#server;
    this.#server = null;
    if (!server || !running.has(server)) return;
    const gone = once(server, "exit");
    server.kill(signal);
    await gone;
  }

  /** The address that it listens on; it is the first line that is no line of the log. */
  #told(server) {
    return new Promise((found, fail) => {
      const late = setTimeout(() => fail(new Error(`the hub did not start:\n${this.log}`)), START_MS_MAX);
      server.once("exit", () => fail(new Error(`the hub ended:\n${this.log}`)));
      createInterface({ input: server.stdout }).on("line", (line) => {
        const url = line.startsWith('{"url"') ? JSON.parse(line).url : null;
        if (!url) return void this.#log.push(line);
        clearTimeout(late);
        found(url);
      });
    });
  }
}

/** Runs a command of the binary to its end; gives what it says in JSON. */
async function run(words) {
  const { stdout } = await promisify(execFile)(BINARY, words, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim() ? JSON.parse(stdout) : null;
}
