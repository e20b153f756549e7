// The app's core in a real Chromium before a real hub: storage, encryption, tabs, sync. It needs web/dist
// (`node web/build.mjs --fast`) and the hub's binary.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startHub, SURVEYED, WORKSPACE } from "./hub.mjs";
import { startPlace } from "./core-page.mjs";
import { putStore, storeText } from "./phone-store.mjs";

const VILLAGE = "65011704";
const PIN = "482913";

let hub, place, colleague;
before(async () => {
  hub = await startHub();
  place = await startPlace(hub);
  colleague = await hub.device("วิชัย ทดสอบ", [VILLAGE]);
});
after(async () => {
  await place.end();
  await hub.end();
});

/** A phone that is enrolled and filled. */
async function enrolled(person) {
  const phone = await place.phone();
  await phone.core("start");
  const { code } = await hub.enrol(person, [VILLAGE]);
  await phone.core("enrol", code, PIN);
  await phone.until(({ stage, sync }) => stage === "open" && !sync.running);
  return phone;
}

/** A household that a colleague registered and sent. */
async function household(...answers) {
  const visit = ["visit_outcome=done", "visit_date=2026-11-20", "consent_given=full"];
  const { household } = await colleague("new", "--village", VILLAGE, ...visit, ...answers);
  await colleague("sync");
  return household;
}

/** The page and the question of a key, in the open household. */
async function find(phone, key) {
  const { outline } = await phone.core("household");
  for (const head of outline.filter(({ kind }) => kind === "questions")) {
    const page = await phone.core("page", head.key);
    const node = page.nodes.find((node) => node.key === key);
    if (node) return { page, node };
  }
  throw new Error(`${key} is not asked`);
}

async function answer(phone, key, value) {
  const { page, node } = await find(phone, key);
  const answered = await phone.core("answer", page.key, node.row, node.field, value);
  return answered.nodes.find((node) => node.key === key);
}

/** Requests and bytes of bodies of the syncs since the last look, with the frames that they fetched. */
function looked(at = place) {
  const traffic = at.traffic.splice(0);
  const syncs = traffic.filter(({ path }) => path === "/api/v1/sync");
  const frames = traffic.filter(({ path }) => path.startsWith("/api/v1/frames/"));
  const sum = (part) => [...syncs, ...frames].reduce((sum, entry) => sum + entry[part], 0);
  return { requests: syncs.length, frames: frames.length, up: sum("up"), down: sum("down") };
}

test("what the app sends and receives is what the command line's device does", async () => {
  const id = await household("house_no=1", "head_name=บุญมี สุขสวัสดิ์");
  const [phone, device] = [await enrolled("สมศรี ใจงาม"), await hub.device("มาลี ทดสอบ", [VILLAGE])];
  await device("sync");
  const compare = async (what, slack) => {
    looked();
    await phone.core("sync");
    const [app, line] = [looked(), await device("sync")];
    const told = `${what}: ${JSON.stringify(app)} and ${JSON.stringify(line)}`;
    console.log(told);
    assert.equal(app.requests, line.requests, told);
    assert.ok(Math.abs(app.up - line.up_bytes) <= slack && Math.abs(app.down - line.down_bytes) <= slack, told);
  };
  await compare("nothing changed", 0);
  await phone.core("open", id);
  await answer(phone, "landmark", "ข้างวัด");
  await answer(phone, "household_size", 4);
  await phone.core("close");
  await device("set", id, "landmark=ตรงข้ามโรงสี", "household_size=4");
  // The two compress by different programs, and each receives what the other one sent.
  looked();
  await phone.core("sync");
  const sent = looked();
  const line = await device("sync");
  assert.equal(sent.requests, 1);
  assert.equal(line.requests, 1);
  assert.ok(Math.abs(sent.up - line.up_bytes) <= 12, JSON.stringify({ sent, line }));
  await device("sync");
  await phone.core("sync");
  await colleague("sync");
  await colleague("set", id, "phone=0812345678");
  await colleague("sync");
  await compare("one change elsewhere", 40);
});

