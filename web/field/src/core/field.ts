/**
 * The volunteer's device, in its worker: which stage it is in, and what the screens may ask of it. Storage,
 * encryption, network and forms are in the files beside it.
 */

import type {
  Core, Event, Fault, Household, HouseholdRow, Language, Page, PhotoState, RefusedChange, Stage, Status, TextSize, Top, Value,
  Village,
} from "./api.ts";
import { Binding } from "./binding.ts";
import { drawPasscode, unwrapBundle, wrapBundle } from "./bundle.ts";
import { Desk, readShelves, villageRecord, type Counts, type Settled, type Shelves } from "./desk.ts";
import { Failure, failure } from "./fault.ts";
import { Hub, type Enrolment } from "./hub.ts";
import { Pictures } from "./pictures.ts";
import { PRACTICE_DATABASE, practiceStore } from "./practice.ts";
import { NOTHING_YET, Syncing, type Memory } from "./sync.ts";
import { Store } from "./store.ts";
import { Tabs } from "./tabs.ts";
import { Vault } from "./vault.ts";

const DATABASE = "samruat";
/** Days without a sync beyond which the app warns. */
const UNSYNCED_DAYS = 7;
/** How long after the PIN a sync begins: the list is drawn first. */
const FIRST_SYNC_AFTER_MS = 1_500;
/** The app became visible again after this long: what others wrote is fetched. */
const STALE_AFTER_MS = 60_000;

interface Display {
  language: Language;
  textSize: TextSize;
}

/** What the worker is told without being asked for an answer. */
export type Signal = "visible" | "hidden" | "online" | "offline";

/** What the worker answers as lists in bytes of JSON, which the page reads itself, one at a time. */
export class Json {
  constructor(readonly parts: Uint8Array[]) {}
}

/** Rows that a screen shows before the rest was read, and that are read at once: a phone's page takes a frame for them. */
const TOP_ROWS = 12;
const ROWS_AT_ONCE = 250;

type Asked = Omit<Core, "subscribe" | "persistStorage" | "households"> & { households(): Promise<Json> };

export class Field implements Asked {
  readonly #tell: (event: Event) => void;
  readonly #module: Promise<WebAssembly.Module>;
  readonly #tabs = new Tabs(() => this.#letGo());
  #started: Promise<unknown> = Promise.resolve();
  #store: Store | undefined;
  #desk: Desk | undefined;
  #syncing: Syncing | undefined;
  #pictures: Pictures | undefined;
  #enrolment: Enrolment | undefined;
  #isPractice = false;
  #stage: Stage = "new";
  #fault: Fault | null = null;
  #display: Display = { language: "th", textSize: 20 };
  #counts: Counts = { unsent: 0, refused: 0, drafts: 0, households: 0, stale: 0 };
  #open: string | undefined;
  #isPersisted = false;
  #storage = { usedBytes: 0, quotaBytes: 0 };

  constructor(module: Promise<WebAssembly.Module>, tell: (event: Event) => void) {
    this.#module = module;
    this.#module.catch(() => {});
    this.#tell = tell;
  }

  // ---- stages

  start(): Promise<Status> {
    const started = this.#tabs.take().then((taken) => (taken ? this.#begin() : this.#goto("elsewhere")));
    this.#started = started;
    return started;
  }

  async takeOver(): Promise<Status> {
    await this.#tabs.takeOver();
    return this.#begin();
  }

  async #begin(): Promise<Status> {
    try {
      this.#isPractice = false;
      this.#store = await Store.open(DATABASE, () => this.#lost());
      this.#display = { ...this.#display, ...(await this.#store.get<Display>("settings", "display")) };
      const isEnrolled = await Vault.exists(this.#store);
      this.#fault = null;
      return await this.#goto(isEnrolled ? "locked" : "new");
    } catch (thrown) {
      this.#fault = failure(thrown).fault;
      return this.#goto("broken");
    }
  }

