// The office's pages as people use them: real Chromium, a real hub, command-line devices in the field.
//
// Wants web/dist (`node web/build.mjs`) and the hub's binary. SHOTS=folder keeps pictures of every page; APP=folder
// names another app than web/dist.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { startHub, TAMBON } from "./hub.mjs";
import * as office from "./office.mjs";
import { goTo, look, NARROW, PASSWORD, SHOTS, signIn, WIDE } from "./office.mjs";
import { openBrowser } from "./phone.mjs";

const VILLAGES = [`${TAMBON}04`, `${TAMBON}05`];

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

let hub;
let somsri;
let prayun;
beforeEach(async () => {
  hub = await startHub({ app: process.env.APP ?? "web/dist" });
  somsri = await hub.device("สมศรี ใจงาม", VILLAGES);
  prayun = await hub.device("ประยูร แก้วมณี", VILLAGES);
  hub.person("มาลี ทองดี", "coordinator", PASSWORD);
  hub.person("กองทุน", "fund", PASSWORD);
  hub.person("แผน", "planner", PASSWORD, "65");
});
afterEach(() => hub.end());

/** Alters the hub's database behind its back, as no command does. */
function inDatabase(sql) {
  const script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.stdin.read())";
  execFileSync("python3", ["-c", script, hub.database.slice("sqlite:".length)], { input: sql });
}

const open = (size) => office.open(browser, hub, size);
const signedIn = (name, size) => office.signedIn(browser, hub, name, size);

/** A house of village 4, known to both devices. */
async function house(answers) {
  const { household } = await somsri("new", "--village", VILLAGES[0], `tambon_code=${TAMBON}`, "moo=4", ...answers);
  await somsri("sync");
  await prayun("sync");
  return household;
}

