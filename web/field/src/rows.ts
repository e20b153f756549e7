/** The day's list: which rows there are, what is asked of them, and their order. */

import type { HouseholdId, HouseholdRow, Village, VillageCode } from "./core/api.ts";

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

/** Rows by id, in the order of villages and house numbers. A new object for each change, so that a screen sees it. */
export class Rows {
  readonly byId: ReadonlyMap<HouseholdId, HouseholdRow>;
  readonly sorted: readonly HouseholdRow[];

  constructor(rows: readonly HouseholdRow[] = [], inOrder = false) {
    const byId = new Map<HouseholdId, HouseholdRow>();
    for (const row of rows) byId.set(row.id, row);
    this.byId = byId;
    this.sorted = inOrder ? rows : [...rows].sort(byHouse);
  }

  /** Sorting 5,000 rows takes longer than a frame: it is done only where a row came or stands elsewhere now. */
  with(changed: HouseholdRow[], gone: HouseholdId[]): Rows {
    const next = new Map(changed.map((row) => [row.id, row]));
    const left = new Set(gone);
    let inOrder = true;
    const rows: HouseholdRow[] = [];
    for (const before of this.sorted) {
      const row = next.get(before.id) ?? before;
      if (row !== before) {
        next.delete(row.id);
        inOrder &&= row.village === before.village && row.houseNumber === before.houseNumber;
      }
      if (!left.has(row.id)) rows.push(row);
    }
    for (const row of next.values()) if (!left.has(row.id)) rows.push(row);
    return new Rows(rows, inOrder && next.size === 0);
  }

  of(village: VillageCode): HouseholdRow[] {
    return this.sorted.filter((row) => row.village === village);
  }
}

/** How far a village is: houses that were visited, of those that are known or expected. */
export function progress(village: Village | undefined, rows: readonly HouseholdRow[]): { done: number; all: number } {
  const done = rows.filter((row) => row.state !== "new").length;
  return { done, all: Math.max(village?.expected ?? 0, rows.length) };
}

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
