// The office's page in a browser, for its tests: signing in, going to a page, looking at it.
//
//   const page = await signedIn(browser, hub, "มาลี ทองดี");
//   await goTo(page, "ความคืบหน้า");
//   await look(page, "coverage");
//
// SHOTS=folder keeps a picture of whatever was looked at, as wide as a desk and as a phone.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const AXE = require.resolve("axe-core/axe.min.js");

export const SHOTS = process.env.SHOTS;
export const PASSWORD = "ข้าวเหนียวมะม่วง สามจาน";
export const [WIDE, NARROW] = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

/** A page at the office's address; `page.faults` is what its console told. */
export async function open(browser, hub, size = WIDE) {
  const context = await browser.newContext({ viewport: size, locale: "th-TH", timezoneId: "Asia/Bangkok" });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => /Content Security Policy/.test(message.text()) && page.faults.push(message.text()));
  await page.goto(`${hub.url}/office`);
  return page;
}

export async function signIn(page, name, password = PASSWORD) {
  await page.getByLabel("ชื่อ", { exact: true }).fill(name);
  await page.getByLabel("รหัสผ่าน").fill(password);
  await page.getByRole("button", { name: "เข้าสู่ระบบ" }).click();
}

export async function signedIn(browser, hub, name, size) {
  const page = await open(browser, hub, size);
  await signIn(page, name);
  await page.getByRole("navigation", { name: "เมนูหลัก" }).waitFor();
  return page;
}

export async function goTo(page, name) {
  await page.getByRole("navigation", { name: "เมนูหลัก" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** A picture, and what axe finds serious. */
export async function look(page, name) {
  if (SHOTS) {
    await mkdir(SHOTS, { recursive: true });
    await page.setViewportSize(WIDE);
    await page.waitForTimeout(150); // Charts are drawn anew.
    await page.screenshot({ path: join(SHOTS, `${name}-1280.png`), fullPage: true });
    await page.setViewportSize(NARROW);
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(SHOTS, `${name}-360.png`), fullPage: true });
    await page.setViewportSize(WIDE);
  }
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(AXE, "utf8"));
  const found = await page.evaluate(() => axe.run(document, { rules: { "color-contrast-enhanced": { enabled: true } } }));
  const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  assert.deepEqual(told, [], name);
  await fits(page, name);
  await page.setViewportSize(NARROW);
  await fits(page, `${name} on a phone`);
  await page.setViewportSize(WIDE);
}

async function fits(page, name) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels wider than the screen`);
}
