/**
 * A core that says what a test tells it to: for screens that a real hub can hardly be brought to show, each kind of
 * question, each fault. It holds no rules; the tests of rules use the real core and a real hub.
 */

import type { Core, Event, Fault, FaultCode, Household, HouseholdRow, Node, NodeKind, Page, PageHead, Status, Value, VisitState } from "../../../web/field/src/core/api.ts";

const NOW = Date.now();
const HOUR = 3_600_000;
const VILLAGES = [
  { code: "65011704", moo: 4, name: "บ้านหนองบัว", expected: 140 },
  { code: "65011705", moo: 5, name: "บ้านคลองเตย", expected: 96 },
];
const GIVEN = "สมศรี บุญมี ประยูร มาลี ทองดี สมพงษ์ จันทร์เพ็ญ วิเชียร อำไพ ประเสริฐ".split(" ");
const FAMILY = "ใจงาม แก้วมณี สุขสวัสดิ์ ทองคำ ศรีสุวรรณ บุญเลิศ พึ่งพา รักถิ่น".split(" ");
const STATES: VisitState[] = ["new", "done", "new", "part", "new", "done", "absent", "new", "refused"];

/** Rows as a list of `count` houses would have them. */
export function rows(count: number): HouseholdRow[] {
  return Array.from({ length: count }, (_, index) => {
    const village = VILLAGES[index % 3 === 2 ? 1 : 0]!;
    const state = STATES[index % STATES.length]!;
    return {
      id: `h${String(index).padStart(25, "0")}`,
      village: village.code,
      moo: village.moo,
      houseNumber: `${index + 1}${index % 5 === 3 ? "/2" : ""}`,
      name: index === 7 ? "" : `${index % 2 ? "นาย" : "นาง"}${GIVEN[index % GIVEN.length]} ${FAMILY[index % FAMILY.length]}`,
      members: state === "new" ? 0 : (index % 6) + 1,
      state,
      tier: state === "done" || state === "part" ? (((index % 4) + 1) as 1 | 2 | 3 | 4) : null,
      visitedAt: state === "new" ? null : "2026-11-20",
      unsent: index % 8 === 1 ? 2 : 0,
      conflicts: index === 1 ? 2 : 0,
      problems: index === 3 || index === 1 ? 2 : 0,
      duplicates: index === 1 ? ["h0000000000000000000000003"] : [],
      at: index % 11 === 10 ? null : { latitude: 16.8 + ((index * 37) % 100) / 9000, longitude: 100.26 + ((index * 61) % 100) / 9000 },
    };
  });
}

export const STATUS: Status = {
  stage: "open",
  fault: null,
  practice: false,
  person: "สมศรี ใจงาม",
  tambon: { code: "650117", th: "วัดพริก", en: "Wat Phrik" },
  villages: VILLAGES,
  sync: { running: false, progress: null, unsent: 12, unsentPhotos: 2, refused: 1, lastAt: NOW - 26 * HOUR, nextAt: NOW + 120_000, fault: null },
  storage: { persisted: false, usedBytes: 8_400_000, quotaBytes: 1_200_000_000 },
  unsyncedDays: 7,
  language: "th",
  textSize: 20,
  updateReady: false,
  version: "0.4.0",
};

const OTHER = { person: "ประยูร แก้วมณี", mine: false, at: NOW - 3 * HOUR };
const MINE = { person: "สมศรี ใจงาม", mine: true, at: NOW - 0.2 * HOUR };

function node(kind: NodeKind, label: string, more: Partial<Node> = {}): Node {
  return {
    field: 0,
    row: null,
    key: label,
    kind,
    label,
    hint: "",
    guidance: "",
    required: false,
    readOnly: false,
    value: null,
    shown: "",
    problem: null,
    choices: [],
    format: null,
    appearance: "",
    range: null,
    written: null,
    conflict: null,
    ...more,
  };
}

const choices = (...labels: string[]) => labels.map((label, index) => ({ name: String(index), label }));
const ROOF = choices("ดี ใช้งานได้ปกติ", "ชำรุดเล็กน้อย", "ชำรุดมาก ต้องซ่อม", "ผุพัง/ไม่ปลอดภัย");

interface Sheet {
  key: string;
  section: string;
  title: string;
  nodes: Node[];
  rows?: NonNullable<Page["rows"]>;
  state?: PageHead["state"];
}

