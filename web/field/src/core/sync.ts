/**
 * Syncing: when, and the loop of one sync. A sync may stop at any point and costs nothing but its bytes;
 * what had arrived is kept.
 */

import type { Fault, HouseholdRow, Millis } from "./api.ts";
import type { Desk } from "./desk.ts";
import { Failure, failure } from "./fault.ts";
import { Hub, NotFound, type PublishedForm } from "./hub.ts";
import { network } from "./network.ts";

const BUDGET_BYTES = 256 * 1024;
/** On 2G, and where the person wants to save data. */
const SMALL_BUDGET_BYTES = 32 * 1024;
const IDLE_INTERVAL_MS = 15 * 60 * 1000;
/** How long after something was written it is sent. */
const SEND_AFTER_MS = 20_000;
const FIRST_BACK_OFF_MS = 15_000;
const LONGEST_BACK_OFF_MS = 30 * 60 * 1000;
/** A clock that is this far from the hub's is wrong. */
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;
/** How often a hub is asked for forms and villages that does not say in a sync when they are others. */
const FORMS_INTERVAL_MS = 15 * 60 * 1000;

/** What is remembered between two syncs, sealed as the setting `sync`. */
export interface Memory {
  /** Whether a first sync went through. */
  filled: boolean;
  lastAt: Millis | null;
  formsAt: Millis | null;
  /** When it was asked for what is known of the villages. */
  villagesAt: Millis | null;
  /** What was published in the tambon when that was fetched. */
  formsPrint: string | null;
  /** The hub's clock minus this one's, at the last sync. */
  clockOffset: number;
}

export const NOTHING_YET: Memory = { filled: false, lastAt: null, formsAt: null, villagesAt: null, formsPrint: null, clockOffset: 0 };

interface Reported {
  requests: number;
  frames: number;
  equal: boolean | null;
  received: number;
  accepted: number;
  hubTimeMs: number;
  forms: string | null;
}

type Next =
  | { step: "post" }
  | ({ step: "fetch" } & Fetch)
  | { step: "apply"; done: number; of: number }
  | { step: "done"; report: Reported };

/** A frame to be fetched; so many of a first sync's are done already. */
interface Fetch {
  sha256: string;
  bytes: number;
  done: number;
  of: number;
}

/** What a sync tells while it runs. */
export interface Listener {
  changed(): void;
  households(changed: HouseholdRow[]): void;
  /** Changes are through: what else there is to send goes now. */
  photos(isAsked: boolean): Promise<void>;
}

export class Syncing {
  running = false;
  /** Of a first sync that broke off: how far it came. */
  progress: number | null = null;
  fault: Fault | null = null;
  nextAt: Millis | null = null;
  report: Reported | null = null;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;
  #stopped = false;
  #waiting: Promise<void> | undefined;

  constructor(
    readonly desk: Desk,
    readonly hub: Hub,
    public memory: Memory,
    readonly listener: Listener,
  ) {}

  get clockIsWrong(): boolean {
    return Math.abs(this.memory.clockOffset) > CLOCK_TOLERANCE_MS;
  }

  /** No further sync begins. One that runs stops at its next step. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.nextAt = null;
  }

  /** Something was written: it is sent soon, together with what follows. */
  soon(inMs = SEND_AFTER_MS): void {
    if (this.running) this.#again = true;
    else this.#schedule(inMs, true);
  }

  /** Syncs now unless the hub asked for time, or a sync runs. */
  async nudge(): Promise<void> {
    if (this.fault?.retryAt && this.fault.retryAt > Date.now()) return;
    await this.now();
  }

  /** Syncs now; a sync that runs is waited for. `isAsked`: a person wants it, whatever it costs. */
  now(isAsked = false): Promise<void> {
    this.#waiting ??= this.#run(isAsked).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  async #run(isAsked: boolean): Promise<void> {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.running = true;
    this.nextAt = null;
    this.#again = false;
    this.listener.changed();
    try {
      await this.#sync();
      await this.listener.photos(isAsked);
      this.fault = null;
      this.progress = null;
      this.#failures = 0;
    } catch (thrown) {
      this.fault = failure(thrown).fault;
      this.#failures += 1;
    } finally {
      this.running = false;
    }
    this.#schedule(this.#pause());
    this.listener.changed();
  }

