// A volunteer's phone: a browser of 360×740 pixels in Thai, with the app enrolled at a hub.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(" ");
const FILL_MS_MAX = 60_000;

export const PIN = "274913";

export const SCREEN = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  locale: "th-TH",
  timezoneId: "Asia/Bangkok",
  geolocation: { latitude: 16.805, longitude: 100.265, accuracy: 9 },
  permissions: ["geolocation"],
};

export async function openBrowser() {
  return chromium.launch({ executablePath: BROWSER, args: FLAGS });
}

/** A phone that is enrolled, filled, and able to start without a network. `page.faults` is what its console told.
 * Without `filled` it does not wait for a first house. */
export async function phone(browser, hub, person, { villages, filled = true } = {}) {
  const { address } = await hub.enrol(person, villages);
  const context = await browser.newContext(SCREEN);
  const page = await context.newPage();
  page.setDefaultTimeout(FILL_MS_MAX);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  await page.goto(address);
  await page.getByRole("heading", { name: "ตั้งรหัส PIN 6 หลัก" }).waitFor();
  await page.keyboard.type(PIN);
  await page.getByText("ใส่ PIN เดิมอีกครั้ง").waitFor();
  await page.keyboard.type(PIN);
  await page.getByRole("heading", { name: "บ้านที่ต้องเยี่ยม" }).waitFor();
  if (filled) await page.locator(".house").first().waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  return { page, context, close: () => context.close() };
}