test("with 2,000 households the app and the command line's device cost the same, whatever changed", async () => {
  const large = await startHub({ households: 2_000 });
  const before = await startPlace(large);
  const [phone, device, elsewhere] = [await before.phone(), await large.device("มาลี ทดสอบ", SURVEYED), await large.device("วิชัย ทดสอบ", SURVEYED)];
  await elsewhere("sync");
  const edited = (await elsewhere("list")).map(({ household }) => household);
  const differences = [];
  /** `app` and `line` have the same to send and to receive. */
  const same = (what, app, line, bytesMax) => {
    const [ours, theirs] = [app.up + app.down, line.up_bytes + line.down_bytes];
    console.log(`${what}: the app ${app.requests} requests, ${app.frames} frames, ${ours} bytes; the command line ${theirs}`);
    assert.deepEqual([app.requests, app.frames], [line.requests, line.frames], what);
    // Different programs compress, a browser's a little better, and ids are drawn by chance.
    if (Math.abs(ours - theirs) > Math.max(12, theirs * 0.08)) differences.push([what, app, line]);
    assert.ok(ours <= bytesMax, `${what}: ${ours} bytes`);
  };
  const app = async () => {
    looked(before);
    assert.equal((await phone.core("sync")).sync.fault, null);
    return looked(before);
  };
  const answers = async (households) => {
    for (const household of households) {
      await phone.core("open", household);
      await answer(phone, "house_no", "123/4");
      await phone.core("close");
    }
  };
  const sets = async (who, households) => {
    for (const household of households) await who("set", household, "house_no=123/4");
  };

  await phone.core("start");
  await phone.core("enrol", (await large.enrol("สมศรี ใจงาม", SURVEYED)).code, PIN);
  await phone.until(({ stage, sync }) => stage === "open" && !sync.running, 120_000);
  same("a first sync", looked(before), await device("sync"), 800_000);
  same("nothing changed", await app(), await device("sync"), 600);

  await answers(edited.slice(0, 1));
  const one = await app();
  await device("sync");
  await sets(device, edited.slice(1, 2));
  same("one answer", one, await device("sync"), 600);
  await app();

  await answers(edited.slice(2, 42));
  const forty = await app();
  await device("sync");
  await sets(device, edited.slice(42, 82));
  same("40 changed here", forty, await device("sync"), 6_000);
  await app();

  await elsewhere("sync");
  await sets(elsewhere, edited.slice(82, 122));
  await elsewhere("sync");
  same("40 changed elsewhere", await app(), await device("sync"), 6_000);
  assert.deepEqual(differences, []);
  await before.end();
  await large.end();
});

test("an answer outlives a phone that dies, and becomes one change", async () => {
  const id = await household("house_no=2");
  const phone = await enrolled("สมหมาย ใจงาม");
  await phone.core("open", id);
  await answer(phone, "landmark", "ข้างวัด");
  await answer(phone, "landmark", "หลังวัด");
  await phone.stop();
  await phone.start();
  assert.equal((await phone.core("start")).stage, "locked");
  place.cut = true;
  const status = await phone.core("unlock", PIN);
  assert.deepEqual([status.stage, status.sync.unsent], ["open", 1], "without a network");
  assert.equal((await phone.core("households")).length > 0, true);
  place.cut = false;
  assert.equal((await phone.core("sync")).sync.unsent, 0);
  await colleague("sync");
  assert.equal((await colleague("show", id)).answers.landmark, "หลังวัด");
});

