// The volunteer's app as a person uses it, on the real core, against a real hub: days without network, people who
// write at once, a new version with unsent work, two tabs.
//
// Wants web/dist (`node web/build.mjs`) and the hub's binary.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { startHub, TAMBON, WORKSPACE } from "./hub.mjs";
import { openBrowser, phone, PIN, SCREEN } from "./phone.mjs";

const VILLAGE = `${TAMBON}04`;
const HOUSE_CODES = [`${VILLAGE}101`, `${VILLAGE}112`, `${VILLAGE}123`];
const NAMES = ["นางสมศรี ใจงาม", "นายบุญมี แก้วมณี", "นางมาลี ทองคำ"];

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

let hub;
let colleague;
let households;
beforeEach(async () => {
  hub = await startHub({ app: "web/dist" });
  colleague = await hub.device("ประยูร แก้วมณี");
  households = [];
  for (const [index, code] of HOUSE_CODES.entries()) {
    const words = ["--village", VILLAGE, "--house-code", code, `house_no=${index + 1}`, `tambon_code=${TAMBON}`, "moo=4", `head_name=${NAMES[index]}`];
    households.push((await colleague("new", ...words)).household);
  }
  await colleague("sync");
});
afterEach(() => hub.end());

test("a day without network: enrolled, cold start, an interview, everything sent when the hub is back", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  await hub.kill();
  await page.reload();
  await page.getByRole("heading", { name: "ใส่รหัส PIN" }).waitFor();
  await page.keyboard.type("135791");
  await page.getByText("PIN ไม่ถูกต้อง").waitFor();
  await page.keyboard.type(PIN);
  await page.getByText(NAMES[1]).tap();
  await page.getByRole("button", { name: "เริ่มเยี่ยมบ้าน" }).tap();
  await page.getByText("สำรวจครบ", { exact: true }).tap();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.getByRole("button", { name: "วันนี้" }).tap();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByText("ยังไม่ได้ส่ง 1 รายการ").first().waitFor();

  await page.reload();
  await page.getByRole("heading", { name: "ใส่รหัส PIN" }).waitFor();
  await page.keyboard.type(PIN);
  await page.getByText("ยังไม่ได้ส่ง 1 รายการ").first().waitFor();
  await hub.start();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await colleague("sync");
  const shown = await colleague("show", households[1]);
  assert.deepEqual(Object.values(shown.rows).map((row) => [row.group, row.visit_outcome]), [["visit", "done"]]);
  assert.deepEqual(page.faults, []);
  await close();
});

test("a finger that only passes over a house opens none, and what is written then is of the house that was opened", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  const screens = page.locator("main");
  await page.locator(".house", { hasText: NAMES[0] }).dispatchEvent("pointerdown");
  await page.locator("main.ahead", { hasText: NAMES[0] }).waitFor({ state: "attached" });
  assert.equal(await page.getByRole("heading", { name: NAMES[0] }).count(), 0, "neither seen nor read out");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".ahead")), null);
  await page.getByText(NAMES[1]).tap();
  await page.getByRole("heading", { name: NAMES[1] }).waitFor();
  assert.equal(await screens.count(), 1);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), NAMES[1], "its title is read out");
  await page.getByRole("button", { name: "เริ่มเยี่ยมบ้าน" }).tap();
  await page.getByText("สำรวจครบ", { exact: true }).tap();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await colleague("sync");
  const visits = async (household) => Object.values((await colleague("show", household)).rows).map((row) => row.visit_outcome);
  assert.deepEqual([await visits(households[0]), await visits(households[1])], [[], ["done"]]);
  assert.deepEqual(page.faults, []);
  await close();
});