  /** The browser took the storage away. */
  #lost(): void {
    if (this.#stage === "elsewhere") return;
    this.#shut();
    this.#fault = new Failure("storage-lost").fault;
    void this.#goto("broken");
  }

  /** Another tab takes over: what is open is closed, then the storage let go. */
  async #letGo(): Promise<void> {
    try {
      await this.#desk?.tell({ commit: {} });
    } catch {
      // The draft is in the storage; whoever opens it next makes the change of it.
    }
    this.#shut();
    this.#store?.close();
    this.#store = undefined;
    await this.#goto("elsewhere");
  }

  #shut(): void {
    this.#syncing?.stop();
    this.#syncing = undefined;
    this.#desk = undefined;
    this.#pictures = undefined;
    this.#enrolment = undefined;
    this.#open = undefined;
  }

  async enrol(code: string, pin: string): Promise<Status> {
    const store = this.#stored();
    if (this.#stage !== "new") throw new Failure("internal", "a device is enrolled already");
    // Kept until there is an answer: whoever tries again is known as the same.
    let attempt = await store.get<string>("settings", "attempt");
    if (!attempt) {
      attempt = hex(crypto.getRandomValues(new Uint8Array(16)));
      await store.write([{ store: "settings", key: "attempt", value: attempt }]);
    }
    const [enrolment, { vault, record }] = await Promise.all([new Hub().enrol(codeIn(code), attempt), Vault.make(pin)]);
    const sealed = await vault.seal("settings/enrolment", new TextEncoder().encode(JSON.stringify(enrolment)));
    await store.write([
      { store: "settings", key: "vault", value: record },
      { store: "settings", key: "enrolment", value: sealed },
      { store: "settings", key: "attempt", value: undefined },
      ...(await Promise.all(enrolment.villages.map((village) => villageRecord(vault, village)))),
    ]);
    return this.#unlocked(vault);
  }

  /** The PIN may be typed before the storage is open. */
  async unlock(pin: string): Promise<Status> {
    await this.#started;
    if (this.#stage !== "locked") return this.#status();
    // The key takes long to make of the PIN, and takes none of this thread's time.
    const shelves = readShelves(this.#stored());
    const vault = await Vault.unlock(this.#stored(), pin);
    if (this.#stage !== "locked") return this.#status();
    return this.#unlocked(vault, shelves);
  }

  async #unlocked(vault: Vault, shelves?: Shelves): Promise<Status> {
    const module = await this.#module.catch((thrown: unknown) => {
      throw new Failure("no-wasm", String(thrown));
    });
    const store = this.#stored();
    const desk = new Desk(store, vault, module, await Binding.of(module), (settled) => this.#settled(settled));
    const enrolment = await desk.sealedJson<Enrolment>("enrolment");
    if (!enrolment) throw new Failure("storage-lost", "the enrolment is gone");
    const [known, pictures] = await Promise.all([
      desk.sealedJson<Memory>("sync"),
      Pictures.of(store, vault),
      desk.fill(identity(enrolment), this.#display.language === "en", shelves),
    ]);
    this.#desk = desk;
    this.#pictures = pictures;
    this.#enrolment = enrolment;
    if (this.#isPractice) {
      await desk.fillRest();
      return this.#goto("open");
    }
    const memory = { ...NOTHING_YET, ...known };
    const hub = new Hub(enrolment.token);
    const syncing = new Syncing(desk, hub, memory, {
      changed: () => void this.#changed(),
      households: (changed) => this.#redrawn(changed),
      photos: async (isAsked) => this.#pictures?.send(hub, isAsked, () => void this.#changed()),
    });
    this.#syncing = syncing;
    const top = memory.filled ? await desk.tell<Top>({ top: { rows: TOP_ROWS } }) : undefined;
    const told = this.#goto(top ? "open" : "filling", top);
    try {
      await desk.fillRest();
      // What was answered before the app was killed becomes a change.
      await desk.tell({ commit: {} });
    } catch (thrown) {
      this.#shut();
      this.#fault = failure(thrown).fault;
      return this.#goto("broken");
    }
    const status = await told;
    const refreshed = syncing.refresh().catch(() => {});
    void refreshed.then(() => (memory.filled ? syncing.soon(FIRST_SYNC_AFTER_MS) : syncing.now()));
    return status;
  }

  async lock(): Promise<Status> {
    await this.close();
    if (this.#isPractice) return this.practise(false);
    this.#shut();
    return this.#goto("locked");
  }

  async changePin(before: string, after: string): Promise<Status> {
    await Vault.changePin(this.#stored(), before, after);
    return this.#status();
  }

  async logOut(): Promise<Status> {
    if (this.#isPractice) return this.practise(false);
    const desk = this.#unlockedDesk();
    await this.close();
    await desk.tell({ commit: {} });
    const exported = new Set(await desk.sealedJson<string[]>("exported"));
    const unsent = await desk.tell<string[]>({ unsent: {} });
    const isLost = unsent.some((hash) => !exported.has(hash)) || (this.#pictures?.unsent ?? 0) > 0;
    if (isLost) throw new Failure("unsent-work");
    this.#shut();
    await this.#stored().clear();
    await this.#show(this.#display);
    return this.#goto("new");
  }

  /** Practice lies in a database of its own, made anew each time; afterwards the PIN is wanted again. */
  async practise(on: boolean): Promise<Status> {
    if (on === this.#isPractice) return this.#status();
    if (this.#stage === "elsewhere" || this.#stage === "broken") throw new Failure("open-elsewhere");
    await this.close();
    const display = this.#display;
    this.#shut();
    this.#store?.close();
    if (!on) {
      await Store.delete(PRACTICE_DATABASE).catch(() => {});
      return this.#begin();
    }
    const { store, vault } = await practiceStore();
    this.#store = store;
    this.#isPractice = true;
    this.#display = display;
    this.#fault = null;
    await this.#unlocked(vault);
    await this.#unlockedDesk().tell({ practise: {} });
    await this.#unlockedDesk().refresh((changed) => this.#redrawn(changed));
    return this.#changed();
  }

  async setLanguage(language: Language): Promise<Status> {
    await this.#show({ ...this.#display, language });
    await this.#desk?.speak(language === "en");
    return this.#status();
  }

  async setTextSize(textSize: TextSize): Promise<Status> {
    await this.#show({ ...this.#display, textSize });
    return this.#status();
  }

  async #show(display: Display): Promise<void> {
    this.#display = display;
    await this.#store?.write([{ store: "settings", key: "display", value: display }]);
  }

  /** The page asked the browser to keep the storage. */
  async persisted(isPersisted: boolean): Promise<Status> {
    this.#isPersisted = isPersisted;
    await Promise.all([this.#started, this.#measure()]);
    return this.#changed();
  }

  // ---- households

  async households(): Promise<Json> {
    const { parts } = await this.#unlockedDesk().ask({ rows: { at_once: ROWS_AT_ONCE } });
    return new Json(parts);
  }

  search(text: string): Promise<string[]> {
    return this.#unlockedDesk().tell({ search: { text } });
  }

  async register(house: Parameters<Core["register"]>[0]): Promise<{ id: string; existed: boolean }> {
    await this.close();
    const { village, houseNumber, houseCode, family } = house;
    const registered = await this.#unlockedDesk().tell<{ id: string; existed: boolean }>({
      register: { village, house_number: houseNumber, house_code: houseCode, family },
    });
    if (!registered.existed) this.#open = registered.id;
    return registered;
  }

  async open(id: string): Promise<Household> {
    if (this.#open !== id) await this.close();
    const household = await this.#unlockedDesk().tell<Household>({ open: { household: id } });
    this.#open = household.row.id;
    return household;
  }

  async close(): Promise<void> {
    if (!this.#desk || this.#open === undefined) return;
    await this.#desk.tell({ close: {} });
    this.#open = undefined;
    // The list shows it as it is now before it is drawn again.
    await this.#desk.refresh((changed) => this.#redrawn(changed));
    await this.#changed();
    if (this.#counts.unsent > 0) this.#syncing?.soon();
  }

  household(): Promise<Household> {
    return this.#unlockedDesk().tell({ household: {} });
  }

  page(key: string): Promise<Page> {
    return this.#unlockedDesk().tell({ page: { key } });
  }

  answer(page: string, row: string | null, field: number, typed: Value): Promise<Page> {
    return this.#unlockedDesk().tell({ answer: { page, row, field, value: typed } });
  }

  addRow(field: number, parent: string | null): Promise<{ row: string; first: string }> {
    return this.#unlockedDesk().tell({ add_row: { field, parent } });
  }

  deleteRow(row: string): Promise<Household> {
    return this.#unlockedDesk().tell({ delete_row: { row } });
  }

  visit(): Promise<{ row: string; first: string }> {
    return this.#unlockedDesk().tell({ visit: {} });
  }

  /** Makes the picture small and keeps it, together with the answer that names it. */
  async attach(page: string, row: string | null, field: number, picture: Blob): Promise<Page> {
    const desk = this.#unlockedDesk();
    const pictures = this.#pictures as Pictures;
    const asked = await this.page(page);
    const kind = asked.nodes.find((node) => node.field === field)?.kind === "signature" ? "signature" : "photo";
    const { sha256, records } = await pictures.take(picture, this.#open ?? "", kind);
    const answer = { answer: { page, row, field, value: `sha256:${sha256}` } };
    const { told } = await desk.ask<Page>(answer, [], records);
    await pictures.took(sha256);
    return told;
  }

  async picture(sha256: string): Promise<Blob | null> {
    const hub = this.#isPractice || !this.#enrolment ? undefined : new Hub(this.#enrolment.token);
    return (await this.#pictures?.show(sha256.replace(/^sha256:/, ""), hub)) ?? null;
  }

  // ---- sync

  async sync(): Promise<Status> {
    await this.#syncing?.now(true);
    return this.#status();
  }

  async refused(): Promise<RefusedChange[]> {
    return this.#unlockedDesk().tell({ refused: {} });
  }

  async photos(): Promise<PhotoState[]> {
    return this.#pictures?.states() ?? [];
  }

  async exportUnsent(): Promise<{ name: string; file: Blob; passcode: string; changes: number }> {
    const desk = this.#unlockedDesk();
    await desk.tell({ commit: {} });
    const { told, parts } = await desk.ask<{ changes: number }>({ bundle_export: {} });
    const tambon = this.#enrolment?.tambon ?? "";
    const passcode = drawPasscode();
    const text = await wrapBundle(parts[0] ?? new Uint8Array(), tambon, passcode);
    await desk.put("exported", await desk.tell<string[]>({ unsent: {} }));
    const name = `samruat-${tambon}-${new Date().toISOString().slice(0, 10)}.txt`;
    return { name, file: new Blob([text], { type: "text/plain" }), passcode, changes: told.changes };
  }

  async importBundle(file: Blob, passcode: string): Promise<{ changes: number }> {
    const desk = this.#unlockedDesk();
    const content = await unwrapBundle(file, this.#enrolment?.tambon ?? "", passcode);
    const { told } = await desk.ask<{ changes: number }>({ bundle_import: {} }, [content]);
    await desk.refresh((changed) => this.#redrawn(changed));
    await this.#changed();
    this.#syncing?.soon();
    return told;
  }

  /** Something happened to the page. */
  async signal(signal: Signal): Promise<void> {
    const syncing = this.#syncing;
    if (signal === "hidden") {
      // Whoever leaves the app leaves the household: it may never come back.
      await this.#desk?.tell({ commit: {} });
      await this.#changed();
    } else if (syncing && (signal === "online" || Date.now() - (syncing.memory.lastAt ?? 0) > STALE_AFTER_MS)) {
      if (signal !== "offline") await syncing.nudge();
    }
  }

  // ---- what is told

  #settled({ gone, erased, closed, reopened }: Settled): void {
    if (erased.length > 0) void this.#pictures?.erase(erased).catch(() => {});
    if (gone.length > 0) this.#tell({ event: "households", changed: [], gone });
    if (closed) {
      if (this.#open === closed.id) this.#open = undefined;
      this.#tell({ event: "household-gone", id: closed.id, into: closed.into });
    } else if (reopened && this.#open) {
      this.#tell({ event: "household", id: this.#open });
    }
  }

  #redrawn(changed: HouseholdRow[]): void {
    this.#tell({ event: "households", changed, gone: [] });
  }

  /** Tells everybody where things stand. */
  async #changed(top?: Top): Promise<Status> {
    const syncing = this.#syncing;
    if (this.#stage === "filling" && syncing?.memory.filled) this.#stage = "open";
    const status = await this.#status();
    this.#tell({ event: "status", status, ...(top && { top }) });
    return status;
  }

  async #goto(stage: Stage, top?: Top): Promise<Status> {
    this.#stage = stage;
    return this.#changed(top);
  }

  async #status(): Promise<Status> {
    const syncing = this.#syncing;
    const enrolment = this.#enrolment;
    if (this.#desk) this.#counts = await this.#desk.tell<Counts>({ counts: {} });
    // Nobody waits for it: the next status has it.
    void this.#measure();
    return {
      stage: this.#stage,
      fault: this.#fault ?? (syncing?.clockIsWrong ? { code: "clock-wrong", detail: String(syncing.memory.clockOffset) } : null),
      practice: this.#isPractice,
      person: enrolment?.person ?? null,
      tambon: enrolment ? { code: enrolment.tambon, th: enrolment.tambon_th, en: enrolment.tambon_en } : null,
      villages: this.#villages(),
      sync: {
        running: syncing?.running ?? false,
        progress: syncing?.progress ?? null,
        unsent: this.#desk ? this.#counts.unsent : 0,
        unsentPhotos: this.#pictures?.unsent ?? 0,
        refused: this.#desk ? this.#counts.refused : 0,
        lastAt: syncing?.memory.lastAt ?? null,
        nextAt: syncing?.nextAt ?? null,
        fault: syncing?.fault ?? null,
      },
      storage: { persisted: this.#isPersisted, ...this.#storage },
      unsyncedDays: UNSYNCED_DAYS,
      language: this.#display.language,
      textSize: this.#display.textSize,
      updateReady: false,
      version: __VERSION__,
    };
  }

  /** The villages of the enrolment, as the hub described them last. */
  #villages(): Village[] {
    const known = new Map(this.#desk?.villages.map((village) => [village.code, village]));
    const enrolled = this.#enrolment?.villages ?? [];
    return enrolled.map((village) => {
      const { code, moo, name_th, expected } = known.get(village.code) ?? village;
      return { code, moo, name: name_th, expected: expected ?? null };
    });
  }

  async #measure(): Promise<void> {
    try {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate();
      this.#storage = { usedBytes: usage, quotaBytes: quota };
    } catch {
      // Not every browser tells.
    }
  }

  #stored(): Store {
    if (!this.#store) throw new Failure(this.#stage === "elsewhere" ? "open-elsewhere" : "storage-lost");
    return this.#store;
  }

  #unlockedDesk(): Desk {
    if (!this.#desk) throw new Failure(this.#stage === "elsewhere" ? "open-elsewhere" : "internal", `not while ${this.#stage}`);
    return this.#desk;
  }
}

function identity({ device, person, villages }: Enrolment) {
  return { device, person, villages: villages.map(({ code }) => code) };
}

/** The code in what was typed or scanned: a QR may hold the hub's address with the code behind `#code=`. */
function codeIn(text: string): string {
  const found = /[#?&]code=([^&\s]+)/.exec(text);
  return decodeURIComponent(found?.[1] ?? text).trim();
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
