/**
 * One device's data while it is unlocked: the core in wasm with the storage behind it. Everything goes one
 * after the other; what the core wants written is sealed, written in one transaction, and only then so.
 */

import type { HouseholdRow } from "./api.ts";
import { Binding, Need, type Ask, type Told, type Write } from "./binding.ts";
import type { KnownVillage, PublishedForm } from "./hub.ts";
import type { Key, Record as StoreRecord, Store, StoreName } from "./store.ts";
import type { Vault } from "./vault.ts";

/** What a transaction led to. */
export interface Settled {
  gone: string[];
  erased: string[];
  touched: string[];
  closed: { id: string; into: string | null } | null;
  reopened: boolean;
}

export interface Counts {
  unsent: number;
  refused: number;
  drafts: number;
  households: number;
  stale: number;
}

/** Who this device is. */
export interface Identity {
  device: string;
  person: string;
  villages: string[];
}

/** Rows of the list that look different now. */
interface Refreshed {
  left: number;
  changed: HouseholdRow[];
  strangers: boolean;
}

/** What lies sealed in stores: it can be read before there is a key. */
export type Shelves = Map<StoreName, Promise<[Key, Uint8Array][]>>;

export function readShelves(store: Store): Shelves {
  const names: StoreName[] = ["index", "outbox", "drafts", "villages"];
  const shelves: Shelves = new Map(names.map((name) => [name, store.all<Uint8Array>(name)]));
  // Whoever opens them hears of it.
  for (const shelf of shelves.values()) shelf.catch(() => {});
  return shelves;
}

/** Households whose facts are read at once: between two of these a person's answer gets its turn. */
const REFRESHED_AT_ONCE = 8;
/** Times that an answer may want documents before something is wrong. */
const NEEDS_MAX = 50;

export class Desk {
  #binding: Binding;
  #queue: Promise<unknown> = Promise.resolve();
  #identity: Identity | undefined;
  #english = false;
  #villages: KnownVillage[] = [];
  /** The household that is open: a new core opens it again. */
  #opened: string | undefined;

  constructor(
    readonly store: Store,
    readonly vault: Vault,
    readonly module: WebAssembly.Module,
    binding: Binding,
    readonly settled: (settled: Settled) => void,
  ) {
    this.#binding = binding;
  }

  /** Fills the core with what the list needs of what is stored; {@link fillRest} has to follow. */
  async fill(identity: Identity, english: boolean, shelves?: Shelves): Promise<void> {
    this.#identity = identity;
    this.#english = english;
    const villages = this.#unsealed("villages", shelves);
    await this.alone(() => this.#fill(shelves));
    this.#villages = (await villages).map(([, bytes]) => JSON.parse(new TextDecoder().decode(bytes)) as KnownVillage);
  }

  /** Fills it with the rest. Only what was asked before goes before it. */
  fillRest(): Promise<void> {
    return this.alone(() => this.#fillRest());
  }

  /** What a hub said of the villages, by code; empty before it did. */
  get villages(): readonly KnownVillage[] {
    return this.#villages;
  }

  /** Keeps what a hub says of the villages. */
  async putVillages(villages: KnownVillage[]): Promise<void> {
    await this.store.write(await Promise.all(villages.map((village) => villageRecord(this.vault, village))));
    if (villages.length > 0) this.#villages = villages;
  }

  async #fill(shelves?: Shelves): Promise<void> {
    this.#binding.call({ enrolled: this.#identity });
    this.#binding.call({ language: { english: this.#english } });
    for (const [store, ask] of [["index", "take_index"], ["outbox", "take_outbox"], ["drafts", "take_drafts"]] as const) {
      const records = await this.#unsealed(store, shelves);
      this.#binding.call({ [ask]: { keys: records.map(([key]) => String(key)) } }, records.map(([, bytes]) => bytes));
    }
  }

  async #fillRest(): Promise<void> {
    await this.#fillForms();
    const people = await this.sealedJson<{ [device: string]: string }>("people");
    if (people) this.#binding.call({ people: { people } });
    const state = await this.sealed("settings", "state");
    if (state) this.#binding.call({ take_state: {} }, [state]);
  }