test("two people write the same answer: both are shown with their names, one tap settles it for everybody", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  await page.getByText(NAMES[0]).tap();
  await page.getByRole("button", { name: "ที่อยู่" }).tap();
  await page.getByRole("link", { name: "บ้านเลขที่" }).tap();
  await page.getByRole("textbox").fill("12");
  await page.getByRole("textbox").blur();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await colleague("set", households[0], "house_no=12/3");
  await colleague("sync");
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await page.getByRole("link", { name: "บ้าน" }).first().tap();
  await page.getByText(NAMES[0]).tap();
  await page.getByRole("link", { name: /ข้อมูลไม่ตรงกัน 1 เรื่อง/ }).tap();
  await page.getByText("ข้อมูลไม่ตรงกัน 2 ชุด กรุณาเลือก").waitFor();
  await page.getByText(/^ประยูร แก้วมณี/).waitFor();
  await page.getByText(/^ฉัน /).waitFor();
  await page.getByRole("button", { name: "ใช้ข้อมูลนี้: 12/3" }).tap();
  await page.getByText("เลือกครบทุกเรื่องแล้ว").waitFor();
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await colleague("sync");
  const shown = await colleague("show", households[0]);
  assert.deepEqual(shown.conflicts, []);
  assert.equal(shown.answers.house_no, "12/3");
  assert.deepEqual(page.faults, []);
  await close();
});

test("two phones without a network, then planners read what both wrote and one settled", async () => {
  const visited = ["visit_outcome=done", "visit_date=2026-11-20", "consent_given=full"];
  for (const household of households.slice(0, 2)) await colleague("set", household, "--new-row", "visit", ...visited);
  await colleague("sync");
  const [one, other] = [await phone(browser, hub, "สมศรี ใจงาม"), await phone(browser, hub, "มาลี ทองคำ")];
  await hub.kill();
  await chooses(one.page, NAMES[0], "ชำรุดมาก ต้องซ่อม");
  await chooses(other.page, NAMES[0], "ชำรุดเล็กน้อย");
  await chooses(other.page, NAMES[1], "ผุพัง/ไม่มี/อันตราย");
  await hub.start();
  await sends(one.page);
  await sends(other.page);

  await other.page.getByText(NAMES[0]).tap();
  await other.page.getByRole("link", { name: /ข้อมูลไม่ตรงกัน 1 เรื่อง/ }).tap();
  await other.page.getByRole("button", { name: "ใช้ข้อมูลนี้: ชำรุดมาก ต้องซ่อม" }).tap();
  await other.page.getByText("เลือกครบทุกเรื่องแล้ว").waitFor();
  await leaves(other.page);
  await sends(other.page);
  await sends(one.page);

  for (const { page } of [one, other]) {
    assert.equal(await chosen(page, NAMES[0]), "ชำรุดมาก ต้องซ่อม");
    assert.equal(await chosen(page, NAMES[1]), "ผุพัง/ไม่มี/อันตราย");
  }
  const { digests_equal: isEqual } = await colleague("sync");
  assert.ok(isEqual, "what the hub holds is what a third device has");
  for (const household of households) assert.deepEqual((await colleague("show", household)).conflicts, []);

  const csv = await hub.read(await hub.key("planner"), "households.csv");
  const [head, ...lines] = csv.replace(/^\uFEFF/, "").trim().split(/\r?\n/).map((line) => line.split(","));
  const [village, outcome, roof] = ["รหัสหมู่บ้าน", "ผลการเยี่ยม", "สภาพหลังคา"].map((name) => head.indexOf(name));
  assert.deepEqual(
    lines.filter((line) => line[roof]).map((line) => [line[village], line[outcome], line[roof]]).sort(),
    [[VILLAGE, "สำรวจครบ", "ชำรุดมาก ต้องซ่อม"], [VILLAGE, "สำรวจครบ", "ผุพัง/ไม่มี/อันตราย"]],
  );
  for (const name of NAMES) assert.ok(!csv.includes(name.split(" ")[1]), "planners read no names");
  for (const { page, close } of [one, other]) {
    assert.deepEqual(page.faults, []);
    await close();
  }
});

test("a house that is not on the list is registered, and is one house with a colleague's", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  await page.getByRole("button", { name: "เพิ่มบ้าน" }).tap();
  await page.getByLabel("บ้านเลขที่").fill("๙๙/๑");
  await page.getByLabel("รหัสประจำบ้าน 11 หลัก").fill(`${VILLAGE}990`);
  await page.getByRole("button", { name: "เพิ่มบ้านนี้" }).tap();
  await page.getByText("บ้านเลขที่ 99/1 หมู่ที่ 4").waitFor();
  const { household } = await colleague("new", "--village", VILLAGE, "--house-code", `${VILLAGE}990`, "head_name=นายทองดี พึ่งพา");
  await colleague("sync");
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await page.getByRole("link", { name: "บ้าน" }).first().tap();
  await page.getByText("นายทองดี พึ่งพา").waitFor();
  assert.equal(await page.locator(".house").count(), HOUSE_CODES.length + 1);
  await colleague("sync");
  assert.equal((await colleague("show", household)).answers.house_no, "99/1");
  await close();
});

