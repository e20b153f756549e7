/** The day's list: which rows there are, what is asked of them, and their order. */

import type { HouseholdId, HouseholdRow, Top, Village, VillageCode } from "./core/api.ts";

export type Filter = "all" | "new" | "part" | "done" | "refused" | "absent" | "unsent" | "attention";
export const FILTERS: Filter[] = ["all", "new", "part", "done", "refused", "absent", "unsent", "attention"];

export interface Point {
  latitude: number;
  longitude: number;
}

export function passes(row: HouseholdRow, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "unsent":
      return row.unsent > 0;
    case "attention":
      return row.conflicts > 0 || row.problems > 0 || row.duplicates.length > 0;
    default:
      return row.state === filter;
  }
}

/**
 * Rows in the order of villages and house numbers. A new object for each change, so that a screen sees it; where no row
 * came, went or moved, it shares with the one before all that 5,000 rows would take longer than a frame to make.
 */
export class Rows {
  readonly sorted: readonly HouseholdRow[];
  readonly #places: Places;
  /** What is known of villages whose rows are not all here. */
  readonly #top: Top["villages"] | null;

  /** `inOrder`: as the core gave them. */
  constructor(rows: readonly HouseholdRow[] = [], inOrder = false, places?: Places, top: Top["villages"] | null = null) {
    this.sorted = inOrder ? rows : [...rows].sort(byHouse);
    this.#places = places ?? placesOf(this.sorted);
    this.#top = top;
  }

  /** The first of them, of which news are taken in when all of them are here. */
  static top({ rows, villages }: Top): Rows {
    return new Rows(rows, true, undefined, villages);
  }

  /** Nothing was read yet: that there is no house cannot be said. */
  static readonly unread = Rows.top({ rows: [], villages: [] });

  get(id: HouseholdId): HouseholdRow | undefined {
    const at = this.#places.of.get(id);
    return at === undefined ? undefined : this.sorted[at];
  }

  with(changed: HouseholdRow[], gone: HouseholdId[]): Rows {
    if (!this.isWhole) return this;
    const isInPlace = (row: HouseholdRow) => {
      const before = this.get(row.id);
      return before !== undefined && before.village === row.village && before.houseNumber === row.houseNumber;
    };
    if (gone.every((id) => this.get(id) === undefined) && changed.every(isInPlace)) {
      const rows = [...this.sorted];
      for (const row of changed) rows[this.#places.of.get(row.id) as number] = row;
      return new Rows(rows, true, this.#places);
    }
    const rows = new Map(this.sorted.map((row) => [row.id, row]));
    for (const row of changed) rows.set(row.id, row);
    for (const id of gone) rows.delete(id);
    return new Rows([...rows.values()]);
  }

  get isWhole(): boolean {
    return this.#top === null;
  }

  of(village: VillageCode): readonly HouseholdRow[] {
    const [from, to] = this.#places.villages.get(village) ?? [0, 0];
    return this.sorted.slice(from, to);
  }

  /** How far a village is: houses that were visited, and those that are here; `expected` by its roster. */
  progress({ code, expected }: Village): { done: number; here: number; all: number } {
    const known = this.#top?.find(({ village }) => village === code);
    const rows = known ? [] : this.of(code);
    const here = known?.all ?? rows.length;
    const done = known?.visited ?? rows.filter((row) => row.state !== "new").length;
    return { done, here, all: Math.max(expected ?? 0, here) };
  }
}

/** Where rows stand, and where those of a village begin and end. */
interface Places {
  of: Map<HouseholdId, number>;
  villages: Map<VillageCode, [number, number]>;
}

function placesOf(sorted: readonly HouseholdRow[]): Places {
  const places: Places = { of: new Map(), villages: new Map() };
  for (const [at, { id, village }] of sorted.entries()) {
    places.of.set(id, at);
    const range = places.villages.get(village);
    if (range) range[1] = at + 1;
    else places.villages.set(village, [at, at + 1]);
  }
  return places;
}

/** While a sync runs news come many times a second, and a list of 5,000 is drawn for each: the first at once, then
 * what came meanwhile. */
export class News {
  #changed = new Map<HouseholdId, HouseholdRow>();
  #gone = new Set<HouseholdId>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly draw: (changed: HouseholdRow[], gone: HouseholdId[]) => void) {}

  take(changed: HouseholdRow[], gone: HouseholdId[]): void {
    for (const row of changed) {
      this.#gone.delete(row.id);
      this.#changed.set(row.id, row);
    }
    for (const id of gone) {
      this.#changed.delete(id);
      this.#gone.add(id);
    }
    if (this.#timer === undefined) this.#tell();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#changed.size === 0 && this.#gone.size === 0) return;
    this.draw([...this.#changed.values()], [...this.#gone]);
    this.#changed.clear();
    this.#gone.clear();
    this.#timer = setTimeout(() => this.#tell(), DRAWN_EVERY_MS);
  }
}

const DRAWN_EVERY_MS = 500;

/** As the core orders them: villages, then `12/3ก` as (12, 3), which 9 comes before; what is no number comes last. */
function byHouse(a: HouseholdRow, b: HouseholdRow): number {
  if (a.village !== b.village) return a.village < b.village ? -1 : 1;
  const [[one, within], [other, withinOther]] = [numbers(a), numbers(b)];
  if (one !== other) return one - other;
  if (within !== withinOther) return within - withinOther;
  if (a.houseNumber !== b.houseNumber) return a.houseNumber < b.houseNumber ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** A row's two numbers; it is asked for them often. */
const parts = new WeakMap<HouseholdRow, [number, number]>();

function numbers(row: HouseholdRow): [number, number] {
  let found = parts.get(row);
  if (!found) {
    const [first = "", second = ""] = row.houseNumber.split("/");
    const whole = (part: string) => /^(\d+)\D*$/.exec(part)?.[1];
    found = [Number(whole(first) ?? Infinity), Number(whole(second) ?? 0)];
    parts.set(row, found);
  }
  return found;
}

const EARTH = 6_371_000;
const RADIANS = Math.PI / 180;

/** Metres between two points that are not far from each other. */
export function distance(a: Point, b: Point): number {
  const north = (b.latitude - a.latitude) * RADIANS;
  const east = (b.longitude - a.longitude) * RADIANS * Math.cos(((a.latitude + b.latitude) / 2) * RADIANS);
  return Math.hypot(north, east) * EARTH;
}

export function nearest(rows: readonly HouseholdRow[], here: Point): { row: HouseholdRow; metres: number | null }[] {
  return rows
    .map((row) => ({ row, metres: row.at ? distance(here, row.at) : null }))
    .sort((a, b) => (a.metres ?? Infinity) - (b.metres ?? Infinity));
}
