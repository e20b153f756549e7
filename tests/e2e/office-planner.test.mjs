// The planner's pages as a planner uses them: real Chromium, a real hub with surveyed households. What the pages say
// is compared with what the API gives; what it hides stays hidden.
//
// Wants web/dist (`node web/build.mjs`) and the hub's binary. SHOTS=folder keeps pictures of every page; APP=folder
// names another app than web/dist.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startHub, SURVEYED, TAMBON, WORKSPACE } from "./hub.mjs";
import * as office from "./office.mjs";
import { goTo, look, PASSWORD, SHOTS } from "./office.mjs";
import { openBrowser } from "./phone.mjs";

/** A village with too few households to be counted, and a tambon beside. */
const SMALL = `${TAMBON}06`;
const BESIDE = "650106";
const PLACE = "ต.อรัญญิก อ.เมืองพิษณุโลก จ.พิษณุโลก";

let browser;
let hub;
let keys;
before(async () => {
  browser = await openBrowser();
  hub = await startHub({ app: process.env.APP ?? "web/dist", households: 400 });
  const somsri = await hub.device("สมศรี ใจงาม", [...SURVEYED, SMALL]);
  const wichai = await hub.device("วิชัย พึ่งพา", [`${BESIDE}01`]);
  const answers = ["visit_outcome=done", "household_size=2", "income_year=30000", "roof_condition=3"];
  for (const number of [1, 2, 3]) {
    const { household } = await somsri("new", "--village", SMALL, `house_no=${number}`, `gps=16.80${number} 100.25 40 5`, ...answers);
    await somsri("set", household, "--new-row", "member", "m_name=มาลี", "m_birth_year_be=2500", "m_card_status=not_registered");
  }
  for (let number = 1; number <= 7; number += 1) await wichai("new", "--village", `${BESIDE}01`, `house_no=${number}`, `gps=16.85${number} 100.21 40 5`, ...answers);
  await somsri("sync");
  await wichai("sync");
  for (const [name, role] of [["แผน", "planner"], ["กองทุน", "fund"], ["ผู้ดูแล", "admin"]]) hub.person(name, role, PASSWORD, role === "planner" ? "65" : "TH");
  keys = { planner: await hub.key("planner", "65"), fund: await hub.key("fund", "65"), admin: await hub.key("admin", "TH") };
});
after(async () => {
  await browser.close();
  await hub.end();
});

/** Signed in, and at the tambon. */
async function signedIn(name) {
  const page = await office.signedIn(browser, hub, name);
  await page.getByLabel("ตำบลที่กำลังดู").selectOption(TAMBON);
  await page.waitForURL(`**/office#/${TAMBON}/**`);
  return page;
}

