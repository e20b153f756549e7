// The screens in a real browser, over a core that says what a test tells it to: each screen is usable by eye, thumb,
// keyboard and screen reader, and a person's typing is never disturbed.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { axe, stage } from "./screens/stage.mjs";

const SHOTS = process.env.SHOTS;
const id = (number) => `h${String(number).padStart(25, "0")}`;
const HOME = `#/home/${id(1)}`;
const SHEETS = "one many income citizen text date time gps shape photo signature barcode rank range mixed members differs".split(" ");

/** Every screen: what the core is told to be, and the address. */
const SCREENS = {
  welcome: [{ status: { stage: "new" } }],
  "welcome, choosing a PIN": [{ status: { stage: "new" } }, "#code=650117-7KM2P-XQ4RT"],
  filling: [{ status: { stage: "filling" }, sync: { running: true, progress: 0.43 } }],
  "filling without a signal": [{ status: { stage: "filling" }, sync: { progress: 0.43, fault: { code: "unreachable" } } }],
  unlock: [{ status: { stage: "locked" } }],
  list: [{}],
  "list, empty": [{ households: 0 }],
  "list, large type": [{ status: { textSize: 24 } }],
  "list in practice": [{ status: { practice: true } }],
  "list with an update": [{ status: { updateReady: true } }],
  map: [{}, "#/map"],
  sync: [{ sync: { fault: { code: "unreachable" } } }, "#/sync"],
  "sync, all sent": [{ sync: { unsent: 0, unsentPhotos: 0, refused: 0 } }, "#/sync"],
  refused: [{}, "#/refused"],
  settings: [{}, "#/settings"],
  "settings, large type, English": [{ status: { textSize: 24, language: "en" } }, "#/settings"],
  pin: [{}, "#/pin"],
  register: [{}, "#/register"],
  household: [{}, HOME],
  "household, new": [{}, `#/home/${id(0)}`],
  "household, large type": [{ status: { textSize: 24 } }, HOME],
  conflicts: [{}, `${HOME}/conflicts`],
  gone: [{}, "#/home/nowhere"],
  elsewhere: [{ status: { stage: "elsewhere" } }],
  ...Object.fromEntries(SHEETS.map((sheet) => [`page, ${sheet}`, [{}, `${HOME}/page/${sheet}`]])),
  ...Object.fromEntries(
    ["device-revoked", "hub-replaced", "app-too-old", "clock-wrong"].map((code) => [`stop, ${code}`, [{ sync: { fault: { code, detail: "told by the hub" } } }]]),
  ),
  ...Object.fromEntries(["storage-full", "storage-lost", "store-too-new", "no-wasm"].map((code) => [`stop, ${code}`, [{ broken: code }]])),
};

let house;
before(async () => (house = await stage()));
after(() => house.close());

for (const [name, [script, address]] of Object.entries(SCREENS)) {
  test(`screen: ${name}`, async () => {
    const page = await house.open(script, address);
    await page.waitForTimeout(300);
    if (SHOTS) {
      mkdirSync(SHOTS, { recursive: true });
      await page.screenshot({ path: `${SHOTS}/${name.replaceAll(/[^a-z]+/gi, "-")}.png` });
    }
    assert.deepEqual(page.faults, [], "nothing is told on the console");
    assert.deepEqual(await broken(page), [], "axe finds nothing serious");
    assert.deepEqual(await small(page), [], "targets have 48 px");
    assert.deepEqual(await cramped(page), [], "lines have room");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
    assert.equal(await page.evaluate(() => document.querySelectorAll("h1").length), 1, "one title");
    await page.context().close();
  });
}

test("before the villages are all here nobody is told to go on working", async () => {
  for (const code of ["unreachable", "hub-busy", "hub-fault", "hub-too-old", "clock-wrong", "hub-replaced"]) {
    const page = await house.open({ status: { stage: "filling" }, sync: { progress: 0.43, fault: { code } } });
    await page.locator("h1").waitFor();
    const buttons = await page.getByRole("button").allInnerTexts();
    assert.ok(buttons.some((text) => text.includes("ลองอีกครั้ง")), `${code}: ${buttons}`);
    assert.doesNotMatch(`${await page.locator("main .note-words").allInnerTexts()} ${buttons}`, /ทำงานต่อ|จะส่งเอง/, code);
    await page.context().close();
  }
});

