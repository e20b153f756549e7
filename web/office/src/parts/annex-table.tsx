/** The cells and tables of an annex. */

import { useOffice, type Tongue, type Words } from "../context.ts";
import { grouped, type AnnexTable, type Cell } from "../planning.ts";
import { Hidden, PlainTable } from "./figure.tsx";

/** Columns from which on they stand close together. */
const DENSE = 10;

/** A cell as it is written. */
export function cellText(cell: Cell | undefined, words: Words, tongue: Tongue): string {
  if (cell === undefined || cell === "missing") return words.counts.noResult;
  if (cell === "hidden") return "*";
  if ("count" in cell) return grouped(cell.count);
  if ("baht" in cell) return grouped(cell.baht);
  if ("per_mille" in cell) return `${(cell.per_mille / 10).toFixed(1)}%`;
  if ("change" in cell) return `${cell.change > 0 ? "+" : ""}${grouped(cell.change)}`;
  return cell.text[tongue];
}

/** A cell as a number; null where it is hidden, not known, or words. */
export function cellNumber(cell: Cell | undefined): number | null {
  if (cell === undefined || typeof cell === "string") return null;
  if ("count" in cell) return cell.count;
  if ("baht" in cell) return cell.baht;
  if ("per_mille" in cell) return cell.per_mille / 10;
  return null;
}

/** The numbers of tables as they are cited: `3`, or `2.1` and `2.2` where a table has two parts. */
export function citedNumbers(tables: AnnexTable[]): string[] {
  return tables.map((table, at) => {
    const parts = tables.filter(({ number }) => number === table.number);
    if (parts.length === 1) return String(table.number);
    return `${table.number}.${tables.slice(0, at).filter(({ number }) => number === table.number).length + 1}`;
  });
}

/** A table of an annex as it is. */
export function AnnexTableView({ table, caption }: { table: AnnexTable; caption: string }) {
  const { words, tongue } = useOffice();
  const cell = (cell: Cell) => {
    if (cell === "hidden") return <Hidden />;
    const text = cellText(cell, words, tongue);
    return typeof cell === "object" && "text" in cell ? <span class="words">{text}</span> : text;
  };
  if (table.rows.length === 0) return <p class="soft">{words.annex.empty}</p>;
  const rows = table.rows.map(({ name, cells, is_total }) => ({ name: name[tongue], cells: cells.map(cell), isTotal: is_total }));
  return (
    <div class={table.columns.length < DENSE ? "table" : "table dense"}>
      <PlainTable caption={caption} heads={[table.row_heading[tongue], ...table.columns.map(({ name }) => name[tongue])]} rows={rows} />
    </div>
  );
}
