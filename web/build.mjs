// Builds everything that a phone installs into dist/: the core in wasm, script, style and the files of
// field/static, each text and wasm file with its .br beside it; and the office's page into dist/office/. Prints
// sizes, and fails above the budget.
//
//   node build.mjs           as it is served
//   node build.mjs --fast    for development: neither wasm-opt nor compression; what is not changed stays
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const WEB = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(WEB, "..");
const DIST = join(WEB, "dist");
const STATIC = join(WEB, "field/static");
const SOURCE = join(WEB, "field/src");
const OFFICE = join(WEB, "office");
/** Bytes of all that a phone installs, compressed. */
const INSTALL_BYTES_MAX = 400 * 1024;
/** Rolled loops for hashes, which are a fraction of unrolled ones; and no paths of the machine that builds. */
const RUSTFLAGS = ['--cfg=sha2_backend_soft="compact"', `--remap-path-prefix=${cargoHome()}/registry/src=`];
/** What a module may use: every browser that the script is built for has it, and so does Node.js. */
const WASM_FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"].map(
  (feature) => `--enable-${feature}`,
);
const COMPRESSED = new Set([".html", ".js", ".css", ".json", ".webmanifest", ".svg", ".wasm", ".txt"]);

const fast = process.argv.includes("--fast");

rmSync(DIST, { recursive: true, force: true });
mkdirSync(join(DIST, "assets"), { recursive: true });

const wasm = core();
/** Tells each build from every other: the service worker keeps a build's files under it. */
const version = `${cargoVersion()}+${digest(wasm, ...files(SOURCE), ...files(STATIC))}`;
const define = { __VERSION__: JSON.stringify(version), __CORE_WASM__: JSON.stringify(place("core.wasm", wasm)) };
define.__PRACTICE_FORM__ = JSON.stringify(place("practice.json", builtInForm()));
define.__CORE_WORKER__ = JSON.stringify(await bundle("core/worker.ts"));
if (existsSync(join(SOURCE, "main.tsx"))) await pages();
// After the service worker was told what it keeps: the office's page is none of that.
await officePage();
report();

function cargoVersion() {
  return /^version = "(.+)"$/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))[1];
}

/** The first digits of the hash over bytes and files. */
function digest(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(typeof part === "string" ? readFileSync(part) : part);
  return hash.digest("hex").slice(0, 10);
}

/** The core: compiled, and made small unless it is for development. */
function core() {
  const target = "wasm32-unknown-unknown";
  const profile = fast ? "release" : "phone";
  const flags = ["build", "--quiet", "--package", "field-core", "--lib", "--target", target, "--profile", profile];
  execFileSync("cargo", flags, { cwd: ROOT, stdio: "inherit", env: cargoEnvironment() });
  const folder = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const file = join(folder, target, profile, "field_core.wasm");
  if (fast) return readFileSync(file);
  const small = join(folder, target, profile, "field_core.small.wasm");
  const optimizer = join(WEB, "node_modules/binaryen/bin/wasm-opt");
  execFileSync(process.execPath, [optimizer, "-Oz", ...WASM_FEATURES, "--strip-debug", "--strip-producers", file, "-o", small]);
  return readFileSync(small);
}

/** The form that comes with the program, for who practises before being enrolled. */
function builtInForm() {
  const run = ["run", "--quiet", "--package", "survey-form", "--bin", "form-model", "--", "data/forms/household.xlsx"];
  return execFileSync("cargo", run, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], maxBuffer: 16 * 1024 * 1024 });
}

function cargoHome() {
  return process.env.CARGO_HOME ?? join(homedir(), ".cargo");
}