  /** Everything in a store, opened, by key. */
  async #unsealed(store: StoreName, shelves?: Shelves): Promise<[Key, Uint8Array][]> {
    const records = (await shelves?.get(store)) ?? (await this.store.all<Uint8Array>(store));
    return Promise.all(records.map(async ([key, sealed]) => [key, await this.vault.open(`${store}/${key}`, sealed)] as [Key, Uint8Array]));
  }

  /** A fault of the program stopped the core: a new one takes its place, filled with what is stored. */
  async #renew(): Promise<void> {
    this.#binding = await Binding.of(this.module);
    await this.#fill();
    await this.#fillRest();
    const household = this.#opened;
    if (household !== undefined) await this.#lending(() => this.#binding.call({ open: { household } }));
  }

  async speak(english: boolean): Promise<void> {
    this.#english = english;
    await this.ask({ language: { english } });
  }

  /** Gives the core the forms that are stored. */
  async takeForms(): Promise<void> {
    await this.alone(() => this.#fillForms());
  }

  async #fillForms(): Promise<void> {
    const published = (await this.sealedJson<PublishedForm[]>("forms")) ?? [];
    const forms: { villages: string[]; tables: string[] }[] = [];
    const parts: Uint8Array[] = [];
    for (const { hash, villages, tables = [] } of published) {
      const files = tables.map(({ sha256 }) => sha256 ?? "");
      const [model, ...contents] = await this.store.getMany<Uint8Array>("forms", [hash, ...files]);
      if (!model) continue;
      const here = tables.filter((_, at) => contents[at]);
      forms.push({ villages, tables: here.map(({ name }) => name) });
      parts.push(model, ...contents.filter((content) => content !== undefined));
    }
    this.#binding.call({ forms: { forms } }, parts);
  }

  /** Runs `work` when nothing else runs. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work, work);
    this.#queue = done.catch(() => {});
    return done;
  }

  /** Asks the core, and writes what it wants written, together with `further` records. */
  async ask<T>(ask: Ask, parts: Uint8Array[] = [], further: StoreRecord[] = []): Promise<Told<T>> {
    return this.alone(() => this.#ask<T>(ask, parts, further));
  }

  /** As {@link ask}, what is told alone. */
  async tell<T>(ask: Ask, parts: Uint8Array[] = []): Promise<T> {
    return (await this.ask<T>(ask, parts)).told;
  }

  async #ask<T>(ask: Ask, parts: Uint8Array[], further: StoreRecord[]): Promise<Told<T>> {
    if (this.#binding.isBroken) await this.#renew();
    const told = await this.#lending(() => this.#binding.call<T>(ask, parts));
    if ("open" in ask) this.#opened = (ask.open as { household: string }).household;
    if ("close" in ask) this.#opened = undefined;
    if (told.writes.length === 0 && further.length === 0) {
      return told;
    }
    try {
      const sealed = await Promise.all(told.writes.map((write) => this.#sealed(write)));
      await this.store.write([...sealed, ...further]);
    } catch (thrown) {
      await this.#settle(false);
      throw thrown;
    }
    await this.#settle(true);
    return told;
  }

  async #settle(ok: boolean): Promise<void> {
    this.settled(this.#binding.call<Settled>({ settle: { ok } }).told);
  }

  async #sealed({ store, key, bytes }: Write): Promise<StoreRecord> {
    const name = store as StoreName;
    const place = store === "outbox" ? Number(key) : key;
    const value = bytes === null ? undefined : await this.vault.seal(`${store}/${key}`, bytes);
    return { store: name, key: place, value };
  }

  /** Lends the core the documents that it wants, and asks again. */
  async #lending<T>(call: () => T): Promise<T> {
    for (let times = 0; ; times += 1) {
      try {
        return call();
      } catch (thrown) {
        if (!(thrown instanceof Need) || times === NEEDS_MAX) throw thrown;
        await this.#lend(thrown.households);
      }
    }
  }

  async #lend(households: string[]): Promise<void> {
    const sealed = await this.store.getMany<Uint8Array>("households", households);
    const parts = await Promise.all(
      sealed.map((bytes, at) => (bytes ? this.vault.open(`households/${households[at]}`, bytes) : new Uint8Array())),
    );
    this.#binding.call({ lend: { households } }, parts);
  }

  get isBroken(): boolean {
    return this.#binding.isBroken;
  }

  /**
   * Reads what the list shows off documents that are newer, a few at a time; `heard` is given the rows. Gives
   * whether somebody wrote who has no name here.
   */
  async refresh(heard: (changed: HouseholdRow[]) => void): Promise<boolean> {
    for (;;) {
      const { left, changed, strangers } = await this.tell<Refreshed>({ refresh: { limit: REFRESHED_AT_ONCE } });
      if (changed.length > 0) heard(changed);
      if (left === 0) return strangers;
      // Other work gets its turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** What lies sealed at a place, or nothing. */
  async sealed(store: StoreName, key: string | number): Promise<Uint8Array | undefined> {
    const sealed = await this.store.get<Uint8Array>(store, key);
    return sealed && this.vault.open(`${store}/${key}`, sealed);
  }

  async sealedJson<T>(setting: string): Promise<T | undefined> {
    const bytes = await this.sealed("settings", setting);
    return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
  }

  /** A setting to be written, sealed. */
  async settingRecord(setting: string, value: unknown): Promise<StoreRecord> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return { store: "settings", key: setting, value: await this.vault.seal(`settings/${setting}`, bytes) };
  }

  async put(setting: string, value: unknown): Promise<void> {
    await this.store.write([await this.settingRecord(setting, value)]);
  }
}

/** What is known of a village, to be written. */
export async function villageRecord(vault: Vault, village: KnownVillage): Promise<StoreRecord> {
  const bytes = new TextEncoder().encode(JSON.stringify(village));
  return { store: "villages", key: village.code, value: await vault.seal(`villages/${village.code}`, bytes) };
}
