/**
 * What the screens ask of the core, and what the core tells them.
 *
 * The core lives in a worker: documents, forms, encryption, storage and sync. A screen draws what it is
 * given and hands back what a person did; it holds no rules. Every call is answered once; what happens
 * without being asked for arrives as an {@link Event}. When a call that writes has been answered, what it
 * wrote is on the disk. A call that fails rejects with a {@link Fault}.
 */

/** A household's id, 26 characters. */
export type HouseholdId = string;
/** A row's id (a member, a visit, a need …), 26 characters. */
export type RowId = string;
/** A village's code, 8 digits. */
export type VillageCode = string;
/** Milliseconds since 1970, UTC. */
export type Millis = number;
/** What an answer holds. Choices of a select_multiple: their names with spaces between. */
export type Value = string | number | boolean | null;

export type Language = "th" | "en";
export type TextSize = 18 | 20 | 24;

/** Why a call failed, or why syncing stopped. Screens have a text for each. */
export type FaultCode =
  // enrolling
  | "wrong-code"
  | "code-used"
  | "code-expired"
  | "too-many-attempts"
  // the hub
  | "unreachable"
  | "hub-busy"
  | "device-revoked"
  | "hub-replaced"
  | "app-too-old"
  | "hub-too-old"
  | "hub-fault"
  // this phone
  | "wrong-pin"
  | "pin-wait"
  | "storage-full"
  | "storage-lost"
  | "store-too-new"
  | "clock-wrong"
  | "open-elsewhere"
  | "no-wasm"
  // what was asked for
  | "unsent-work"
  | "household-gone"
  | "wrong-passcode"
  | "not-a-bundle"
  | "bundle-of-another-tambon"
  | "photo-unreadable"
  | "too-long"
  | "internal";

/** A failure, in a form that crosses from the worker. `detail` is for a report, never for a sentence. */
export interface Fault {
  code: FaultCode;
  detail?: string;
  /** When trying again makes sense. */
  retryAt?: Millis;
}

/** Where the app stands. Exactly one is true at a time. */
export type Stage =
  /** Nobody is enrolled on this phone. */
  | "new"
  /** Enrolled; the first sync is not through. */
  | "filling"
  /** The PIN is wanted. */
  | "locked"
  /** Ready for work. */
  | "open"
  /** The app is open in another tab, which holds the storage. */
  | "elsewhere"
  /** The storage cannot be opened; see `fault`. */
  | "broken";

export interface Village {
  code: VillageCode;
  /** Number of the village in its tambon (หมู่ที่). */
  moo: number;
  name: string | null;
  /** Houses that the roster expects, where it is known. */
  expected: number | null;
}

export interface SyncState {
  running: boolean;
  /** 0 to 1 while a first sync or a long transfer runs. */
  progress: number | null;
  /** Changes that the hub has not acknowledged. */
  unsent: number;
  /** Photos that the hub does not have yet. */
  unsentPhotos: number;
  /** Changes that the hub keeps in quarantine. */
  refused: number;
  lastAt: Millis | null;
  /** When the next attempt is due. */
  nextAt: Millis | null;
  /** What stopped the last attempt. */
  fault: Fault | null;
}

/** Everything that a screen shows of the app itself. */
export interface Status {
  stage: Stage;
  fault: Fault | null;
  practice: boolean;
  person: string | null;
  tambon: { code: string; th: string; en: string } | null;
  villages: Village[];
  sync: SyncState;
  storage: { persisted: boolean; usedBytes: number; quotaBytes: number };
  /** Days since the last sync beyond which the app warns. */
  unsyncedDays: number;
  language: Language;
  textSize: TextSize;
  /** A new version is ready and waits for a yes. */
  updateReady: boolean;
  version: string;
}

export type VisitState = "new" | "part" | "done" | "refused" | "absent";

/** A line of the day's list. */
export interface HouseholdRow {
  id: HouseholdId;
  village: VillageCode;
  moo: number;
  houseNumber: string;
  /** How the household is called: its head, else its first member. */
  name: string;
  members: number;
  state: VisitState;
  /** Need tier by the scores of the form, 1 the most pressing; null where too little is known. */
  tier: 1 | 2 | 3 | 4 | null;
  visitedAt: string | null;
  unsent: number;
  conflicts: number;
  problems: number;
  /** Other households here that may be the same one. */
  duplicates: HouseholdId[];
  at: { latitude: number; longitude: number } | null;
}

/** The first rows of the list, and what the heads of its villages say: enough for a screen while the rest is read. */
export interface Top {
  rows: HouseholdRow[];
  villages: { village: VillageCode; all: number; visited: number }[];
}

export interface RefusedChange {
  household: HouseholdId;
  name: string;
  /** Stable code of the reason, as PROTOCOL.md has it. */
  reason: string;
  /** What was written, in words. */
  answers: { label: string; shown: string }[];
}

/** Who wrote an answer and when. */
export interface Written {
  person: string;
  mine: boolean;
  at: Millis;
}

/** One side of a conflict. */
export interface Side extends Written {
  value: Value;
  shown: string;
}

export interface Choice {
  name: string;
  label: string;
}

export type NodeKind =
  | "text"
  | "integer"
  | "decimal"
  | "range"
  | "select_one"
  | "select_multiple"
  | "rank"
  | "date"
  | "time"
  | "date_time"
  | "geopoint"
  | "geotrace"
  | "geoshape"
  | "barcode"
  | "image"
  | "signature"
  | "audio"
  | "video"
  | "file"
  | "note"
  | "acknowledge"
  | "calculate";