/** What the API gives below its root. */
async function api(path, key = keys.planner) {
  const answer = await fetch(`${hub.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
  const body = await answer.json();
  assert.ok(answer.ok, `${path}: ${JSON.stringify(body)}`);
  return body;
}

/** A count as the pages write it. */
const written = (count) => (count === null ? "*" : count.toLocaleString("en-US"));

/** The count of an indicator in a row, or in the total. */
function count(table, counts, name) {
  const place = table.indicators.findIndex((indicator) => indicator.name === name);
  assert.ok(place >= 0, name);
  return counts[place];
}

/** The table that is there beside every chart, cell by cell. */
async function rowsOf(page, title) {
  return cellsOf(page.getByRole("figure", { name: title }).locator("tbody tr"));
}

/** Rows cell by cell. `*` is read out as a word, which is left out here. */
async function cellsOf(rows) {
  return rows.evaluateAll((rows) =>
    rows.map((row) =>
      [...row.cells].map((cell) => {
        const seen = cell.cloneNode(true);
        seen.querySelectorAll(".unseen").forEach((unseen) => unseen.remove());
        return seen.textContent.trim();
      }),
    ),
  );
}

async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label, exact: true }).selectOption(option);
}

test("the overview says what the API counts, and shows no hidden count", async () => {
  const page = await signedIn("แผน");
  await page.getByText(`${PLACE} จากครัวเรือนที่สำรวจแล้ว`).waitFor();
  const [coverage, table] = await Promise.all([api(`tambons/${TAMBON}/coverage`), api(`areas/${TAMBON}/indicators`)]);
  const tile = async (name) => (await page.locator(".tile", { has: page.getByText(name, { exact: true }) }).locator("dd").first().innerText()).split("\n")[0];
  assert.equal(await tile("สำรวจครบ"), written(coverage.total.done));
  assert.equal(await tile("บ้านที่ควรมี"), written(coverage.total.expected));
  assert.equal(await tile("ครัวเรือนที่ประเมิน"), written(count(table, table.total, "households.assessed")));
  assert.equal(await tile("ตกหล่น"), written(count(table, table.total, "households.missed")));
  await page.getByText(/^\* คือจำนวนที่ปกปิด/).waitFor();
  await page.locator(".plot svg").nth(7).waitFor();
  await look(page, "overview");

  const dimensions = await rowsOf(page, /^ขาดแคลนใน 5 มิติ/);
  const told = ["health", "living", "education", "income", "access"].map((code) => written(count(table, table.total, `dimension.${code}`)));
  assert.deepEqual(dimensions.map(([, count]) => count), told);
  assert.deepEqual(dimensions.map(([name]) => name), ["สุขภาพ", "ความเป็นอยู่", "การศึกษา", "รายได้", "การเข้าถึงบริการรัฐ"]);

  // The small village has 3 households that official lists miss: nobody is told so, here or by a difference.
  const missed = await rowsOf(page, "ครัวเรือนที่ตกหล่น รายหมู่บ้าน");
  const rows = table.rows.map(({ counts }) => written(count(table, counts, "households.missed")));
  assert.deepEqual(missed.map(([, count]) => count), [...rows, written(count(table, table.total, "households.missed"))]);
  assert.equal(rows[2], "*");
  const open = await api(`areas/${TAMBON}/indicators`, keys.fund);
  assert.equal(count(open, open.rows[2].counts, "households.missed"), 3);
  const ages = await rowsOf(page, /^ประชากรตามเพศและอายุ/);
  assert.deepEqual(ages[0], ["0-4 ปี", ...["male", "female", "other"].map((sex) => written(count(table, table.total, `people.${sex}.0-4`)))]);
  // Nor does the picture tell it.
  const figure = page.getByRole("figure", { name: "ครัวเรือนที่ตกหล่น รายหมู่บ้าน" });
  const texts = await figure.locator(".plot text").allTextContents();
  assert.deepEqual(texts.filter((text) => text === "*").length, rows.filter((text) => text === "*").length);
  await figure.getByRole("button", { name: "ดูเป็นตาราง ครัวเรือนที่ตกหล่น รายหมู่บ้าน" }).click();
  assert.equal(await figure.locator(".plot").count(), 0);
  await figure.getByRole("region", { name: /^ตาราง/ }).waitFor();
  await look(page, "overview-table");

  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await page.getByRole("button", { name: "Very large" }).click();
  await page.getByRole("figure", { name: /^Deprived in five dimensions/ }).locator(".plot").getByText("Access to services").waitFor();
  await look(page, "overview-english");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("one goes down from the province to villages and up again; the table is the API's at each level", async () => {
  const page = await signedIn("แผน");
  await goTo(page, "เจาะลึกรายพื้นที่");
  const crumbs = page.getByRole("navigation", { name: "พื้นที่" });
  await crumbs.getByRole("link", { name: "จ.พิษณุโลก" }).click();
  assert.equal(await crumbs.getByText("ประเทศไทย").count(), 0, "only what the planner's area covers");
  const table = page.getByRole("region", { name: "ขาดแคลนใน 5 มิติ" });
  await table.getByRole("link", { name: "เมืองพิษณุโลก" }).click();
  await table.getByRole("link", { name: "บ้านคลอง" }).or(table.getByRole("link", { name: "อรัญญิก" })).first().waitFor();
  const amphoe = await api("areas/6501/indicators?blocks=households,dimension");
  const cells = await cellsOf(table.locator("tbody tr[data-row]"));
  const codes = ["health", "living", "education", "income", "access"];
  const expected = amphoe.rows.map((row) => [row.name_th, ...codes.map((code) => written(count(amphoe, row.counts, `dimension.${code}`)))]);
  assert.deepEqual(cells.map((row) => row.join("|")).sort(), expected.map((row) => row.join("|")).sort());
  await look(page, "areas-amphoe");

  await table.getByRole("link", { name: "อรัญญิก" }).click();
  await table.getByText("หมู่ที่ 6").waitFor();
  await choose(page, "เรื่อง", "tenure");
  await choose(page, "ประเภท", "own");
  const villages = await api(`areas/${TAMBON}/indicators?blocks=households,tenure`);
  const tenure = page.getByRole("region", { name: "สิทธิในที่อยู่อาศัย กับความเสี่ยงถูกไล่รื้อ" });
  const risks = ["0", "1", "2", "3", "unknown"];
  const rows = await cellsOf(tenure.locator("tbody tr[data-row]"));
  assert.deepEqual(rows, villages.rows.map((row, at) => [`หมู่ที่ ${at + 4}`, ...risks.map((risk) => written(count(villages, row.counts, `tenure.own.${risk}`)))]));
  await choose(page, "แสดงเป็น", "rate");
  await tenure.getByText(/^\d+\.\d%$/).first().waitFor();

  // Sorted by what is shown; what is hidden comes last.
  await choose(page, "เรื่อง", "flag");
  await choose(page, "ตัวชี้วัดในกราฟ", "flag.L2");
  const flags = page.getByRole("region", { name: "ปัญหาที่พบ", exact: true });
  await flags.getByRole("button", { name: "บ้านชำรุดทรุดโทรม" }).click();
  const sorted = await cellsOf(flags.locator("tbody tr[data-row]"));
  assert.equal(sorted.length, 3);
  assert.equal(sorted[2][0], "หมู่ที่ 6");
  await look(page, "areas-villages");
  await page.goBack();
  await page.getByRole("region", { name: "ขาดแคลนใน 5 มิติ" }).or(page.getByRole("region", { name: "ปัญหาที่พบ", exact: true })).first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the map has the villages that may be placed, and says which may not", async () => {
  const page = await signedIn("แผน");
  await goTo(page, "แผนที่");
  const map = page.getByRole("img", { name: /^แผนที่/ });
  await map.waitFor();
  const villages = await api(`areas/${TAMBON}/indicators?blocks=households&middles=true`);
  const placed = villages.rows.filter(({ middle }) => middle);
  assert.equal(placed.length, 2);
  assert.equal(villages.rows[2].middle, null, "three houses");
  assert.equal(await map.locator("circle").count(), placed.length);
  await page.getByText("หมู่ที่ 6", { exact: false }).first().waitFor();
  await page.getByText(/^ไม่อยู่บนแผนที่.*หมู่ที่ 6$/).waitFor();
  const poor = (row) => count(villages, row.counts, "households.poor");
  const titles = (await map.locator("circle title").allTextContents()).sort();
  const share = (row) => `${((100 * poor(row)) / count(villages, row.counts, "households.assessed")).toFixed(1)}%`;
  assert.deepEqual(titles, placed.map((row) => `หมู่ที่ ${Number(row.area.slice(6))}: ${poor(row) === null ? "*" : share(row)}`).sort());
  await look(page, "map-tambon");

  await page.getByRole("navigation", { name: "พื้นที่" }).getByRole("link", { name: "จ.พิษณุโลก" }).click();
  await map.getByText("อรัญญิก", { exact: true }).waitFor();
  const tambons = await api("areas/65/indicators?blocks=households&level=tambon&middles=true");
  assert.equal(await map.locator("circle").count(), tambons.rows.filter(({ middle }) => middle).length);
  assert.ok((await map.locator("text").allTextContents()).includes("อรัญญิก"));
  await look(page, "map-province");
  assert.deepEqual(page.faults, []);
  await page.context().close();

  const admin = await signedIn("ผู้ดูแล");
  await goTo(admin, "แผนที่");
  await admin.getByRole("navigation", { name: "พื้นที่" }).getByRole("link", { name: "ประเทศไทย" }).click();
  const province = admin.locator(".map path", { has: admin.locator("title", { hasText: /^พิษณุโลก: \d+\.\d%$/ }) });
  await province.waitFor();
  await look(admin, "map-country");
  await province.click();
  await admin.locator(".map circle").first().waitFor();
  assert.deepEqual(admin.faults, []);
  await admin.context().close();
});

test("a snapshot is made, is cited by its hash, and is a point of the line", async () => {
  const page = await signedIn("แผน");
  await goTo(page, "แนวโน้ม");
  await page.getByText("ยังไม่มีชุดข้อมูลที่บันทึกไว้").waitFor();
  for (const title of ["แผนพัฒนาตำบล พ.ศ. 2570", "ทบทวนแผน พ.ศ. 2571"]) {
    await page.getByLabel(/^ชื่อ เช่น/).fill(title);
    await page.getByRole("button", { name: "บันทึกชุดข้อมูล" }).click();
    await page.getByText(`บันทึกแล้ว: ${title}`).waitFor();
  }
  const { snapshots } = await api(`tambons/${TAMBON}/snapshots`);
  assert.equal(snapshots.length, 2);
  const list = page.getByRole("region", { name: "ชุดข้อมูลที่บันทึกไว้" });
  await list.getByRole("row").nth(2).waitFor();
  const cells = await cellsOf(list.locator("tbody tr[data-row]"));
  assert.deepEqual(new Set(cells.map((row) => row[3])), new Set(snapshots.map(({ sha256 }) => sha256)));
  assert.ok(cells.every((row) => row[2] === "แผน"));
  await choose(page, "ตาราง", "card");
  await choose(page, "คอลัมน์", "ครัวเรือนที่ตกหล่น");
  const title = /^บัตรสวัสดิการแห่งรัฐ.*ครัวเรือนที่ตกหล่น – รวม$/;
  const points = await rowsOf(page, title);
  const { annex } = await api(`tambons/${TAMBON}/snapshots/${snapshots[0].snapshot_id}`);
  const card = annex.tables.find(({ name }) => name === "card");
  const cell = card.rows.at(-1).cells.at(-1);
  assert.equal(points.length, 3);
  assert.deepEqual(points.map(([, , value]) => value), Array(3).fill(cell === "hidden" ? "*" : written(cell.count)));
  await page.locator(".plot svg").waitFor();
  await look(page, "trends");
  await choose(page, "รายการ", "หมู่ 6");
  const small = await rowsOf(page, /– หมู่ 6$/);
  assert.deepEqual(small.map(([, , value]) => value), ["*", "*", "*"]);

  await list.getByRole("link", { name: "แผนพัฒนาตำบล พ.ศ. 2570" }).click();
  await page.getByText(/^ชุดข้อมูล แผนพัฒนาตำบล พ.ศ. 2570/).waitFor();
  await page.getByText(snapshots[1].sha256).waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the board has 109.1 % and a dash for what nobody reported; only an admin brings a file", async () => {
  const page = await signedIn("แผน");
  await goTo(page, "เป้าหมายและผล");
  const table = page.getByRole("region", { name: "เป้าหมายและผล" });
  await table.getByText("109.1%").waitFor();
  const board = await api("targets?fiscal_year=2562");
  const rows = await cellsOf(table.locator("tbody tr[data-row]"));
  const number = (value) => (value === null ? "–" : written(value));
  const expected = board.rows.map(({ item, name_th, target, actual, percent, left, unit_th }) => {
    const share = percent === null ? "–" : `${percent.toFixed(1)}%`;
    return [item, name_th, written(target), number(actual), share, number(left), unit_th];
  });
  assert.deepEqual(rows, expected);
  // All have one source, which is told once.
  await page.getByText(`แหล่งข้อมูล: ${board.rows[0].source} (ณ วันที่ 31 มี.ค. 2562)`).waitFor();
  assert.deepEqual(rows.find(([item]) => item === "2.5").slice(3, 6), ["–", "–", "–"]);
  assert.equal(await page.getByText("นำเข้าเป้าหมาย").count(), 0);
  await page.locator(".plot svg").waitFor();
  await look(page, "targets");
  await choose(page, "พื้นที่", "65");
  await page.getByText("ไม่มีเป้าหมายของปีงบประมาณ 2562 สำหรับ จ.พิษณุโลก").waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();

  const admin = await signedIn("ผู้ดูแล");
  await goTo(admin, "เป้าหมายและผล");
  const file = await readFile(join(WORKSPACE, "data/planning/targets.csv"), "utf8");
  const bring = async (text) => {
    await admin.getByLabel("ไฟล์ CSV").setInputFiles({ name: "targets.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await admin.getByRole("button", { name: "นำเข้า", exact: true }).click();
  };
  await bring(file.replace("12543", "-5"));
  await admin.getByText(/^แถว 6 คอลัมน์ actual/).waitFor();
  await look(admin, "targets-refused");
  await bring(file.replace("510,172,tambon,33.7", "510,255,tambon,50.0"));
  await admin.getByText("นำเข้าแล้ว 15 แถว").waitFor();
  await admin.getByRole("region", { name: "เป้าหมายและผล" }).getByText("50.0%").waitFor();
  assert.deepEqual(admin.faults, []);
  await admin.context().close();
});

test("a fund writes the twelve items with their evidence; a planner reads them beside the year before", async () => {
  const path = `tambons/${TAMBON}/strength`;
  const { fiscal_year: year, items } = await api(path);
  const before = { fiscal_year: year - 1, items: { [items[0].item]: { level: 1, evidence: "ประชุม 2 ครั้ง" } } };
  const put = await fetch(`${hub.url}/api/v1/${path}`, { method: "PUT", headers: { authorization: `Bearer ${keys.fund}`, "content-type": "application/json" }, body: JSON.stringify(before) });
  assert.equal(put.status, 200);

  const fund = await signedIn("กองทุน");
  await goTo(fund, "ความเข้มแข็งชุมชน");
  await fund.getByRole("button", { name: "แก้ไขการประเมิน" }).click();
  const first = fund.getByRole("group", { name: new RegExp(`^1\\. ${items[0].th}`) });
  await first.getByLabel(/^3 /).check();
  await fund.getByRole("button", { name: "บันทึกการประเมิน" }).click();
  assert.equal(await first.getByLabel("หลักฐาน").evaluate((field) => field.validity.valueMissing), true, "no level without evidence");
  await first.getByLabel("หลักฐาน").fill("รายงานประชุม 6 ครั้ง");
  await look(fund, "strength-edit");
  await fund.getByRole("button", { name: "บันทึกการประเมิน" }).click();
  await fund.getByText("บันทึกแล้ว 1 ข้อ").waitFor();
  const saved = (await api(path)).items[0];
  assert.deepEqual([saved.level, saved.evidence, saved.level_before, saved.made_by], [3, "รายงานประชุม 6 ครั้ง", 1, "person:กองทุน"]);
  assert.deepEqual(fund.faults, []);
  await fund.context().close();

  const page = await signedIn("แผน");
  await goTo(page, "ความเข้มแข็งชุมชน");
  await page.getByText("รายงานประชุม 6 ครั้ง").waitFor();
  assert.equal(await page.getByRole("button", { name: "แก้ไขการประเมิน" }).count(), 0);
  await page.locator(".plot svg").waitFor();
  await look(page, "strength");
  const rows = await rowsOf(page, "ระดับปีนี้และปีก่อน");
  assert.deepEqual(rows[0].slice(1), ["3", "1", "+2"]);
  assert.deepEqual(rows[1].slice(1), ["–", "–", "–"]);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("the annex has every table as the API gives it, with its stamp and its files", async () => {
  const page = await signedIn("แผน");
  await goTo(page, "ภาคผนวกแผน");
  await page.getByText(/^ข้อมูล ณ /).first().waitFor();
  const annex = await api(`tambons/${TAMBON}/annex`);
  assert.equal(await page.locator(".annex-table").count(), annex.tables.length);
  for (const [at, table] of annex.tables.entries()) {
    const shown = await cellsOf(page.locator(".annex-table").nth(at).locator("tbody tr"));
    assert.deepEqual(shown, table.rows.map(({ name, cells }) => [name.th, ...cells.map(cellText)]), table.name);
  }
  assert.ok(JSON.stringify(annex.tables).includes('"hidden"'), "something is hidden here");
  await look(page, "annex");
  const download = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("จะนำไฟล์นี้ไปใช้ทำอะไร").fill("ประกอบแผนพัฒนาตำบล");
    const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "ดาวน์โหลด" }).click()]);
    await dialog.waitFor({ state: "detached" });
    return readFile(await file.path());
  };
  assert.equal((await download("Excel")).subarray(0, 2).toString(), "PK");
  assert.equal((await download("PDF")).subarray(0, 5).toString(), "%PDF-");
  assert.match((await download("HTML")).toString(), /อรัญญิก/);
  assert.equal(JSON.parse(await download("GeoJSON")).type, "FeatureCollection");
  await choose(page, "ไฟล์ของตารางเดียว", "card");
  assert.match((await download("CSV")).toString(), /ครัวเรือนที่ตกหล่น/);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("navigation", { name: "เมนูหลัก" }).isVisible(), false);
  if (SHOTS) await page.pdf({ path: join(SHOTS, "annex.pdf"), format: "A4" });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

function cellText(cell) {
  if (cell === "hidden") return "*";
  if (cell === "missing") return "–";
  if ("per_mille" in cell) return `${(cell.per_mille / 10).toFixed(1)}%`;
  if ("change" in cell) return `${cell.change > 0 ? "+" : ""}${cell.change.toLocaleString("en-US")}`;
  return "text" in cell ? cell.text.th : (cell.count ?? cell.baht).toLocaleString("en-US");
}