test("a new version waits for a yes, and unsent work is there afterwards", async () => {
  const folder = await mkdtemp(join(tmpdir(), "samruat-app-"));
  await cp(join(WORKSPACE, "web/dist"), folder, { recursive: true });
  await hub.end();
  hub = await startHub({ app: folder });
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม", { filled: false });
  await hub.kill();
  await page.getByRole("button", { name: "เพิ่มบ้าน" }).tap();
  await page.getByLabel("บ้านเลขที่").fill("7");
  await page.getByRole("button", { name: "เพิ่มบ้านนี้" }).tap();
  await page.getByText("บ้านเลขที่ 7 หมู่ที่ 4").waitFor();

  const worker = join(folder, "sw.js");
  await writeFile(worker, (await readFile(worker, "utf8")).replace(/samruat-(\$\{)?/, "samruat-next-$1"));
  await rm(`${worker}.br`, { force: true });
  await hub.start();
  await page.evaluate(() => navigator.serviceWorker.getRegistration().then((registration) => registration.update()));
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.getByText("มีแอปรุ่นใหม่พร้อมใช้").waitFor();
  await page.getByRole("button", { name: "ใช้เลย" }).tap();
  await page.getByRole("heading", { name: "ใส่รหัส PIN" }).waitFor();
  await page.keyboard.type(PIN);
  await page.locator(".house").first().waitFor();
  assert.equal(await page.locator(".house").count(), 1);
  assert.deepEqual(await page.evaluate(() => caches.keys().then((names) => names.filter((name) => !name.startsWith("samruat-next-")))), []);
  await close();
  await rm(folder, { recursive: true });
});

test("practice before enrolling: a made-up village, gone when it is left", async () => {
  const context = await browser.newContext(SCREEN);
  const page = await context.newPage();
  await page.goto(hub.url);
  await page.getByRole("button", { name: "ลองฝึกก่อน" }).tap();
  await page.getByText("โหมดฝึก ไม่มีการส่งข้อมูล").waitFor();
  await page.locator(".house.done").first().tap();
  await page.getByText("ยินยอมให้เก็บข้อมูลทั้งหมด").waitFor();
  await page.getByRole("button", { name: "ออก", exact: true }).tap();
  await page.getByRole("heading", { name: "ยินดีต้อนรับ" }).waitFor();
  await context.close();
});

test("a photo, a file for a colleague, and leaving only when nothing would be lost", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  await hub.kill();
  await page.getByText(NAMES[1]).tap();
  await page.getByRole("button", { name: "เริ่มเยี่ยมบ้าน" }).tap();
  for (const answer of ["สำรวจครบ", "วันนี้", "ยินยอมทั้งหมด"]) {
    await page.getByText(answer, { exact: true }).tap();
    await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
    await page.getByRole("button", { name: "ถัดไป" }).tap();
  }
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "รูปถ่าย" }).tap();
  await page.locator(".section-pages a").first().tap();
  await page.getByRole("button", { name: "เพิ่มรูปถ่าย" }).tap();
  await page.getByText("หน้าบ้าน", { exact: true }).tap();
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.locator("input[type=file]").setInputFiles({ name: "house.png", mimeType: "image/png", buffer: await page.screenshot() });
  await page.getByRole("img", { name: "รูป: ไฟล์ภาพ" }).waitFor();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();

  await page.getByRole("link", { name: /ตั้งค่า/ }).tap();
  await page.getByRole("button", { name: "ออกจากเครื่องนี้" }).tap();
  await page.getByRole("button", { name: "ลบและออก" }).tap();
  await page.getByText("ยังมีงานที่ไม่ได้ส่ง จึงยังออกไม่ได้").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "ส่งข้อมูล" }).tap();

  await page.getByRole("button", { name: "ทำไฟล์งานที่ยังไม่ได้ส่ง" }).tap();
  const passcode = (await page.locator(".passcode").innerText()).replaceAll(" ", "");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "เก็บไฟล์ในเครื่อง" }).tap()]);
  const file = join(hub.folder, "bundle.txt");
  await download.saveAs(file);
  await page.getByRole("button", { name: "ปิด" }).tap();

  await hub.start();
  const friend = await phone(browser, hub, "มาลี ทองคำ");
  await friend.page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await friend.page.getByRole("button", { name: "รับไฟล์จากเพื่อน" }).tap();
  await friend.page.locator("dialog input[type=file]").setInputFiles(file);
  await friend.page.getByLabel(/รหัสเปิดไฟล์/).fill(passcode === "00000000" ? "00000001" : "00000000");
  await friend.page.getByRole("button", { name: "รับข้อมูลจากไฟล์" }).tap();
  await friend.page.getByText("รหัสเปิดไฟล์ไม่ถูกต้อง").waitFor();
  await friend.page.getByLabel(/รหัสเปิดไฟล์/).fill(passcode);
  await friend.page.getByRole("button", { name: "รับข้อมูลจากไฟล์" }).tap();
  await friend.page.getByText(/รับแล้ว [1-9]\d* รายการ/).waitFor();
  await friend.close();

  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await page.getByRole("link", { name: /ตั้งค่า/ }).tap();
  await page.getByRole("button", { name: "ออกจากเครื่องนี้" }).tap();
  await page.getByRole("button", { name: "ลบและออก" }).tap();
  await page.getByRole("heading", { name: "ยินดีต้อนรับ" }).waitFor();
  assert.deepEqual(page.faults, []);
  await close();
});