  /** How long until the next attempt. */
  #pause(): number {
    if (this.fault) {
      const wait = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.#failures - 1), LONGEST_BACK_OFF_MS);
      const asked = (this.fault.retryAt ?? 0) - Date.now();
      return Math.max(jittered(wait), asked);
    }
    return this.#again ? SEND_AFTER_MS : jittered(IDLE_INTERVAL_MS);
  }

  #schedule(inMs: number, isSooner = false): void {
    if (this.#stopped) return;
    const at = Date.now() + inMs;
    if (isSooner && this.nextAt !== null && this.nextAt <= at) return;
    clearTimeout(this.#timer);
    this.nextAt = at;
    this.#timer = setTimeout(() => void this.now(), inMs);
  }

  async #sync(): Promise<void> {
    if (!this.memory.filled || this.memory.formsAt === null || this.memory.villagesAt === null) await this.#published();
    await this.desk.tell({ commit: {} });
    await this.desk.tell({ sync_begin: { budget: network().isSlow ? SMALL_BUDGET_BYTES : BUDGET_BYTES } });
    try {
      await this.#steps();
    } finally {
      if (!this.desk.isBroken) await this.desk.tell({ sync_end: {} });
    }
    await this.refresh();
    const clockOffset = (this.report?.hubTimeMs ?? Date.now()) - Date.now();
    await this.#remember({ filled: true, lastAt: Date.now(), clockOffset });
    if (this.#othersArePublished()) await this.#published();
  }

  async #steps(): Promise<void> {
    for (;;) {
      if (this.#stopped) throw new Failure("unreachable", "stopped");
      const { told, parts } = await this.desk.ask<Next>({ sync_step: {} });
      switch (told.step) {
        case "post":
          await this.desk.ask({ sync_posted: {} }, [await this.hub.sync(parts[0] as Uint8Array)]);
          break;
        case "fetch":
          await this.#fetch(told);
          break;
        case "apply":
          if (told.of > 0) {
            this.progress = told.done / told.of;
            await this.refresh();
          }
          this.listener.changed();
          break;
        case "done":
          this.report = told.report;
          return;
      }
    }
  }

  /** Gets a frame piece by piece. What has arrived is kept, so that a transfer that breaks goes on from there. */
  async #fetch({ sha256, bytes, done, of }: Fetch): Promise<void> {
    const { store, vault } = this.desk;
    const kept = (await store.keys("frames")).map(String);
    const others = kept.filter((key) => !key.startsWith(`${sha256}/`));
    if (others.length > 0) await store.write(others.map((key) => ({ store: "frames", key, value: undefined })));
    const pieces: { offset: number; key: string; piece: Uint8Array }[] = [];
    for (const key of kept.filter((key) => key.startsWith(`${sha256}/`))) {
      const sealed = (await store.get<Uint8Array>("frames", key)) as Uint8Array;
      pieces.push({ offset: Number(key.split("/")[1]), key, piece: await vault.open(`frames/${key}`, sealed) });
    }
    pieces.sort((one, other) => one.offset - other.offset);
    let offset = 0;
    for (const piece of pieces) offset = piece.offset === offset ? offset + piece.piece.length : offset;
    const count = network().isSlow ? SMALL_BUDGET_BYTES : BUDGET_BYTES;
    const tell = () => {
      if (of > 0) this.progress = (done + offset / bytes) / of;
      this.listener.changed();
    };
    tell();
    try {
      while (offset < bytes) {
        if (this.#stopped) throw new Failure("unreachable", "stopped");
        const { piece, broken } = await this.hub.frame(sha256, offset, count);
        if (piece.length > 0) {
          const key = `${sha256}/${offset}`;
          await store.write([{ store: "frames", key, value: await vault.seal(`frames/${key}`, piece) }]);
          pieces.push({ offset, key, piece });
          offset += piece.length;
          tell();
        }
        if (broken) throw broken;
        if (piece.length === 0) throw new Failure("unreachable", "a frame broke off");
      }
    } catch (thrown) {
      if (!(thrown instanceof NotFound)) throw thrown;
      await this.desk.ask({ sync_fetched: { gone: true } });
      return;
    }
    const file = new Uint8Array(bytes);
    for (const { offset, piece } of pieces) file.set(piece.subarray(0, bytes - offset), offset);
    try {
      await this.desk.ask({ sync_fetched: { gone: false } }, [file]);
    } finally {
      await store.write(pieces.map(({ key }) => ({ store: "frames", key, value: undefined })));
    }
  }

  /** Reads what the list shows off documents that are newer. */
  async refresh(): Promise<void> {
    if (await this.desk.refresh((changed) => this.listener.households(changed))) await this.#names();
  }

  async #names(): Promise<void> {
    let people: Record<string, string>;
    try {
      people = await this.hub.people();
    } catch {
      // Whoever is not known yet is shown by the device's number; the next sync asks again.
      return;
    }
    await this.desk.put("people", people);
    await this.desk.tell({ people: { people } });
  }

  #othersArePublished(): boolean {
    const told = this.report?.forms ?? null;
    if (told !== null) return told !== this.memory.formsPrint;
    return Date.now() - (this.memory.formsAt ?? 0) > FORMS_INTERVAL_MS;
  }

  /**
   * Fetches what is known of the villages, and the forms that hold here with their tables, as far as they are not
   * stored; others are let go.
   */
  async #published(): Promise<void> {
    const { forms: listed, villages = [], fingerprint } = await this.hub.published();
    await this.desk.putVillages(villages);
    const forms = [...listed].sort((one, other) => Number(other.built_in) - Number(one.built_in));
    const { store } = this.desk;
    const stored = new Set((await store.keys("forms")).map(String));
    const wanted = new Map<string, () => Promise<Uint8Array>>();
    for (const { hash, tables = [] } of forms) {
      wanted.set(hash, () => this.hub.form(hash));
      for (const { sha256 } of tables) if (sha256) wanted.set(sha256, () => this.hub.table(sha256));
    }
    for (const [key, fetched] of wanted) {
      if (!stored.has(key)) await store.write([{ store: "forms", key, value: await fetched() }]);
    }
    const before = await this.desk.sealedJson<PublishedForm[]>("forms");
    if (JSON.stringify(before) !== JSON.stringify(forms)) {
      await this.desk.put("forms", forms);
      await this.desk.takeForms();
      const old = [...stored].filter((key) => !wanted.has(key));
      await store.write(old.map((key) => ({ store: "forms", key, value: undefined })));
    }
    await this.#remember({ formsAt: Date.now(), villagesAt: Date.now(), formsPrint: fingerprint ?? null });
  }

  async #remember(news: Partial<Memory>): Promise<void> {
    this.memory = { ...this.memory, ...news };
    await this.desk.put("sync", this.memory);
  }
}

/** Between three quarters and five quarters of it, so that phones do not all come at once. */
function jittered(ms: number): number {
  return Math.round(ms * (0.75 + Math.random() / 2));
}