/** A page for each kind of question, by the names that the tests use. */
export const SHEETS: Sheet[] = [
  { key: "one", section: "ที่อยู่อาศัย", title: "สภาพหลังคา", nodes: [node("select_one", "สภาพหลังคา", { required: true, choices: ROOF, hint: "ดูจากด้านนอกก็ได้" })] },
  {
    key: "many",
    section: "ที่อยู่อาศัย",
    title: "ภัยที่เกิดซ้ำ",
    state: "answered",
    nodes: [
      node("select_multiple", "ภัยที่เกิดซ้ำ", {
        choices: choices("ไม่มี", "น้ำท่วม", "เสี่ยงไฟไหม้", "วาตภัย", "ดินถล่ม", "ภัยแล้ง"),
        value: "1 3",
        shown: "น้ำท่วม วาตภัย",
        written: OTHER,
      }),
    ],
  },
  {
    key: "income",
    section: "รายได้ หนี้ และทรัพย์สิน",
    title: "รายได้",
    state: "problem",
    nodes: [
      node("integer", "รายได้รวมทั้งครัวเรือนต่อปี (บาท)", {
        format: "baht",
        required: true,
        hint: "สมาชิกที่กรอกไว้รวม 84,000 บาท บวกรายได้อื่น และมูลค่าของที่ปลูกกินเอง",
        guidance: "ถ้าไม่แน่ใจ ให้ถามรายได้ต่อเดือนแล้วคูณสิบสอง",
      }),
    ],
  },
  {
    key: "citizen",
    section: "สมาชิก",
    title: "เลขประจำตัวประชาชน",
    nodes: [
      node("text", "เลขประจำตัวประชาชน", {
        format: "citizen_id",
        appearance: "numbers",
        value: "1101700203451",
        shown: "1-1017-00203-45-1",
        problem: { text: "เลขประจำตัวไม่ถูกต้อง กรุณาตรวจดูอีกครั้ง", hard: true },
        written: MINE,
      }),
    ],
  },
  { key: "text", section: "บันทึก", title: "บันทึกเพิ่มเติม", nodes: [node("text", "บันทึกเพิ่มเติม", { appearance: "multiline" })] },
  {
    key: "date",
    section: "การเยี่ยมบ้าน",
    title: "วันที่เยี่ยม",
    nodes: [node("date", "วันที่เยี่ยม", { required: true, hint: "แสดงเป็น พ.ศ.", value: "2026-11-20" })],
  },
  { key: "time", section: "การเยี่ยมบ้าน", title: "เวลา", nodes: [node("time", "เวลาที่สะดวก", { value: "13:05:00.000+07:00" }), node("date_time", "นัดครั้งหน้า")] },
  { key: "gps", section: "ที่อยู่", title: "พิกัดบ้าน", nodes: [node("geopoint", "พิกัดบ้าน", { value: "16.81234 100.26111 40 8", written: MINE })] },
  { key: "shape", section: "ที่อยู่", title: "แนวเขต", nodes: [node("geoshape", "แนวเขตที่ดิน")] },
  { key: "photo", section: "รูปถ่าย", title: "หน้าบ้าน", nodes: [node("image", "รูปหน้าบ้าน", { hint: "ไม่ถ่ายให้เห็นใบหน้าคน", value: "sha256:there", written: MINE })] },
  { key: "signature", section: "ความยินยอม", title: "ลายมือชื่อ", nodes: [node("signature", "ลายมือชื่อผู้ให้ความยินยอม")] },
  { key: "barcode", section: "ที่อยู่", title: "มิเตอร์", nodes: [node("barcode", "รหัสมิเตอร์ไฟฟ้า")] },
  {
    key: "rank",
    section: "ความต้องการ",
    title: "ลำดับความสำคัญ",
    nodes: [node("rank", "เรื่องใดสำคัญกว่า", { choices: choices("ซ่อมบ้าน", "อาชีพและรายได้", "สุขภาพ", "การศึกษาของลูก"), value: "0 2" })],
  },
  { key: "range", section: "ความต้องการ", title: "ความพอใจ", nodes: [node("range", "พอใจกับบ้านตอนนี้แค่ไหน", { range: { start: 0, end: 10, step: 1 }, value: 4 })] },
  {
    key: "mixed",
    section: "ความยินยอม",
    title: "คำชี้แจง",
    nodes: [
      node("note", "ข้อมูลนี้ใช้เพื่อช่วยเหลือคนในชุมชน คุณลุงคุณป้าขอดู ขอแก้ หรือขอให้ลบเมื่อไรก็ได้"),
      node("acknowledge", "อ่านให้ฟังแล้ว"),
      node("calculate", "อายุ (ปี)", { value: 67, shown: "67" }),
      node("audio", "บันทึกเสียง"),
    ],
  },
  {
    key: "members",
    section: "สมาชิก",
    title: "สมาชิก",
    nodes: [],
    rows: {
      field: 9,
      parent: null,
      free: true,
      heads: [
        { row: "r1", title: "นางสมศรี ใจงาม", state: "answered", first: "citizen" },
        { row: "r2", title: "นายบุญมี ใจงาม", state: "problem", first: "citizen" },
        { row: "r3", title: "", state: "empty", first: "citizen" },
      ],
    },
  },
  {
    key: "differs",
    section: "ที่อยู่อาศัย",
    title: "สภาพฝา/ผนัง",
    state: "conflict",
    nodes: [
      node("select_one", "สภาพฝา/ผนัง", {
        choices: ROOF,
        value: "2",
        shown: "ชำรุดมาก ต้องซ่อม",
        conflict: [
          { ...OTHER, value: "2", shown: "ชำรุดมาก ต้องซ่อม" },
          { ...MINE, value: "1", shown: "ชำรุดเล็กน้อย" },
        ],
      }),
    ],
  },
];