test("a wrong PIN opens nothing, five cost a wait, and nothing is wiped", async () => {
  const phone = await enrolled("สมปอง ใจงาม");
  await phone.core("lock");
  for (let times = 1; times < 5; times += 1) {
    await assert.rejects(phone.core("unlock", "000000"), ({ code }) => code === "wrong-pin");
  }
  await assert.rejects(phone.core("unlock", "000000"), ({ code, retryAt }) => code === "pin-wait" && retryAt > Date.now() + 20_000);
  await assert.rejects(phone.core("unlock", PIN), ({ code }) => code === "pin-wait");
  // The wait is over.
  await phone.page.evaluate(
    () =>
      new Promise((done) => {
        const open = indexedDB.open("samruat");
        open.onsuccess = () => {
          const store = open.result.transaction("settings", "readwrite").objectStore("settings");
          store.get("vault").onsuccess = ({ target }) => {
            store.put({ ...target.result, waitUntil: Date.now() - 1 }, "vault").onsuccess = () => {
              open.result.close();
              done();
            };
          };
        };
      }),
  );
  assert.equal((await phone.core("unlock", PIN)).stage, "open");
  await assert.rejects(phone.core("changePin", "000000", "111111"), ({ code }) => code === "wrong-pin");
  await phone.core("changePin", PIN, "111111");
  await phone.core("lock");
  assert.equal((await phone.core("unlock", "111111")).stage, "open");
});

test("nothing personal lies readable in the storage", async () => {
  const id = await household("house_no=3/33", "head_name=ทองดี มีสุขยิ่ง");
  const phone = await enrolled("สมบัติ ใจงาม");
  await phone.core("open", id);
  await answer(phone, "landmark", "ใต้ต้นไทรใหญ่");
  await phone.core("close");
  const stored = await phone.page.evaluate(async () => {
    const open = indexedDB.open("samruat");
    const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
    const texts = [];
    const read = (value) => {
      if (value instanceof Uint8Array) texts.push(new TextDecoder().decode(value));
      else if (value && typeof value === "object" && !(value instanceof CryptoKey)) Object.values(value).forEach(read);
      else texts.push(String(value));
    };
    for (const name of database.objectStoreNames) {
      if (name === "forms") continue;
      const request = database.transaction(name).objectStore(name).getAll();
      read(await new Promise((done) => (request.onsuccess = () => done(request.result))));
    }
    database.close();
    return texts.join("\n");
  });
  assert.ok(stored.length > 1_000);
  for (const word of ["ทองดี", "3/33", "ต้นไทร", "สมบัติ", "smr_d_", "landmark"]) assert.ok(!stored.includes(word), word);
});

test("of two tabs one holds the storage, and the other may take it over", async () => {
  const id = await household("house_no=4");
  const phone = await enrolled("สมคิด ใจงาม");
  await phone.core("open", id);
  await answer(phone, "landmark", "ข้างวัด");
  const second = await phone.tab();
  assert.equal((await phone.coreOf(second, "start")).stage, "elsewhere");
  await assert.rejects(phone.coreOf(second, "households"), ({ code }) => code === "open-elsewhere");
  assert.equal((await phone.coreOf(second, "takeOver")).stage, "locked");
  await phone.until(({ stage }) => stage === "elsewhere");
  await assert.rejects(phone.core("household"), ({ code }) => code === "open-elsewhere");
  const status = await phone.coreOf(second, "unlock", PIN);
  assert.deepEqual([status.stage, status.sync.unsent], ["open", 1], "what was answered in the first is a change");
});

test("a full disk refuses an answer and keeps those before", async () => {
  const id = await household("house_no=5");
  const phone = await enrolled("สมทรง ใจงาม");
  // The browser looks at its quota when the storage is opened, and when that much was written.
  await phone.stop();
  await phone.start();
  const tools = await phone.browser.newCDPSession(phone.page);
  const { storage } = await phone.core("start");
  await tools.send("Storage.overrideQuotaForOrigin", { origin: place.url, quotaSize: storage.usedBytes + 300_000 });
  await phone.core("unlock", PIN);
  await phone.core("open", id);
  const { node, page } = await find(phone, "landmark");
  let last = null;
  const fill = async () => {
    for (let times = 0; times < 500; times += 1) {
      const text = `${times} ${"ก".repeat(1_300)}`;
      await phone.core("answer", page.key, node.row, node.field, text);
      last = text;
    }
  };
  await assert.rejects(fill(), ({ code }) => code === "storage-full");
  assert.notEqual(last, null);
  assert.equal((await find(phone, "landmark")).node.value, last);
  await tools.send("Storage.overrideQuotaForOrigin", { origin: place.url });
  await phone.stop();
  await phone.start();
  await phone.core("start");
  await phone.core("unlock", PIN);
  await phone.core("open", id);
  assert.equal((await find(phone, "landmark")).node.value, last, "what was said to be saved is");
  assert.equal((await answer(phone, "landmark", "หน้าวัด")).value, "หน้าวัด");
  await phone.core("close");
  assert.equal((await phone.core("sync")).sync.unsent, 0);
});

