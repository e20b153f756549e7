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

  constructor(rows: Iterable<HouseholdRow> = []) {
    this.byId = new Map([...rows].map((row) => [row.id, row]));
    this.sorted = [...this.byId.values()].sort(byHouse);
  }

  with(changed: HouseholdRow[], gone: HouseholdId[]): Rows {
    const next = new Map(this.byId);
    for (const id of gone) next.delete(id);
    for (const row of changed) next.set(row.id, row);
    return new Rows(next.values());
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

const numbers = new Intl.Collator("th", { numeric: true });

function byHouse(a: HouseholdRow, b: HouseholdRow): number {
  return a.village < b.village ? -1 : a.village > b.village ? 1 : numbers.compare(a.houseNumber, b.houseNumber) || (a.id < b.id ? -1 : 1);
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