export interface Script {
  status?: Partial<Status>;
  sync?: Partial<Status["sync"]>;
  households?: number;
  /** The fault with which these calls fail. */
  fail?: Partial<Record<keyof Core, FaultCode>>;
  /** What `start` rejects with. */
  broken?: FaultCode;
}

/** What a test may do while the screens are drawn. */
export interface Hand {
  tell(event: Event): void;
  /** Changes an answer as if another phone had written it. */
  elsewhere(sheet: string, value: Value, shown: string): void;
  /** Calls that were made, as `name(arguments)`. */
  calls: string[];
  /** Answers of `answer` wait until this is called. */
  hold(): () => void;
}

export function scriptedCore(script: Script): { core: Core; hand: Hand } {
  let status: Status = { ...STATUS, ...script.status, sync: { ...STATUS.sync, ...script.sync } };
  const list = new Map(rows(script.households ?? 60).map((row) => [row.id, row]));
  const sheets = structuredClone(SHEETS);
  const ears = new Set<(event: Event) => void>();
  const calls: string[] = [];
  let open = "";
  let gate: Promise<void> = Promise.resolve();

  const tell = (event: Event) => ears.forEach((hear) => hear(event));
  const become = (change: Partial<Status>) => {
    status = { ...status, ...change };
    tell({ event: "status", status });
    return status;
  };
  const sheet = (key: string) => sheets.find((each) => each.key === key) ?? sheets[0]!;
  const head = (each: Sheet): PageHead => ({
    key: each.key,
    form: "household",
    section: each.section,
    title: each.title,
    kind: each.rows ? "rows" : "questions",
    row: each.key === "citizen" ? "r1" : null,
    state: each.state ?? "empty",
  });
  const page = (key: string): Page => {
    const index = sheets.indexOf(sheet(key));
    const each = sheets[index]!;
    return {
      ...head(each),
      nodes: each.nodes,
      rows: each.rows ?? null,
      previous: sheets[index - 1]?.key ?? null,
      next: each.key === "citizen" ? "members" : (sheets[index + 1]?.key ?? null),
      up: each.key === "citizen" ? "members" : null,
      place: index + 1,
      count: sheets.length,
    };
  };
  const household = (): Household => {
    const row = list.get(open)!;
    const differing = sheets.filter((each) => each.nodes.some((one) => one.conflict));
    return {
      row,
      outline: sheets.map(head),
      resume: "one",
      writers: row.state === "new" ? [] : [{ ...MINE, answers: 14 }, { ...OTHER, answers: 31 }],
      problems: row.problems
        ? [
            { page: "citizen", label: "เลขประจำตัวประชาชน", text: "เลขประจำตัวไม่ถูกต้อง กรุณาตรวจดูอีกครั้ง", hard: true },
            { page: "income", label: "รายได้รวมทั้งครัวเรือนต่อปี (บาท)", text: "น้อยกว่ารายได้ของสมาชิกรวมกัน", hard: false },
          ]
        : [],
      conflicts: row.conflicts ? differing.map((each) => ({ page: each.key, node: each.nodes[0]! })) : [],
      duplicates: row.duplicates.map((id) => list.get(id)!),
      consent: row.state === "new" ? null : row.state === "refused" ? "refused" : "no_sensitive",
    };
  };

  const core: Core = {
    start: async () => {
      if (script.broken) throw fault(script.broken);
      return status;
    },
    takeOver: async () => become({ stage: "open", fault: null }),
    enrol: async () => become({ stage: "filling" }),
    unlock: async () => become({ stage: "open" }),
    lock: async () => become({ stage: "locked" }),
    changePin: async () => status,
    logOut: async () => become({ stage: "new" }),
    practise: async (on) => become({ practice: on, stage: on ? "open" : "new" }),
    setLanguage: async (language) => become({ language }),
    setTextSize: async (textSize) => become({ textSize }),
    persistStorage: async () => status,
    households: async () => [...list.values()],
    search: async (text) => [...list.values()].filter((row) => row.name.includes(text) || row.houseNumber.startsWith(text)).map((row) => row.id),
    register: async () => ({ id: [...list.keys()][0]!, existed: true }),
    open: async (id) => {
      if (!list.has(id)) throw fault("household-gone");
      open = id;
      return household();
    },
    close: async () => {},
    household: async () => household(),
    page: async (key) => page(key),
    answer: async (key, _row, _field, typed) => {
      await gate;
      const each = sheet(key);
      const [first] = each.nodes;
      const named = first?.choices.find((choice) => choice.name === typed);
      each.nodes = each.nodes.map((one, index) =>
        index ? one : { ...one, value: typed, shown: named?.label ?? String(typed ?? ""), problem: null, conflict: null, written: { ...MINE, at: Date.now() } },
      );
      each.state = "answered";
      return page(key);
    },
    addRow: async () => ({ row: "r1", first: "citizen" }),
    deleteRow: async () => household(),
    visit: async () => ({ row: "v1", first: "date" }),
    attach: async (key) => core.answer(key, null, 0, "sha256:there"),
    picture: async (sha256) => (sha256 === "there" ? picture() : null),
    sync: async () => become({ sync: { ...status.sync, unsent: 0, unsentPhotos: 0, lastAt: Date.now() } }),
    refused: async () => [
      {
        household: [...list.keys()][1]!,
        name: "นายบุญมี แก้วมณี",
        reason: "outside-scope",
        answers: [
          { label: "สภาพหลังคา", shown: "ผุพัง/ไม่ปลอดภัย" },
          { label: "จำนวนห้องนอน", shown: "2" },
        ],
      },
    ],
    photos: async () => [
      { sha256: "a", bytes: 184_000, sent: 46_000 },
      { sha256: "b", bytes: 151_000, sent: 0 },
    ],
    exportUnsent: async () => ({ name: "samruat-650117.txt", file: new Blob(["samruat bundle"]), passcode: "48201937", changes: 12 }),
    importBundle: async () => ({ changes: 5 }),
    subscribe: (hear) => {
      ears.add(hear);
      return () => void ears.delete(hear);
    },
  };
  for (const name of Object.keys(core) as (keyof Core)[]) {
    if (name === "subscribe") continue;
    const real = core[name] as (...given: unknown[]) => Promise<unknown>;
    const spied = async (...given: unknown[]) => {
      calls.push(`${name}(${given.map((each) => JSON.stringify(each) ?? "").join(", ")})`);
      const failing = script.fail?.[name];
      if (failing) throw fault(failing);
      return real(...given);
    };
    Object.assign(core, { [name]: spied });
  }
  return {
    core,
    hand: {
      tell,
      calls,
      elsewhere: (key, value, shown) => {
        const each = sheet(key);
        each.nodes = each.nodes.map((one, index) => (index ? one : { ...one, value, shown, written: { ...OTHER, at: Date.now() } }));
        tell({ event: "household", id: open });
      },
      hold: () => {
        let release = () => {};
        gate = new Promise((resolve) => (release = resolve));
        return release;
      },
    },
  };
}

function fault(code: FaultCode): Fault {
  return code === "pin-wait" ? { code, retryAt: Date.now() + 40_000 } : { code, detail: "scripted" };
}

/** A small drawing of a house. */
async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(640, 480);
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#bcd7e6";
  pen.fillRect(0, 0, 640, 480);
  pen.fillStyle = "#b58b57";
  pen.fillRect(170, 220, 300, 200);
  pen.fillStyle = "#7c3b2a";
  pen.beginPath();
  pen.moveTo(130, 220);
  pen.lineTo(320, 90);
  pen.lineTo(510, 220);
  pen.fill();
  return canvas.convertToBlob({ type: "image/jpeg" });
}