test("a storage of a newer app is left as it is", async () => {
  const phone = await place.phone();
  await phone.page.evaluate(
    () =>
      new Promise((done) => {
        const open = indexedDB.open("samruat", 99);
        open.onupgradeneeded = () => open.result.createObjectStore("settings").put("kept", "vault");
        open.onsuccess = () => done(open.result.close());
      }),
  );
  const status = await phone.core("start");
  assert.deepEqual([status.stage, status.fault.code], ["broken", "store-too-new"]);
});

test("a storage that version 1 wrote opens with all that waits, and loses none of it", async () => {
  const written = JSON.parse(await readFile(join(WORKSPACE, "tests/fixtures/phone/store-1.json"), "utf8"));
  const phone = await place.phone();
  place.cut = true;
  await phone.page.evaluate(putStore, written);
  assert.equal((await phone.core("start")).stage, "locked");
  const kept = await phone.page.evaluate(storeText);
  for (const [store, records] of Object.entries(written.stores)) {
    assert.deepEqual(kept[store], records, `${store} is as it was`);
  }
  assert.deepEqual(kept.villages, [], "what version 2 brought");

  const { stage, sync, villages } = await phone.core("unlock", written.pin);
  assert.deepEqual([stage, sync.unsent, sync.unsentPhotos], ["open", 4, 1]);
  assert.deepEqual(villages, [{ code: VILLAGE, moo: 4, name: null, expected: null }]);
  const rows = await phone.core("households");
  assert.deepEqual(rows.map(({ houseNumber, unsent }) => [houseNumber, unsent]), [["1", 1], ["2", 1], ["3", 1], ["99/1", 1]]);
  for (const [at, landmark] of [[0, "ข้างวัด"], [2, "หลังวัด"]]) {
    await phone.core("open", written.households[at]);
    assert.equal((await find(phone, "landmark")).node.value, landmark);
    await phone.core("close");
  }
  await phone.core("open", written.households[1]);
  const photo = (await find(phone, "photo_media")).node.value;
  assert.ok((await phone.page.evaluate(async (name) => (await globalThis.core.picture(name)).size, photo)) > 500);
  await phone.core("close");
  assert.equal((await phone.page.evaluate(async () => (await globalThis.core.exportUnsent()).changes)), 4);
  place.cut = false;
});

test("what others wrote comes into the open household, and a conflict stays one", async () => {
  const id = await household("house_no=6", "landmark=ข้างวัด");
  const phone = await enrolled("สมชาย ใจงาม");
  await phone.core("open", id);
  await colleague("set", id, "landmark=ใต้สะพาน", "phone=0812345678");
  await colleague("sync");
  await answer(phone, "landmark", "ริมคลอง");
  await phone.events();
  await phone.core("sync");
  const events = await phone.events();
  assert.ok(events.some((event) => event.event === "household" && event.id === id), JSON.stringify(events));
  assert.equal((await find(phone, "phone")).node.value, "0812345678");
  const { node } = await find(phone, "landmark");
  assert.deepEqual(node.conflict.map(({ shown }) => shown).sort(), ["ริมคลอง", "ใต้สะพาน"].sort());
  assert.ok(node.conflict.some(({ person, mine }) => person === "วิชัย ทดสอบ" && !mine), JSON.stringify(node.conflict));
  assert.equal((await answer(phone, "landmark", node.value)).conflict, null);
  await phone.core("close");
  await phone.core("sync");
  await colleague("sync");
  assert.deepEqual((await colleague("show", id)).conflicts, []);
});