test("each role signs in and finds the pages that are for it; a wrong password is told and nobody stays signed in", async () => {
  const page = await open();
  await look(page, "sign-in");
  await signIn(page, "มาลี ทองดี", "ไม่ใช่รหัสผ่านนี้");
  await page.getByRole("alert").getByText("ชื่อหรือรหัสผ่านไม่ถูกต้อง").waitFor();
  await signIn(page, "แผน");
  await page.getByText("แผน · ผู้วางแผน").waitFor();
  assert.deepEqual(await page.getByRole("navigation").getByRole("link").allInnerTexts(), [
    "ภาพรวมตำบล",
    "ความคืบหน้า",
    "เจาะลึกรายพื้นที่",
    "แผนที่",
    "แนวโน้ม",
    "เป้าหมายและผล",
    "ความเข้มแข็งชุมชน",
    "ภาคผนวกแผน",
  ]);
  await page.getByText("ต.อรัญญิก อ.เมืองพิษณุโลก จ.พิษณุโลก", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("แผน · ผู้วางแผน").waitFor();
  await page.getByRole("button", { name: "ออกจากระบบ" }).click();
  await page.getByRole("button", { name: "เข้าสู่ระบบ" }).waitFor();
  await page.reload();
  await signIn(page, "มาลี ทองดี");
  await page.getByRole("navigation").waitFor();
  assert.equal(await page.getByRole("navigation").getByRole("link").count(), 13);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "Progress" }).waitFor();
  await page.getByRole("button", { name: "Very large" }).click();
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "24px");
  await look(page, "very-large");

  // On a phone the navigation is folded away.
  await page.setViewportSize(NARROW);
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: "Duplicates" }).click();
  await page.getByRole("heading", { level: 1, name: "Duplicates" }).waitFor();
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  await page.setViewportSize(WIDE);

  // Whoever is removed meanwhile is signed out by the next click, and told so.
  await hub.samruat("person", "remove", "มาลี ทองดี");
  await page.getByRole("link", { name: "Devices" }).click();
  await page.getByText("Signed out", { exact: true }).waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("progress is what the hub counts, and is downloaded with names by who may see them", async () => {
  for (const number of [1, 2, 3]) await house([`house_no=${number}`, `head_name=บ้าน ${number}`]);
  const page = await signedIn("มาลี ทองดี");
  const coverage = await hub.read(await hub.key("coordinator"), "coverage");
  const tile = page.locator(".tile", { hasText: "ลงทะเบียนแล้ว" }).locator("dd");
  await tile.waitFor();
  assert.equal(await tile.innerText(), String(coverage.total.households));
  const row = page.getByRole("row", { name: /หมู่ที่ 4/ });
  assert.match(await row.innerText(), new RegExp(`\\b${coverage.villages[0].households}\\b`));
  const { volunteers } = await hub.read(await hub.key("coordinator"), "volunteers");
  const somsri = volunteers.find(({ person }) => person === "สมศรี ใจงาม");
  assert.ok(somsri.answers > 0);
  const done = await page.getByRole("row", { name: /สมศรี ใจงาม/ }).innerText();
  assert.match(done, new RegExp(`\\b${somsri.answers.toLocaleString("en-US")}\\b`));
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "ครัวเรือน (CSV)" }).click();
  await page.getByLabel("จะนำไฟล์นี้ไปใช้ทำอะไร").fill("ตรวจรายชื่อ");
  await page.getByRole("dialog").getByRole("button", { name: "ดาวน์โหลด" }).click();
  const file = await download;
  assert.match(await readFile(await file.path(), "utf8"), /บ้าน 2/);
  await look(page, "coverage");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a conflict shows both values with who and when; one click settles it on every device", async () => {
  const household = await house(["house_no=12/3", "head_name=นายบุญมี ทองดี", "roof_condition=1"]);
  await somsri("set", household, "head_name=นายบุญมี ทองคำ", "roof_condition=2");
  await prayun("set", household, "head_name=นายบุญมา ทองดี", "roof_condition=3");
  for (const device of [somsri, prayun, somsri]) await device("sync");
  const page = await signedIn("มาลี ทองดี");
  await goTo(page, "ข้อมูลไม่ตรงกัน");
  await page.getByText("ข้อมูลไม่ตรงกัน 2 เรื่อง กรุณาเลือก").waitFor();
  await page.getByText(/บ้านเลขที่ 12\/3 · หมู่ที่ 4/).first().waitFor();
  await page.getByText(/^ประยูร แก้วมณี บันทึก/).first().waitFor();
  await look(page, "conflicts");
  await page.getByRole("button", { name: "ใช้ข้อมูลนี้: นายบุญมี ทองคำ" }).click();
  await page.getByText("ข้อมูลไม่ตรงกัน 1 เรื่อง กรุณาเลือก").waitFor();

  await prayun("sync");
  const shown = await prayun("show", household);
  assert.equal(shown.answers.head_name, "นายบุญมี ทองคำ");
  assert.deepEqual(shown.conflicts.map(({ question }) => question), ["roof_condition"]);

  // A volunteer settles the other one before the office does.
  await prayun("set", household, "roof_condition=0");
  await prayun("sync");
  await page.getByRole("button", { name: /^ใช้ข้อมูลนี้/ }).first().click();
  await page.getByText(/ประยูร แก้วมณี เลือกไปแล้ว/).waitFor();
  await page.getByText("ไม่มีข้อมูลที่ไม่ตรงกัน").waitFor();
  const { conflicts } = await hub.read(await hub.key("coordinator"), "conflicts?open=false");
  assert.deepEqual(conflicts.map(({ settled }) => settled.person).sort(), ["ประยูร แก้วมณี", "สำนักงาน (มาลี ทองดี)"].sort());
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("two houses that are one are merged; two that are not are not listed again", async () => {
  await house(["house_no=7", "head_name=นางมาลี แก้วมณี"]);
  await house(["house_no=7", "head_name=นางมาลี แก้วมณี"]);
  await house(["house_no=9", "head_name=นายทองดี พึ่งพา"]);
  await house(["house_no=9", "head_name=นางสมใจ พึ่งพา"]);
  const page = await signedIn("มาลี ทองดี");
  await goTo(page, "บ้านซ้ำ");
  await page.getByRole("article").nth(1).waitFor();
  await look(page, "duplicates");
  const twice = page.getByRole("article").filter({ hasText: "นางมาลี แก้วมณี" });
  await twice.getByRole("button", { name: "รวมเป็นบ้านเดียว" }).click();
  await page.getByRole("dialog").waitFor();
  await look(page, "duplicates-sure");
  await page.getByRole("dialog").getByRole("button", { name: "รวมเป็นบ้านเดียว" }).click();
  await page.getByText("รวมบ้านแล้ว: นางมาลี แก้วมณี").waitFor();
  await twice.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "ไม่ใช่บ้านเดียวกัน" }).click();
  await page.getByText("ไม่พบบ้านซ้ำ").waitFor();
  await somsri("sync");
  assert.equal((await somsri("list")).length, 3);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a change that was held back is accepted when a coordinator checks it again", async () => {
  const household = await house(["house_no=3"]);
  const { household: far } = await somsri("new", "--village", VILLAGES[1], "house_no=88", "head_name=นอกเขต");
  // The volunteer was enrolled for two villages, and is for one by now.
  inDatabase(`UPDATE devices SET villages = '${VILLAGES[0]}' WHERE person = 'สมศรี ใจงาม'`);
  await somsri("sync");
  const page = await signedIn("มาลี ทองดี");
  await goTo(page, "ข้อมูลรอตรวจ");
  await page.getByText(/จาก สมศรี ใจงาม หมู่ที่ 5/).waitFor();
  await look(page, "quarantine");
  await page.getByRole("button", { name: "ตรวจอีกครั้งและรับ" }).click();
  await page.getByText("รับข้อมูลเข้าระบบแล้ว").waitFor();
  await page.getByText("ไม่มีข้อมูลรอตรวจ").waitFor();
  await prayun("sync");
  assert.equal((await prayun("show", far)).answers.head_name, "นอกเขต");
  assert.ok(household);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("an enrolment made on screen enrols a device, which the list shows and a click revokes", async () => {
  await house(["house_no=1"]);
  const page = await signedIn("มาลี ทองดี");
  await goTo(page, "ลงทะเบียนเครื่อง");
  await page.getByLabel("ชื่ออาสาสมัคร").fill("วิชัย พึ่งพา");
  await page.getByRole("button", { name: "สร้าง QR" }).click();
  await page.getByText("กรุณาเลือกอย่างน้อยหนึ่งหมู่บ้าน").waitFor();
  await page.getByLabel("หมู่ที่ 4").check();
  await page.getByLabel(/หมู่อื่น/).fill("๗");
  await look(page, "enrolment");
  await page.getByRole("button", { name: "สร้าง QR" }).click();
  const picture = page.getByRole("img", { name: "QR สำหรับลงทะเบียนเครื่อง" });
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth >= 200)));
  await look(page, "enrolment-sheet");
  if (SHOTS) await page.pdf({ path: join(SHOTS, "enrolment-sheet.pdf"), format: "A4" });
  const code = await page.locator(".code").innerText();
  const wichai = await hub.deviceByCode(code);
  await wichai("sync");
  assert.equal((await wichai("list")).length, 1);

  await goTo(page, "เครื่องอาสาสมัคร");
  await page.getByRole("row", { name: /วิชัย พึ่งพา.*4, 7/ }).waitFor();
  await look(page, "devices");
  await page.getByRole("button", { name: "ยกเลิก วิชัย พึ่งพา" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "ยกเลิก", exact: true }).first().click();
  await page.getByText("ยกเลิกเครื่องของ วิชัย พึ่งพา แล้ว").waitFor();
  await assert.rejects(wichai("sync"), /revoked/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a table of 5,000 rows sorts and filters within a frame or two, by mouse and by keyboard", async () => {
  const hex = (number, digits) => `X'${number.toString(16).padStart(digits, "0")}'`;
  const row = (_, number) => {
    const person = `อาสา ${String(number).padStart(4, "0")}`;
    return `(${TAMBON}, ${hex(number + 1, 16)}, ${hex(number, 64)}, '${person}', '${VILLAGES[0]}', ${1_763_800_000_000_000 + number})`;
  };
  const rows = Array.from({ length: 5_000 }, row).join(",\n");
  inDatabase(`INSERT INTO devices (tambon_code, device_id, token_hash, person, villages, enrolled_at) VALUES ${rows}`);
  const page = await signedIn("มาลี ทองดี");
  await goTo(page, "เครื่องอาสาสมัคร");
  await page.getByText("5,002 รายการ").waitFor();
  assert.ok((await page.locator("tbody tr").count()) < 100, "only what is in sight is drawn");
  const sorted = await page.evaluate(async () => {
    const head = [...document.querySelectorAll("th button")].find((button) => button.textContent.startsWith("อาสาสมัคร"));
    const began = performance.now();
    head.click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return { ms: performance.now() - began, sort: head.closest("th").ariaSort };
  });
  assert.equal(sorted.sort, "descending");
  assert.ok(sorted.ms < 1_000, `sorting took ${sorted.ms} ms`);
  await page.getByRole("row", { name: /อาสา 4999/ }).waitFor();
  await page.getByRole("region", { name: "เครื่องอาสาสมัคร" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("row", { name: /ประยูร แก้วมณี/ }).waitFor();
  await page.getByLabel("ค้นหาในตาราง").fill("อาสา ๐๐๔๒");
  await page.getByText("1 จาก 5,002 รายการ").waitFor();
  await page.getByRole("row", { name: /อาสา 0042/ }).waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