test("nothing is reached by touch alone: the keyboard walks to every control", async () => {
  for (const address of ["", HOME, `${HOME}/page/one`, `${HOME}/page/rank`, "#/settings"]) {
    const page = await house.open({}, address);
    await page.waitForTimeout(200);
    const wanted = await page.evaluate(() => {
      const groups = new Set();
      return [...document.querySelectorAll("a[href], button, input, textarea, summary")].filter((one) => {
        if (one.type !== "radio") return true;
        if (groups.has(one.name)) return false;
        groups.add(one.name);
        return true;
      }).length;
    });
    const reached = new Set();
    for (let step = 0; step < wanted + 20; step += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        window.walked ??= new Map();
        if (!window.walked.has(one)) window.walked.set(one, window.walked.size);
        return one.type === "radio" ? `radio ${one.name}` : String(window.walked.get(one));
      });
      if (at) reached.add(at);
    }
    assert.ok(reached.size >= wanted, `${address}: ${reached.size} of ${wanted}`);
    await page.context().close();
  }
});

test("an interview by keyboard alone", async () => {
  const page = await house.open({}, `${HOME}/page/one`);
  await page.locator("input[type=radio]").first().focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  assert.equal((await calls(page, "answer")).at(-1), 'answer("one", null, 0, "1")');
  await page.getByRole("button", { name: "ถัดไป" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "ภัยที่เกิดซ้ำ" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1", "the new page's title has the focus");
  await page.context().close();
});

test("saved is said when it is saved, and the choice is shown at once", async () => {
  const page = await house.open({}, `${HOME}/page/one`);
  await page.evaluate(() => (window.release = window.hand.hold()));
  await page.getByText("ชำรุดมาก ต้องซ่อม").tap();
  await page.getByText("กำลังบันทึก").waitFor();
  assert.ok(await page.getByRole("radio", { name: "ชำรุดมาก ต้องซ่อม" }).isChecked());
  assert.equal(await page.getByText("บันทึกในเครื่องแล้ว").count(), 0);
  await page.evaluate(() => window.release());
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  await page.context().close();
});

test("an answer that cannot be saved is not shown as one", async () => {
  const page = await house.open({ fail: { answer: "storage-full" } }, `${HOME}/page/one`);
  await page.getByText("ชำรุดเล็กน้อย").tap();
  await page.getByRole("heading", { name: "ที่เก็บในเครื่องเต็ม" }).waitFor();
  await page.getByRole("button", { name: "ลองอีกครั้ง" }).tap();
  await page.getByRole("heading", { name: "สภาพหลังคา" }).waitFor();
  assert.equal(await page.getByRole("radio", { name: "ชำรุดเล็กน้อย" }).isChecked(), false);
  await page.context().close();
});

test("nobody's typing is replaced; what came is shown beside it", async () => {
  const page = await house.open({}, `${HOME}/page/text`);
  const field = page.getByRole("textbox");
  await field.fill("หลังคารั่ว");
  await page.evaluate(() => window.hand.elsewhere("text", "ฝาบ้านพัง", "ฝาบ้านพัง"));
  await page.getByText("ประยูร แก้วมณี เพิ่งเขียนว่า").waitFor();
  assert.equal(await field.inputValue(), "หลังคารั่ว");
  await page.getByRole("button", { name: "ใช้คำตอบนี้" }).tap();
  assert.equal(await field.inputValue(), "ฝาบ้านพัง");
  await page.waitForTimeout(2300);
  assert.deepEqual(await calls(page, "answer"), [], "what was given up is not written");
  await field.fill("หลังคารั่วมาก");
  await page.evaluate(() => window.hand.elsewhere("text", "บันไดหัก", "บันไดหัก"));
  await page.getByRole("button", { name: "ใช้ที่ฉันพิมพ์" }).tap();
  await page.getByText("บันทึกในเครื่องแล้ว").waitFor();
  assert.deepEqual(await calls(page, "answer"), ['answer("text", null, 0, "หลังคารั่วมาก")']);
  await page.context().close();
});

test("an answer of others appears by itself where nobody types", async () => {
  const page = await house.open({}, `${HOME}/page/text`);
  await page.getByRole("textbox").waitFor();
  await page.evaluate(() => window.hand.elsewhere("text", "น้ำท่วมทุกปี", "น้ำท่วมทุกปี"));
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "น้ำท่วมทุกปี");
  await page.context().close();
});

test("text is written after a pause, on leaving the field, and on leaving the page", async () => {
  const page = await house.open({}, `${HOME}/page/text`);
  const field = page.getByRole("textbox");
  await field.fill("หนึ่ง");
  assert.deepEqual(await calls(page, "answer"), []);
  await page.waitForTimeout(2200);
  assert.deepEqual(await calls(page, "answer"), ['answer("text", null, 0, "หนึ่ง")']);
  await field.fill("สอง");
  await field.blur();
  await page.waitForFunction(() => window.hand.calls.filter((call) => call.startsWith("answer")).length === 2);
  await field.fill("สาม");
  await page.evaluate(() => (location.hash = "#/"));
  await page.waitForFunction(() => window.hand.calls.some((call) => call.startsWith("answer") && call.includes("สาม")));
  await page.context().close();
});

test("the phone's back button walks the pages, and the overview is one tap away", async () => {
  const page = await house.open({});
  await page.getByText("นายบุญมี แก้วมณี").first().tap();
  await page.getByRole("button", { name: "ทำต่อ" }).tap();
  await page.getByRole("heading", { name: "สภาพหลังคา" }).waitFor();
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.getByRole("heading", { name: "ภัยที่เกิดซ้ำ" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "สภาพหลังคา" }).waitFor();
  await page.goForward();
  await page.getByRole("heading", { name: "ภัยที่เกิดซ้ำ" }).waitFor();
  await page.getByRole("button", { name: "ภาพรวมของบ้าน" }).tap();
  await page.getByRole("heading", { name: "นายบุญมี แก้วมณี" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "บ้านที่ต้องเยี่ยม" }).waitFor();
  assert.deepEqual((await calls(page, "close")).length, 1, "the household is closed on leaving it");
  await page.context().close();
});

test("the calendar chooses a day of the Buddhist era", async () => {
  const page = await house.open({}, `${HOME}/page/date`);
  await page.getByRole("button", { name: /พฤศจิกายน 2569/ }).tap();
  assert.deepEqual(await small(page), [], "targets have 48 px");
  assert.deepEqual(await broken(page), []);
  await page.getByRole("button", { name: "ปี พ.ศ. 2569" }).tap();
  await page.getByRole("button", { name: "ปีก่อนหน้านี้" }).tap();
  await page.getByRole("button", { name: "2556" }).tap();
  await page.getByRole("button", { name: "กุมภาพันธ์" }).tap();
  await page.getByRole("button", { name: "วันพฤหัสบดีที่ 28 กุมภาพันธ์ 2556" }).tap();
  await page.getByText("วันพฤหัสบดีที่ 28 กุมภาพันธ์ 2556").waitFor();
  assert.deepEqual(await calls(page, "answer"), ['answer("date", null, 0, "2013-02-28")']);
  await page.context().close();
});

test("a number is typed on the pad", async () => {
  const page = await house.open({}, `${HOME}/page/income`);
  for (const digit of "96000") await page.getByRole("group", { name: "แป้นตัวเลข" }).getByRole("button", { name: digit, exact: true }).tap();
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.getByRole("heading", { name: "เลขประจำตัวประชาชน" }).waitFor();
  assert.deepEqual(await calls(page, "answer"), ['answer("income", null, 0, "96000")']);
  await page.context().close();
});

test("one tap settles a conflict", async () => {
  const page = await house.open({}, `${HOME}/conflicts`);
  await page.getByRole("button", { name: "ใช้ข้อมูลนี้: ชำรุดเล็กน้อย" }).tap();
  await page.getByText("ใช้ “ชำรุดเล็กน้อย” แล้ว").first().waitFor();
  await page.getByText("เลือกครบทุกเรื่องแล้ว").waitFor();
  assert.deepEqual(await calls(page, "answer"), ['answer("differs", null, 0, "1")']);
  await page.context().close();
});

test("a signature becomes a picture, a place an answer", async () => {
  const page = await house.open({}, `${HOME}/page/signature`);
  const pad = await page.locator("canvas").boundingBox();
  await page.mouse.move(pad.x + 30, pad.y + 60);
  await page.mouse.down();
  await page.mouse.move(pad.x + 160, pad.y + 120, { steps: 8 });
  await page.mouse.up();
  await page.getByRole("button", { name: "ใช้ลายเซ็น" }).tap();
  await page.getByRole("img", { name: "รูป: ลายมือชื่อผู้ให้ความยินยอม" }).waitFor();
  assert.equal((await calls(page, "attach")).length, 1);
  await page.context().close();

  const place = await house.open({}, `${HOME}/page/gps`);
  await place.getByRole("button", { name: "วัดใหม่" }).tap();
  await place.getByText("คลาดเคลื่อนไม่เกิน 9 เมตร").waitFor();
  await place.getByRole("button", { name: "ใช้ตำแหน่งนี้" }).tap();
  await place.getByText("บันทึกในเครื่องแล้ว").waitFor();
  assert.deepEqual(await calls(place, "answer"), ['answer("gps", null, 0, "16.805000 100.265000 0.0 9.0")']);
  await place.context().close();
});

test("the list finds while typing, filters, and is as it was on coming back", async () => {
  const page = await house.open({ households: 5000 });
  assert.ok((await page.locator(".house").count()) < 40, "5,000 houses are not all drawn");
  await page.getByRole("searchbox").fill("มาลี");
  await page.getByText(/^พบ \d+ หลัง$/).waitFor();
  await page.locator(".house").nth(3).tap();
  await page.getByRole("heading", { name: "หัวข้อ" }).waitFor();
  await page.goBack();
  assert.equal(await page.getByRole("searchbox").inputValue(), "มาลี");
  await page.getByRole("button", { name: "ล้างคำค้น" }).tap();
  await page.getByRole("button", { name: /^แสดง/ }).tap();
  await page.getByRole("radio", { name: /สำรวจแล้ว/ }).tap();
  await page.waitForFunction(() => [...document.querySelectorAll(".house")].every((house) => house.classList.contains("done")));
  await page.context().close();
});

test("near me puts the nearest first", async () => {
  const page = await house.open({});
  await page.getByRole("button", { name: "ใกล้ฉัน" }).tap();
  await page.getByText(/\d+ ม\. ·/).first().waitFor();
  const metres = await page.evaluate(() => [...document.querySelectorAll(".house-facts")].map((fact) => Number(/^(\d+) ม\./.exec(fact.textContent)?.[1] ?? 0)).slice(0, 5));
  assert.deepEqual(metres, [...metres].sort((a, b) => a - b));
  await page.context().close();
});

test("logging out with unsent work says why not, and leads to sending", async () => {
  const page = await house.open({ fail: { logOut: "unsent-work" } }, "#/settings");
  await page.getByRole("button", { name: "ออกจากเครื่องนี้" }).tap();
  await page.getByRole("button", { name: "ลบและออก" }).tap();
  await page.getByText("ยังมีงานที่ไม่ได้ส่ง จึงยังออกไม่ได้").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "ส่งข้อมูล" }).tap();
  await page.getByText("ยังไม่ได้ส่ง 12 รายการ").first().waitFor();
  await page.context().close();
});

