// A page that is nothing but the app's core, in a real Chromium, before a real hub: for tests of storage,
// sync and tabs that need no screen.
//
//   const place = await startPlace(hub);            // serves web/dist's worker and wasm, hands /api to the hub
//   const phone = await place.phone();              // a browser of its own: its storage, its PIN
//   await phone.core("enrol", code, "123456");      // a call of web/field/src/core/api.ts; throws its fault
//   place.cut = true;                               // no network
//   await place.end();

import { createServer, request } from "node:http";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createRequire } from "node:module";
import { once } from "node:events";
import { WORKSPACE } from "./hub.mjs";

const require = createRequire(join(WORKSPACE, "web/package.json"));
const { chromium } = require("playwright-core");
const { build } = require("esbuild");

const DIST = join(WORKSPACE, "web/dist");
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html; charset=utf-8" };
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'";
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const BREAKS_AFTER_MS = 300;

/** Serves the core to browsers. */
export async function startPlace(hub) {
  const place = new Place(hub, await script());
  await place.listen();
  return place;
}

/** The core's client as a page's script, with the address that the build gave its worker. */
async function script() {
  const worker = (await readdir(join(DIST, "assets"))).find((name) => /^worker-.*\.js$/.test(name));
  const built = await build({
    stdin: {
      contents: `import { createCore } from "./client.ts";
        const core = createCore();
        const events = [];
        core.subscribe((event) => events.push(event));
        Object.assign(globalThis, { core, events });`,
      resolveDir: join(WORKSPACE, "web/field/src/core"),
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    define: { __CORE_WORKER__: JSON.stringify(`/assets/${worker}`) },
  });
  return built.outputFiles[0].contents;
}

class Place {
  /** No network: requests to the hub are cut off. */
  cut = false;
  /** `{ path, bytes }`: the next answer of the hub below this path breaks off after so many bytes; with `stays`, the
   * network is cut from then on. */
  cutAfter = null;
  /** Bytes of PATCH requests after which the network is cut. (A browser repeats by itself what breaks off once.) */
  cutUpAfter = null;
  /** What went to the hub: method, path, range, bytes up and down, status. */
  traffic = [];
  #phones = [];

  constructor(hub, script) {
    this.hub = hub;
    this.script = script;
    this.server = createServer((asked, answer) => this.#answer(asked, answer));
  }

  async listen() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  async end() {
    for (const phone of this.#phones) await phone.end();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** A phone: a browser with a storage of its own. */
  async phone() {
    const folder = await mkdtemp(join(tmpdir(), "samruat-phone-"));
    const phone = new Phone(this, folder);
    this.#phones.push(phone);
    await phone.start();
    return phone;
  }

  async #answer(asked, answer) {
    if (asked.url.startsWith("/api/")) return this.#pass(asked, answer);
    try {
      const path = asked.url === "/" ? null : asked.url;
      if (path === "/main.js") return void answer.writeHead(200, { "Content-Type": TYPES[".js"] }).end(this.script);
      const page = '<!doctype html><meta charset="utf-8"><title>core</title><script type="module" src="/main.js"></script>';
      const bytes = path === null ? page : await readFile(join(DIST, path));
      const type = TYPES[path === null ? ".html" : extname(path)] ?? "application/octet-stream";
      answer.writeHead(200, { "Content-Type": type, "Content-Security-Policy": POLICY }).end(bytes);
    } catch {
      answer.writeHead(404).end();
    }
  }

  /** Hands a request to the hub, unless the network is cut. */
  #pass(asked, answer) {
    if (this.cut) return void asked.socket.destroy();
    const entry = { method: asked.method, path: asked.url, range: asked.headers.range ?? null, up: 0, down: 0, status: 0 };
    this.traffic.push(entry);
    const passed = request(new URL(asked.url, this.hub.url), { method: asked.method, headers: asked.headers });
    passed.on("error", () => asked.socket.destroy());
    passed.on("response", (told) => {
      entry.status = told.statusCode;
      answer.writeHead(told.statusCode, told.headers);
      told.on("data", (piece) => {
        entry.down += piece.length;
        const { path, bytes, stays } = this.cutAfter ?? {};
        if (path !== undefined && asked.url.startsWith(path) && entry.down > bytes) {
          const left = piece.subarray(0, bytes - (entry.down - piece.length));
          entry.down = bytes;
          this.cutAfter = null;
          this.cut = stays ?? false;
          passed.destroy();
          // A browser gives up what a page has not read yet when the line breaks; a line breaks later than its last bytes.
          return void answer.write(left, () => setTimeout(() => asked.socket.destroy(), BREAKS_AFTER_MS));
        }
        answer.write(piece);
      });
      told.on("end", () => answer.end());
    });
    asked.on("data", (piece) => {
      entry.up += piece.length;
      passed.write(piece);
      if (this.cutUpAfter === null || asked.method !== "PATCH") return;
      this.cutUpAfter -= piece.length;
      if (this.cutUpAfter <= 0) {
        this.cutUpAfter = null;
        this.cut = true;
        asked.socket.destroy();
        passed.destroy();
      }
    });
    asked.on("end", () => passed.end());
  }
}

class Phone {
  constructor(place, folder) {
    this.place = place;
    this.folder = folder;
  }

  /** Switches the phone on; its storage is what it was. */
  async start() {
    this.browser = await chromium.launchPersistentContext(this.folder, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: FLAGS,
    });
    this.page = await this.tab();
  }

  /** Ends it as an empty battery does. */
  async stop() {
    await this.browser.close();
  }

  async end() {
    await this.stop().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A tab with the core in it. */
  async tab() {
    const page = await this.browser.newPage();
    page.on("pageerror", (error) => console.error("page:", error.message));
    await page.goto(this.place.url);
    await page.waitForFunction(() => globalThis.core);
    return page;
  }

  /** Calls the core. A failure is thrown as an error whose `code` is its code. */
  core(method, ...args) {
    return this.coreOf(this.page, method, ...args);
  }

  async coreOf(page, method, ...args) {
    const told = await page.evaluate(
      async ([method, args]) => {
        try {
          return { value: await globalThis.core[method](...args) };
        } catch (fault) {
          return { fault };
        }
      },
      [method, args],
    );
    if (told.fault) throw Object.assign(new Error(`${method}: ${JSON.stringify(told.fault)}`), told.fault);
    return told.value;
  }

  /** Waits until the status fits. */
  async until(fits, withinMs = 30_000) {
    const late = Date.now() + withinMs;
    for (;;) {
      const status = await this.core("setTextSize", 20);
      if (fits(status)) return status;
      if (Date.now() > late) throw new Error(`the status stays ${JSON.stringify(status)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What the core told without being asked. */
  events() {
    return this.page.evaluate(() => globalThis.events.splice(0));
  }
}