/** A question on a page. */
export interface Node {
  field: number;
  row: RowId | null;
  key: string;
  kind: NodeKind;
  label: string;
  hint: string;
  guidance: string;
  required: boolean;
  readOnly: boolean;
  value: Value;
  /** The value in words of the language: `วันที่ 5 มีนาคม 2569`, a choice's label. */
  shown: string;
  /** What does not hold, in words; `hard` where a constraint or a requirement says it. */
  problem: { text: string; hard: boolean } | null;
  choices: Choice[];
  /** `citizen_id`, `phone`, `year_be` … : how it is typed and shown. */
  format: string | null;
  appearance: string;
  range: { start: number; end: number; step: number } | null;
  written: Written | null;
  /** Both sides, where two people disagree. Answering settles it. */
  conflict: Side[] | null;
}

export type PageState = "empty" | "answered" | "problem" | "conflict";

/** A page of an interview: one question, a short group, or the rows of a repeat. */
export interface PageHead {
  /** Stable while the form is the same: keep it to come back. */
  key: string;
  /** The form that asks it, by its id. */
  form: string;
  /** The section that it belongs to: the outermost group or repeat. */
  section: string;
  title: string;
  kind: "questions" | "rows";
  /** The row that it lies in, for pages within a member, a visit … */
  row: RowId | null;
  state: PageState;
}

export interface RowHead {
  row: RowId;
  title: string;
  state: PageState;
  /** The first page within the row. */
  first: string;
}

export interface Page extends PageHead {
  nodes: Node[];
  /** Of a repeat: its rows, and whether a person may add one. */
  rows: { field: number; parent: RowId | null; heads: RowHead[]; free: boolean } | null;
  previous: string | null;
  next: string | null;
  /** Where `next` leads out of a row: the page of the repeat. */
  up: string | null;
  /** This page's place among those that are asked now, from 1. */
  place: number;
  count: number;
}

/** A household that is open. */
export interface Household {
  row: HouseholdRow;
  /** Every page that is asked now, of the household and of its rows, in order. */
  outline: PageHead[];
  /** The first page that wants an answer. */
  resume: string;
  /** Who wrote how much, latest first. */
  writers: (Written & { answers: number })[];
  problems: { page: string; label: string; text: string; hard: boolean }[];
  conflicts: { page: string; node: Node }[];
  duplicates: HouseholdRow[];
  consent: "full" | "no_sensitive" | "refused" | null;
}

export interface PhotoState {
  sha256: string;
  bytes: number;
  /** Bytes that the hub has. */
  sent: number;
}

/** What arrives without being asked for. */
export type Event =
  /** `top` comes when the PIN has opened the storage. */
  | { event: "status"; status: Status; top?: Top }
  /** Rows of the list that look different now, and those that are gone. */
  | { event: "households"; changed: HouseholdRow[]; gone: HouseholdId[] }
  /** The household that is open was changed by others: ask for its page again. */
  | { event: "household"; id: HouseholdId }
  /** The household that is open went into another, moved away, or was erased. */
  | { event: "household-gone"; id: HouseholdId; into: HouseholdId | null };

/** What the screens may ask. */
export interface Core {
  start(): Promise<Status>;
  /** Takes the storage over from the tab that holds it. */
  takeOver(): Promise<Status>;

  /** `code` as a person types it, or the address that a QR holds; `pin` has 6 digits. */
  enrol(code: string, pin: string): Promise<Status>;
  unlock(pin: string): Promise<Status>;
  lock(): Promise<Status>;
  changePin(before: string, after: string): Promise<Status>;
  /** Refused as `unsent-work` while there is any, unless it lies in a bundle that was exported. */
  logOut(): Promise<Status>;
  /** A made-up village in a storage of its own, which never syncs. */
  practise(on: boolean): Promise<Status>;

  setLanguage(language: Language): Promise<Status>;
  setTextSize(size: TextSize): Promise<Status>;
  persistStorage(): Promise<Status>;

  /** All of them, by village and house number. */
  households(): Promise<HouseholdRow[]>;
  /** Ids of the households that `text` finds, by name, house number or village; best first. */
  search(text: string): Promise<HouseholdId[]>;
  /** A household that is not on the list. The same house and family gives the same household on every phone. */
  register(house: {
    village: VillageCode;
    houseNumber: string;
    houseCode: string | null;
    family: number;
  }): Promise<{ id: HouseholdId; existed: boolean }>;

  open(id: HouseholdId): Promise<Household>;
  /** What was answered since it was opened becomes one change. */
  close(): Promise<void>;
  /** Everything of the open household anew. */
  household(): Promise<Household>;
  page(key: string): Promise<Page>;
  /** `typed` is a value, or text as a person types it, which is read the Thai way. */
  answer(page: string, row: RowId | null, field: number, typed: Value): Promise<Page>;
  addRow(field: number, parent: RowId | null): Promise<{ row: RowId; first: string }>;
  deleteRow(row: RowId): Promise<Household>;
  /** Begins a visit: the visit of today by this person, a new one unless there is one. Gives its first page. */
  visit(): Promise<{ row: RowId; first: string }>;
  /** Scales to 1280 px and at most 200 kB, without EXIF; then answers the question with its hash. */
  attach(page: string, row: RowId | null, field: number, picture: Blob): Promise<Page>;
  picture(sha256: string): Promise<Blob | null>;

  sync(): Promise<Status>;
  refused(): Promise<RefusedChange[]>;
  photos(): Promise<PhotoState[]>;
  /** The unsent changes as a text file, locked by a passcode that is shown once. */
  exportUnsent(): Promise<{ name: string; file: Blob; passcode: string; changes: number }>;
  importBundle(file: Blob, passcode: string): Promise<{ changes: number }>;

  subscribe(hear: (event: Event) => void): () => void;
}