test("enrolling: a typed code, a PIN twice, an easy PIN refused", async () => {
  const page = await house.open({ status: { stage: "new" } });
  await page.getByLabel("รหัสเข้าใช้งาน").fill("650117 7km2p");
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.getByText("รหัสยังไม่ครบ").waitFor();
  await page.getByLabel("รหัสเข้าใช้งาน").fill("650117 7km2p xq4rt");
  await page.getByRole("button", { name: "ถัดไป" }).tap();
  await page.getByRole("heading", { name: "ตั้งรหัส PIN 6 หลัก" }).waitFor();
  await page.keyboard.type("111111");
  await page.getByText("PIN นี้เดาง่ายเกินไป").waitFor();
  await page.keyboard.type("274913");
  await page.getByText("ใส่ PIN เดิมอีกครั้ง").waitFor();
  await page.keyboard.type("274913");
  await page.getByRole("heading", { name: "กำลังรับข้อมูลหมู่บ้าน" }).waitFor();
  assert.deepEqual(await calls(page, "enrol"), ['enrol("650117-7KM2P-XQ4RT", "274913")']);
  await page.context().close();
});

test("a wrong PIN is told, and many of them wait", async () => {
  const page = await house.open({ status: { stage: "locked" }, fail: { unlock: "pin-wait" } });
  await page.keyboard.type("274913");
  await page.getByText(/กรุณารอ \d+ วินาที/).waitFor();
  await page.keyboard.type("2");
  assert.equal((await calls(page, "unlock")).length, 1);
  await page.context().close();
});