function cargoEnvironment() {
  const quick = { CARGO_PROFILE_RELEASE_DEBUG: "false", CARGO_PROFILE_RELEASE_LTO: "off", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16" };
  const flags = { CARGO_ENCODED_RUSTFLAGS: RUSTFLAGS.join("\u001f") };
  return { ...process.env, ...flags, ...(fast ? quick : {}) };
}

/** Puts a file under a name that tells its content; gives its address. */
function place(name, bytes) {
  const ending = extname(name);
  const address = `/assets/${basename(name, ending)}-${digest(bytes)}${ending}`;
  writeFileSync(join(DIST, address), bytes);
  return address;
}

/** Bundles a script or a style with the fonts that it names, under a name that tells its content; gives its address. */
async function bundle(entry, { folder = SOURCE, ...options } = {}) {
  const built = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    outdir: DIST,
    entryNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    publicPath: "/",
    metafile: true,
    format: "esm",
    target: ["chrome109", "firefox115", "safari16.4"],
    minify: !fast,
    sourcemap: fast ? "inline" : false,
    define,
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".woff2": "file" },
    legalComments: "none",
    // Else each Thai letter takes six bytes.
    charset: "utf8",
    ...options,
  });
  const outputs = Object.entries(built.metafile.outputs);
  const [output] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
  return `/${relative(DIST, resolve(output))}`;
}

/** The page with its scripts and styles, the files that keep their names, and the service worker, which is told all. */
async function pages() {
  const addresses = { "/main.js": await bundle("main.tsx"), "/style.css": await bundle("style.css") };
  for (const [name, weight] of [["/regular.woff2", "-400-"], ["/semibold.woff2", "-600-"]]) {
    addresses[name] = `/${relative(DIST, files(join(DIST, "assets")).find((file) => file.includes(weight)))}`;
  }
  for (const file of files(STATIC)) {
    const path = relative(STATIC, file);
    if (path.startsWith("fonts/")) continue;
    mkdirSync(dirname(join(DIST, path)), { recursive: true });
    if (path !== "index.html") cpSync(file, join(DIST, path));
  }
  writeFileSync(join(DIST, "index.html"), withAddresses(join(STATIC, "index.html"), addresses));
  const kept = files(DIST).map((file) => `/${relative(DIST, file)}`).map((path) => (path === "/index.html" ? "/" : path));
  define.__FILES__ = JSON.stringify(kept);
  await bundle("sw.ts", { entryNames: "[name]", format: "iife" });
}

/** The office's page; the fonts are those that the app has. Charts and outlines are files of their own, which are fetched
 * by who looks at them. */
async function officePage() {
  const options = { folder: join(OFFICE, "src"), entryNames: "office/[name]-[hash]" };
  const parts = { splitting: true, chunkNames: "office/[name]-[hash]" };
  const addresses = { "/main.js": await bundle("main.tsx", { ...options, ...parts }), "/style.css": await bundle("style.css", options) };
  writeFileSync(join(DIST, "office/index.html"), withAddresses(join(OFFICE, "static/index.html"), addresses));
}

/** A page's text with the addresses of its script and its style. */
function withAddresses(page, addresses) {
  return readFileSync(page, "utf8").replace(/"(\/(?:main\.js|style\.css|regular\.woff2|semibold\.woff2))"/g, (_, name) => `"${addresses[name]}"`);
}

function files(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

function report() {
  let total = 0;
  for (const file of files(DIST)) {
    const bytes = readFileSync(file);
    let size = statSync(file).size;
    if (!fast && COMPRESSED.has(extname(file))) {
      const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
      const small = brotliCompressSync(bytes, options);
      writeFileSync(`${file}.br`, small);
      size = small.length;
    }
    const path = relative(DIST, file);
    if (!path.startsWith("office/")) total += size;
    console.log(`${String(size).padStart(9)}  ${path}`);
  }
  console.log(`${String(total).padStart(9)}  in all that a phone installs${fast ? ", not compressed" : ""}`);
  if (!fast && total > INSTALL_BYTES_MAX) {
    console.error(`what a phone installs is over its budget of ${INSTALL_BYTES_MAX} bytes`);
    process.exitCode = 1;
  }
}
