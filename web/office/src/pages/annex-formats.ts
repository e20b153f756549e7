/** The files in which the hub gives an annex: one list. */

import type { Tongue } from "../context.ts";

/** What is asked for. */
export interface Asked {
  tambon: string;
  /** Id of the snapshot; null: as it stands now. */
  snapshot: string | null;
  year: number;
  /** Name of the table, where a file holds one. */
  table: string;
  tongue: Tongue;
}

interface Format {
  ending: string;
  name: string;
  /** Whether it holds one table, not all of them. */
  isOfTable?: boolean;
}

export const FORMATS: Format[] = [
  { ending: "xlsx", name: "Excel" },
  { ending: "pdf", name: "PDF" },
  { ending: "html", name: "HTML" },
  { ending: "geojson", name: "GeoJSON" },
  { ending: "csv", name: "CSV", isOfTable: true },
];

/** Where a file is, below `/api/v1/`. */
export function pathOf({ ending, isOfTable }: Format, { tambon, snapshot, year, table, tongue }: Asked): string {
  const of = snapshot ? `tambons/${tambon}/snapshots/${snapshot}` : `tambons/${tambon}`;
  const query = new URLSearchParams({ lang: tongue });
  // A snapshot has its own.
  if (!snapshot) query.set("fiscal_year", String(year));
  if (isOfTable) query.set("table", table);
  return `${of}/annex.${ending}?${query}`;
}

export function fileOf({ ending, isOfTable }: Format, { tambon, snapshot, table }: Asked): string {
  return ["annex", tambon, isOfTable && table, snapshot?.slice(0, 8)].filter(Boolean).join("-").concat(".", ending);
}