async function calls(page, name) {
  return page.evaluate((wanted) => window.hand.calls.filter((call) => call.startsWith(`${wanted}(`)), name);
}

/** What axe finds serious, with the contrast that small print on a cheap screen in the sun wants. */
async function broken(page) {
  await page.addScriptTag({ path: axe }).catch(() => {});
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await axeSource());
  const found = await page.evaluate(() => window.axe.run(document, { rules: { "color-contrast-enhanced": { enabled: true } } }));
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
}

let source;
async function axeSource() {
  source ??= await (await import("node:fs/promises")).readFile(axe, "utf8");
  return source;
}

/** Controls that are smaller than a thumb wants. A hidden input counts as its label. */
async function small(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input, textarea, summary")]
      .map((one) => one.closest("label") ?? one.closest(".search") ?? one)
      .filter((one) => one.offsetParent !== null || one.closest("dialog[open]"))
      .map((one) => [one, one.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.width < 47.5 || box.height < 47.5))
      .map(([one, box]) => `${one.className || one.tagName} ${one.textContent.slice(0, 20)} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
}

/** Text whose lines stand closer than 1.35 of its size though they may wrap, or that is smaller than 14 px. */
async function cramped(page) {
  return page.evaluate(() => {
    const found = new Set();
    for (const one of document.querySelectorAll("main *, nav *")) {
      if (![...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
      const style = getComputedStyle(one);
      const [size, line] = [parseFloat(style.fontSize), parseFloat(style.lineHeight)];
      const alone = /^[\d.+\-–: ]*$/.test(one.textContent);
      if (size < 14 || (!alone && line / size < 1.5)) found.add(`${one.className} ${size}/${line}`);
      if (style.textAlign === "justify") found.add(`${one.className} justified`);
    }
    return [...found];
  });
}
