// What a browser itself takes for a tap: the same screens as ready markup with the same style, put in place by a line
// of script, and a worker that does nothing but write. Under it nothing that is drawn by a program can come.
//
//   const bare = await barePage(context, address, { style, screens: { ".house": list, ".sections": home } });
//   await bare.watch.slow(6);
//   await bare.watch.since("click", ".sections", () => bare.tap(".house"));   // a tap on a house shows what has sections
//   await bare.watch.since("click", ".saved", () => bare.tap("#write"));     // a tap that is on the disk

import { stopwatch } from "./stopwatch.mjs";

/** Opens a page at an address that the app does not have; `screens` are markup by what they are known by, in a ring. */
export async function barePage(context, address, { style, screens }) {
  const page = await context.newPage();
  const watch = await stopwatch(page, "body");
  const links = style.map((href) => `<link rel="stylesheet" href="${href}">`).join("");
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${links}`;
  const body = `<!doctype html><html lang="th" style="font-size:20px"><head>${head}</head><body></body></html>`;
  await page.route(address, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(address);
  await page.evaluate(fill, { screens, writes: writes.toString() });
  return { page, watch, tap: (selector) => watch.tap(page.locator(selector).first()) };
}

/** In the page. */
async function fill({ screens, writes }) {
  const names = Object.keys(screens);
  const button = `<button id="write" class="button main" style="position:fixed;top:0;right:0;width:5rem;z-index:9">บันทึก</button>`;
  let at = 0;
  const show = () => {
    document.body.innerHTML = screens[names[at]] + button;
    scrollTo(0, 0);
  };
  const worker = new Worker(URL.createObjectURL(new Blob([`(${writes})()`], { type: "text/javascript" })));
  let calls = 0;
  worker.onmessage = () => document.getElementById("write").classList.add("saved");
  addEventListener("click", (event) => {
    event.preventDefault();
    if (event.target.closest("#write")) {
      document.getElementById("write").classList.remove("saved");
      return worker.postMessage({ call: (calls += 1), method: "write" });
    }
    at = (at + 1) % names.length;
    show();
  });
  await document.fonts.ready;
  show();
}

/** In the worker: keeps each message on the disk before it answers. */
function writes() {
  const opened = new Promise((resolve) => {
    const request = indexedDB.open("bare", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept");
    request.onsuccess = () => resolve(request.result);
  });
  globalThis.onmessage = async ({ data }) => {
    const transaction = (await opened).transaction("kept", "readwrite", { durability: "strict" });
    transaction.objectStore("kept").put(data, 1);
    transaction.oncomplete = () => globalThis.postMessage({ answer: data.call });
  };
}
