// Builds the screens over a scripted core, serves them with the hub's own security headers, and opens a browser.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const web = new URL("../../../web/", import.meta.url);
const require = createRequire(new URL("package.json", web));
const esbuild = require("esbuild");
const { chromium } = require("playwright-core");
export const axe = require.resolve("axe-core");

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(" ");
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", woff2: "font/woff2", svg: "image/svg+xml", png: "image/png", webmanifest: "application/manifest+json" };

/** Gives `open(script, hash)`, which gives a page of 360×740, and `close()`. */
export async function stage() {
  const files = await build();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://stage").pathname;
    const body = files.get(path) ?? (await readFile(new URL(`field/static${path}`, web)).catch(() => null));
    if (!body) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[path.split(".").pop()] ?? TYPES.html, "content-security-policy": POLICY });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `http://127.0.0.1:${server.address().port}`;
  const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });

  return {
    async open(script = {}, hash = "") {
      const context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        locale: "th-TH",
        timezoneId: "Asia/Bangkok",
        serviceWorkers: "block",
        geolocation: { latitude: 16.805, longitude: 100.265, accuracy: 9 },
        permissions: ["geolocation"],
      });
      const page = await context.newPage();
      page.faults = [];
      page.on("pageerror", (error) => page.faults.push(String(error)));
      page.on("console", (message) => message.type() === "error" && !/Failed to load resource/.test(message.text()) && page.faults.push(message.text()));
      await page.addInitScript((given) => (window.script = given), script);
      await page.goto(`${address}/${hash}`);
      await page.waitForFunction(() => document.fonts.status === "loaded" && document.querySelector("h1"));
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

async function build() {
  const built = await esbuild.build({
    entryPoints: { main: fileURLToPath(new URL("screens/scripted.tsx", new URL("..", import.meta.url))), style: fileURLToPath(new URL("field/src/style.css", web)) },
    bundle: true,
    format: "esm",
    target: "chrome100",
    outdir: "/",
    write: false,
    jsx: "automatic",
    jsxImportSource: "preact",
    nodePaths: [fileURLToPath(new URL("node_modules", web))],
    loader: { ".woff2": "file" },
    assetNames: "assets/[name]-[hash]",
    define: { __VERSION__: '"test"' },
    logLevel: "error",
  });
  const files = new Map(built.outputFiles.map((file) => [file.path, file.contents]));
  files.set("/", await readFile(new URL("field/static/index.html", web)));
  return files;
}