test("a bundle is sent by a colleague's phone, and only then is logging out no loss", async () => {
  const id = await household("house_no=7");
  const [one, other] = [await enrolled("สมร ใจงาม"), await enrolled("สมัย ใจงาม")];
  place.cut = true;
  await one.core("open", id);
  await answer(one, "landmark", "ข้างตลาด");
  await assert.rejects(one.core("logOut"), ({ code }) => code === "unsent-work");
  const { text, passcode, changes, name } = await one.page.evaluate(async () => {
    const { file, ...told } = await globalThis.core.exportUnsent();
    return { ...told, text: await file.text() };
  });
  assert.deepEqual([changes, /^\d{8}$/.test(passcode), /\.txt$/.test(name)], [1, true, true]);
  assert.ok(text.startsWith("samruat bundle 1 650117\n") && !text.includes("ตลาด"));
  assert.equal((await one.core("logOut")).stage, "new");
  const bring = (text, passcode) =>
    other.page.evaluate(
      ([text, passcode]) => globalThis.core.importBundle(new Blob([text]), passcode).catch((fault) => fault),
      [text, passcode],
    );
  const wrong = passcode === "00000000" ? "00000001" : "00000000";
  assert.equal((await bring(text, wrong)).code, "wrong-passcode");
  assert.equal((await bring("samruat bundle 1 650118\nAAAA", passcode)).code, "bundle-of-another-tambon");
  assert.equal((await bring("something else", passcode)).code, "not-a-bundle");
  assert.deepEqual(await bring(text.replaceAll("\n", "\r\n"), passcode), { changes: 1 });
  await other.core("open", id);
  assert.equal((await find(other, "landmark")).node.value, "ข้างตลาด");
  place.cut = false;
  await other.core("close");
  assert.equal((await other.core("sync")).sync.unsent, 0);
  await colleague("sync");
  assert.equal((await colleague("show", id)).answers.landmark, "ข้างตลาด");
});

test("a photo is made small and goes on where the line broke", async () => {
  const id = await household("house_no=8");
  const phone = await enrolled("สมนึก ใจงาม");
  await phone.core("open", id);
  const home = await phone.core("household");
  const repeat = home.outline.find(({ key }) => /\/88\/-$/.test(key)) ?? home.outline.findLast(({ kind }) => kind === "rows");
  const { rows } = await phone.core("page", repeat.key);
  const { row } = await phone.core("addRow", rows.field, null);
  const { page, node } = await find(phone, "photo_media");
  assert.equal(node.row, row);
  const taken = await phone.page.evaluate(
    async ([page, row, field]) => {
      const canvas = new OffscreenCanvas(3000, 2000);
      const context = canvas.getContext("2d");
      for (let at = 0; at < 4000; at += 1) {
        context.fillStyle = `hsl(${(at * 47) % 360} 80% ${20 + (at % 60)}%)`;
        context.fillRect((at * 911) % 3000, (at * 577) % 2000, 90, 60);
      }
      const answered = await globalThis.core.attach(page, row, field, await canvas.convertToBlob({ type: "image/jpeg", quality: 1 }));
      const value = answered.nodes.find((node) => node.field === field).value;
      const kept = await globalThis.core.picture(value);
      const { width, height } = await createImageBitmap(kept);
      return { value, bytes: kept.size, width, height };
    },
    [page.key, row, node.field],
  );
  assert.match(taken.value, /^sha256:[0-9a-f]{64}$/);
  assert.ok(taken.bytes <= 200_000 && taken.width === 1280 && taken.height === 853, JSON.stringify(taken));
  await phone.core("close");
  looked();
  place.cutUpAfter = Math.round(taken.bytes / 2);
  const broken = await phone.core("sync");
  assert.deepEqual([broken.sync.fault?.code, broken.sync.unsent, broken.sync.unsentPhotos], ["unreachable", 0, 1]);
  place.cut = false;
  place.traffic.splice(0);
  const whole = await phone.core("sync");
  assert.deepEqual([whole.sync.fault, whole.sync.unsentPhotos], [null, 0]);
  const again = place.traffic.filter(({ method }) => method === "PATCH").reduce((sum, { up }) => sum + up, 0);
  assert.ok(again < taken.bytes, `${again} of ${taken.bytes} bytes were sent again`);
  const other = await enrolled("สมาน ใจงาม");
  const seen = await other.page.evaluate(async (name) => (await globalThis.core.picture(name))?.size, taken.value);
  assert.equal(seen, taken.bytes, "a colleague sees it");
});

