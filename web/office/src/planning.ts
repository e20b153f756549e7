/** What the hub's API says of plans: counts by area, the annex and its snapshots, targets, a community's strength. */

import type { Words } from "./words/index.ts";

/** A sentence in both languages. */
export interface Told {
  th: string;
  en: string;
}

/** Null: hidden. */
export type Count = number | null;

export type Level = "province" | "amphoe" | "tambon" | "village";
export type Unit = "households" | "people" | "needs";

export interface Block {
  name: string;
  unit: Unit;
  words: Told;
}

export interface Indicator {
  name: string;
  unit: Unit;
  /** What its codes are called, one or two. */
  words: Told[];
}

export interface AreaRow {
  area: string;
  name_th: string | null;
  name_en: string | null;
  /** The middle of its houses, where that was asked for and enough of them have a point. */
  middle?: { lat: number; lon: number } | null;
  counts: Count[];
}

export interface Indicators {
  area: string;
  name_th: string;
  name_en: string;
  level: Level;
  hidden_below: number | null;
  blocks: Block[];
  indicators: Indicator[];
  rows: AreaRow[];
  total: Count[];
}

export type Cell = "hidden" | "missing" | { count: number } | { baht: number } | { per_mille: number } | { change: number } | { text: Told };

export interface AnnexRow {
  name: Told;
  is_total: boolean;
  cells: Cell[];
}

export interface AnnexTable {
  number: number;
  name: string;
  title: Told;
  row_heading: Told;
  columns: { name: Told }[];
  rows: AnnexRow[];
  note: Told | null;
}

export interface Annex {
  tambon: string;
  name_th: string;
  name_en: string;
  place_th: string;
  fiscal_year: number;
  as_of: string;
  as_of_seq: number;
  parameters: string;
  list: { list_id: string; version: number; sha256: string } | null;
  hidden_below: number | null;
  tables: AnnexTable[];
}

export interface Snapshot {
  snapshot_id: string;
  title: string;
  sha256: string;
  made_by: string;
  made_at: string;
}

export interface SnapshotContent extends Snapshot {
  annex: Annex;
}

export interface Target {
  item: string;
  name_th: string;
  target: number;
  actual: number | null;
  percent: number | null;
  left: number | null;
  unit: string;
  unit_th: string;
  source: string;
  as_of: string;
}

export interface Board {
  fiscal_year: number;
  region: string;
  rows: Target[];
  years: number[];
}

export interface StrengthItem {
  item: string;
  th: string;
  en: string;
  level: number | null;
  evidence: string | null;
  level_before: number | null;
  change: number | null;
  made_by: string | null;
  made_at: string | null;
}

export interface Strength {
  tambon: string;
  fiscal_year: number;
  sum: number;
  sum_max: number;
  levels: Told[];
  items: StrengthItem[];
}

export const grouped = (number: number) => number.toLocaleString("en-US");

/** A count as it is written: `*` where it is hidden. */
export function written(count: Count): string {
  return count === null ? "*" : grouped(count);
}

/** `12.5%`; `*` where a part of it is hidden, `–` of nothing. */
export function share(part: Count, whole: Count): string {
  const percent = percentOf(part, whole);
  if (part === null || whole === null) return "*";
  return percent === null ? "–" : `${percent.toFixed(1)}%`;
}

/** Percent of a whole; null where either is hidden, or there is nothing. */
export function percentOf(part: Count, whole: Count): number | null {
  return part === null || !whole ? null : (100 * part) / whole;
}

/** What an area is called: its name, or `หมู่ที่ 4` where nobody named the village. */
export function nameOf(row: AreaRow, words: Words, tongue: "th" | "en"): string {
  const name = (tongue === "en" ? row.name_en : null) ?? row.name_th;
  if (row.area.length < 8) return name ?? row.area;
  const moo = words.moo(Number(row.area.slice(6)));
  return name ? `${moo} ${name}` : moo;
}

/** A sum over counts of which some may be hidden: then there can be more than it says. */
export interface Sum {
  shown: number;
  isPart: boolean;
}

export function sum(counts: Count[]): Sum {
  return { shown: counts.reduce<number>((all, one) => all + (one ?? 0), 0), isPart: counts.includes(null) };
}

/** `12`, `12 + *`, `*`: a sum as it is written. */
export function writtenSum({ shown, isPart }: Sum): string {
  if (!isPart) return grouped(shown);
  return shown > 0 ? `${grouped(shown)} + *` : "*";
}

/** Finds counts by the name of their indicator. */
export class Tally {
  private readonly places: Map<string, number>;

  constructor(readonly table: Indicators) {
    this.places = new Map(table.indicators.map(({ name }, place) => [name, place]));
  }

  /** The count of all areas together. */
  total(name: string): Count {
    return this.at(this.table.total, name);
  }

  of(row: AreaRow, name: string): Count {
    return this.at(row.counts, name);
  }

  /** The indicators of a block, in their order. */
  block(name: string): Indicator[] {
    return this.table.indicators.filter((indicator) => blockOf(indicator) === name);
  }

  private at(counts: Count[], name: string): Count {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`nobody counted ${name}`);
    return counts[place] ?? null;
  }
}

export function blockOf({ name }: Indicator): string {
  return name.slice(0, name.indexOf("."));
}

/** The codes behind the block's name: one or two. */
export function codesOf({ name }: Indicator): string[] {
  return name.split(".").slice(1);
}