test("two tabs: the second says so, and takes over when asked to", async () => {
  const { page, context, close } = await phone(browser, hub, "สมศรี ใจงาม");
  const second = await context.newPage();
  await second.goto(hub.url);
  await second.getByRole("heading", { name: "แอปเปิดอยู่ที่อื่น" }).waitFor();
  await second.getByRole("button", { name: "ใช้ที่หน้านี้แทน" }).tap();
  await second.getByRole("heading", { name: "ใส่รหัส PIN" }).waitFor();
  await page.getByRole("heading", { name: "แอปเปิดอยู่ที่อื่น" }).waitFor();
  await close();
});

test("a revoked device keeps its work and says what to do", async () => {
  const { page, close } = await phone(browser, hub, "สมศรี ใจงาม");
  const coordinator = await hub.key("coordinator");
  const { devices } = await hub.read(coordinator, "devices");
  const mine = devices.find((device) => device.person === "สมศรี ใจงาม");
  const revoked = await fetch(`${hub.url}/api/v1/tambons/${TAMBON}/devices/${mine.device_id}/revoke`, { method: "POST", headers: { authorization: `Bearer ${coordinator}` } });
  assert.ok(revoked.ok, await revoked.text());
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByRole("heading", { name: "เครื่องนี้ถูกยกเลิกสิทธิ์" }).waitFor();
  await page.getByRole("button", { name: "ทำงานต่อโดยไม่ส่ง" }).tap();
  await page.getByRole("link", { name: "บ้าน" }).first().tap();
  assert.equal(await page.locator(".house").count(), HOUSE_CODES.length);
  await close();
});

/** Opens the page that asks for the roof of a household on the list. */
async function roof(page, name) {
  await page.getByText(name).tap();
  await page.getByRole("button", { name: "ที่อยู่อาศัย" }).tap();
  await page.getByRole("link", { name: "สภาพหลังคา" }).tap();
  await page.getByRole("heading", { name: "ที่อยู่อาศัย" }).waitFor();
}

/** Chooses what the roof of a household is like, and goes back to the list. */
async function chooses(page, name, choice) {
  await roof(page, name);
  await page.getByText(choice, { exact: true }).first().tap();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await leaves(page);
}

/** What is chosen for the roof of a household. */
async function chosen(page, name) {
  await roof(page, name);
  const words = (await page.locator(".row-choice.chosen").first().innerText()).trim();
  await leaves(page);
  return words;
}

async function leaves(page) {
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("button", { name: "ย้อนกลับ" }).tap();
  await page.locator(".house").first().waitFor();
}

/** Sends everything, and goes back to the list. */
async function sends(page) {
  await page.getByRole("link", { name: /ส่งข้อมูล/ }).tap();
  await page.getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ส่งครบแล้ว").waitFor();
  await page.getByRole("link", { name: "บ้าน" }).first().tap();
  await page.locator(".house").first().waitFor();
}
