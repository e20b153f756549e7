/**
 * The volunteer's device, in its worker: which stage it is in, and what the screens may ask of it. Storage,
 * encryption, network and forms are in the files beside it.
 */

import type {
  Core, Event, Fault, Household, HouseholdRow, Language, Page, RefusedChange, Stage, Status, TextSize, Value,
} from "./api.ts";
import { Binding } from "./binding.ts";
import { Desk, type Counts, type Settled } from "./desk.ts";
import { Failure, failure } from "./fault.ts";
import { Hub, type Enrolment } from "./hub.ts";
import { NOTHING_YET, Syncing, type Memory } from "./sync.ts";
import { Store } from "./store.ts";
import { Tabs } from "./tabs.ts";
import { Vault } from "./vault.ts";

const DATABASE = "samruat";
/** Days without a sync beyond which the app warns. */
const UNSYNCED_DAYS = 7;
/** The app became visible again after this long: what others wrote is fetched. */
const STALE_AFTER_MS = 60_000;

interface Display {
  language: Language;
  textSize: TextSize;
}

/** What the worker is told without being asked for an answer. */
export type Signal = "visible" | "hidden" | "online" | "offline";

/** What the worker answers as bytes of JSON, which the page reads itself. */
export class Json {
  constructor(readonly bytes: Uint8Array) {}
}

type Asked = Omit<Core, "subscribe" | "persistStorage" | "households"> & { households(): Promise<Json> };

export class Field implements Asked {
  readonly #tell: (event: Event) => void;
  readonly #module: Promise<WebAssembly.Module>;
  readonly #tabs = new Tabs(() => this.#letGo());
  #store: Store | undefined;
  #desk: Desk | undefined;
  #syncing: Syncing | undefined;
  #enrolment: Enrolment | undefined;
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

  async start(): Promise<Status> {
    if (!(await this.#tabs.take())) return this.#goto("elsewhere");
    return this.#begin();
  }

  async takeOver(): Promise<Status> {
    await this.#tabs.takeOver();
    return this.#begin();
  }

  async #begin(): Promise<Status> {
    try {
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
    ]);
    return this.#unlocked(vault);
  }

  async unlock(pin: string): Promise<Status> {
    const vault = await Vault.unlock(this.#stored(), pin);
    if (this.#stage !== "locked") return this.#status();
    return this.#unlocked(vault);
  }

  async #unlocked(vault: Vault): Promise<Status> {
    const module = await this.#module.catch((thrown: unknown) => {
      throw new Failure("no-wasm", String(thrown));
    });
    const desk = new Desk(this.#stored(), vault, module, await Binding.of(module), (settled) => this.#settled(settled));
    const enrolment = await desk.sealedJson<Enrolment>("enrolment");
    if (!enrolment) throw new Failure("storage-lost", "the enrolment is gone");
    await desk.fill(identity(enrolment), this.#display.language === "en");
    this.#desk = desk;
    this.#enrolment = enrolment;
    const memory = { ...NOTHING_YET, ...(await desk.sealedJson<Memory>("sync")) };
    const syncing = new Syncing(desk, new Hub(enrolment.token), memory, {
      changed: () => void this.#changed(),
      households: (changed) => this.#tell({ event: "households", changed: changed as HouseholdRow[], gone: [] }),
      photos: () => this.#sendPhotos(),
    });
    this.#syncing = syncing;
    // What was answered before the app was killed becomes a change.
    await desk.tell({ commit: {} });
    const status = await this.#goto(memory.filled ? "open" : "filling");
    void syncing.refresh().catch(() => {}).then(() => syncing.now());
    return status;
  }

  async lock(): Promise<Status> {
    await this.#desk?.tell({ close: {} });
    this.#shut();
    return this.#goto("locked");
  }

  async changePin(before: string, after: string): Promise<Status> {
    await Vault.changePin(this.#stored(), before, after);
    return this.#status();
  }

  async logOut(): Promise<Status> {
    const desk = this.#unlockedDesk();
    await desk.tell({ close: {} });
    await desk.tell({ commit: {} });
    const { unsent } = await desk.tell<Counts>({ counts: {} });
    if (unsent > 0) throw new Failure("unsent-work");
    this.#shut();
    await this.#stored().clear();
    this.#display = { language: this.#display.language, textSize: this.#display.textSize };
    return this.#goto("new");
  }

  async practise(_on: boolean): Promise<Status> {
    throw new Failure("internal", "practice is not built yet");
  }

  async setLanguage(language: Language): Promise<Status> {
    await this.#show({ ...this.#display, language });
    await this.#desk?.tell({ language: { english: language === "en" } });
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
    return this.#status();
  }

  // ---- households

  async households(): Promise<Json> {
    const { parts } = await this.#unlockedDesk().ask({ rows: { households: null } });
    return new Json(parts[0] as Uint8Array);
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
    const { unsent } = this.#counts;
    await this.#desk.tell({ close: {} });
    this.#open = undefined;
    await this.#changed();
    // The list shows it as it is now before it is drawn again.
    await this.#syncing?.refresh();
    if (this.#counts.unsent > 0 || unsent > 0) this.#syncing?.soon();
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

  async attach(): Promise<Page> {
    throw new Failure("photo-unreadable", "photos are not built yet");
  }

  async picture(): Promise<Blob | null> {
    return null;
  }

  // ---- sync

  async sync(): Promise<Status> {
    await this.#syncing?.now();
    return this.#status();
  }

  async refused(): Promise<RefusedChange[]> {
    return this.#unlockedDesk().tell({ refused: {} });
  }

  async photos(): Promise<[]> {
    return [];
  }

  async #sendPhotos(): Promise<void> {}

  async exportUnsent(): Promise<never> {
    throw new Failure("internal", "bundles are not built yet");
  }

  async importBundle(): Promise<never> {
    throw new Failure("not-a-bundle");
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

  #settled({ gone, closed, reopened }: Settled): void {
    if (gone.length > 0) this.#tell({ event: "households", changed: [], gone });
    if (closed) {
      if (this.#open === closed.id) this.#open = undefined;
      this.#tell({ event: "household-gone", id: closed.id, into: closed.into });
    } else if (reopened && this.#open) {
      this.#tell({ event: "household", id: this.#open });
    }
  }

  /** Tells everybody where things stand. */
  async #changed(): Promise<Status> {
    const syncing = this.#syncing;
    if (this.#stage === "filling" && syncing?.memory.filled && !this.#desk?.isBroken) this.#stage = "open";
    const status = await this.#status();
    this.#tell({ event: "status", status });
    return status;
  }

  async #goto(stage: Stage): Promise<Status> {
    this.#stage = stage;
    return this.#changed();
  }

  async #status(): Promise<Status> {
    const syncing = this.#syncing;
    const enrolment = this.#enrolment;
    if (this.#desk) this.#counts = await this.#desk.tell<Counts>({ counts: {} });
    await this.#measure();
    return {
      stage: this.#stage,
      fault: this.#fault ?? (syncing?.clockIsWrong ? { code: "clock-wrong", detail: String(syncing.memory.clockOffset) } : null),
      practice: false,
      person: enrolment?.person ?? null,
      tambon: enrolment ? { code: enrolment.tambon, th: enrolment.tambon_th, en: enrolment.tambon_en } : null,
      villages: (enrolment?.villages ?? []).map(({ code, moo, name_th }) => ({ code, moo, name: name_th, expected: null })),
      sync: {
        running: syncing?.running ?? false,
        progress: syncing?.progress ?? null,
        unsent: this.#desk ? this.#counts.unsent : 0,
        unsentPhotos: 0,
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