test("a first sync goes on where the line broke", async () => {
  const villages = [VILLAGE, "65011705"];
  const other = await hub.device("ประยูร ทดสอบ", villages);
  // Each village has frames of its own.
  for (const village of villages) {
    for (let house = 21; house <= 32; house += 1) await other("new", "--village", village, `house_no=${house}`, `head_name=หัวหน้าบ้าน ${house}`);
  }
  await other("sync");
  const phone = await place.phone();
  await phone.core("start");
  const { code } = await hub.enrol("สมหวัง ใจงาม", villages);
  place.traffic.splice(0);
  const arrived = 700;
  place.cutAfter = { path: "/api/v1/frames/", bytes: arrived, stays: true };
  await phone.core("enrol", code, PIN);
  const broken = await phone.until(({ sync }) => sync.fault !== null);
  assert.deepEqual([broken.stage, broken.sync.fault.code], ["filling", "unreachable"]);
  const before = frames();
  const cut = before.at(-1);
  assert.deepEqual([cut.range.split("-")[0], cut.down], ["bytes=0", arrived]);

  // The phone dies as well.
  await phone.stop();
  await phone.start();
  await phone.core("start");
  place.cut = false;
  await phone.events();
  await phone.core("unlock", PIN);
  await phone.until(({ stage, sync }) => stage === "open" && !sync.running);
  const [rest, ...others] = frames();
  assert.deepEqual([rest.path, rest.range.split("-")[0], rest.status], [cut.path, `bytes=${arrived}`, 206]);
  const whole = [...before.slice(0, -1), rest, ...others].map(({ path }) => path);
  assert.ok(whole.length > 1, "there is more than one frame");
  assert.equal(new Set(whole).size, whole.length, "none is fetched twice");
  const shown = (await phone.events()).flatMap((event) => event.status?.sync.progress ?? []);
  assert.ok(shown[0] >= broken.sync.progress && broken.sync.progress > 0, JSON.stringify({ shown, broken: broken.sync.progress }));
  assert.deepEqual(shown, [...shown].sort((one, next) => one - next), "it never goes back");
  assert.equal((await phone.core("households")).length, (await other("list")).length);
});

/** Requests for frames since the last look. */
function frames() {
  return place.traffic.splice(0).filter(({ path }) => path.startsWith("/api/v1/frames/"));
}

test("practice has a village of its own and tells the hub nothing", async () => {
  const phone = await place.phone();
  await phone.core("start");
  place.traffic.splice(0);
  const status = await phone.core("practise", true);
  assert.deepEqual([status.stage, status.practice], ["open", true]);
  const rows = await phone.core("households");
  assert.equal(rows.length, 12);
  await phone.core("open", rows[0].id);
  await answer(phone, "landmark", "ข้างวัด");
  await phone.core("close");
  await phone.core("sync");
  assert.deepEqual(place.traffic, []);
  assert.deepEqual([(await phone.core("practise", false)).stage], ["new"]);
});

test("a lost answer of the hub to an enrolment is asked for again", async () => {
  const phone = await place.phone();
  await phone.core("start");
  const { code } = await hub.enrol("สมใจ ใจงาม", [VILLAGE]);
  place.cutAfter = { path: "/api/v1/enrol", bytes: 10 };
  await assert.rejects(phone.core("enrol", code, PIN), ({ code }) => code === "unreachable");
  assert.equal((await phone.core("enrol", ` ${code.toLowerCase()} `, PIN)).person, "สมใจ ใจงาม");
  const another = await place.phone();
  await another.core("start");
  await assert.rejects(another.core("enrol", `${place.url}/#code=${code}`, PIN), ({ code }) => code === "code-used");
  await assert.rejects(another.core("enrol", "650117-00000-00000", PIN), ({ code }) => code === "wrong-code");
});
