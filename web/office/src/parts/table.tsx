/**
 * A table that sorts by its heads, filters by a text, and draws only the rows in sight, so that 5,000 are as quick
 * as 50. All rows have one height. In print all are there. As `cards` each row is a card on a narrow screen.
 */

import type { ComponentChild } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useOffice } from "../context.ts";

export interface Column<Row> {
  key: string;
  head: string;
  /** What it is sorted and filtered by; null comes last. */
  value: (row: Row) => string | number | null;
  /** What it is sorted by, where that is not the value. */
  rank?: (row: Row) => string | number | null;
  /** What is shown, where that is not the value. */
  draw?: (row: Row) => ComponentChild;
  /** Numbers stand at the end of their cell. */
  numeric?: boolean;
  /** Buttons: neither sorted nor filtered. */
  fixed?: boolean;
  /** Long texts: where not all rows are drawn, two lines of them are shown. */
  long?: boolean;
}

interface Props<Row> {
  /** What it is a table of, for who cannot see it. */
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  /** The column that it is sorted by to begin with. */
  sortedBy?: string;
  /** A last row that is always there: a cell for each column. */
  total?: ComponentChild[];
  cards?: boolean;
}

/** Rows drawn above and below those in sight. */
const SPARE = 12;
/** Up to here all rows are drawn, and the table has no frame of its own to scroll in. */
const SHORT = 40;

export function Table<Row>({ caption, columns, rows, keyOf, sortedBy, total, cards }: Props<Row>) {
  const { words, tongue } = useOffice();
  const [sort, setSort] = useState({ key: sortedBy ?? columns[0]?.key ?? "", up: true });
  const [filter, setFilter] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  const isPrinting = usePrinting();

  const texts = useMemo(() => rows.map((row) => plain(columns.map((column) => (column.fixed ? "" : column.value(row))).join("\u0000"))), [rows, columns]);
  const shown = useMemo(() => {
    const wanted = plain(filter.trim());
    const found = wanted ? rows.filter((_, index) => texts[index]?.includes(wanted)) : [...rows];
    const column = columns.find(({ key }) => key === sort.key);
    return column ? found.sort(order(column, sort.up, tongue)) : found;
  }, [rows, texts, columns, filter, sort, tongue]);

  const isLong = shown.length > SHORT && !isPrinting;
  const { first, last, height } = useSight(frame, shown.length, isLong);
  const drawn = shown.slice(first, last);
  const head = (column: Column<Row>) => {
    const by = column.key === sort.key;
    const press = () => setSort({ key: column.key, up: by ? !sort.up : true });
    return (
      <th key={column.key} scope="col" role="columnheader" class={column.numeric ? "number" : ""} aria-sort={by ? (sort.up ? "ascending" : "descending") : undefined}>
        {column.fixed ? (
          <span class="unseen">{column.head}</span>
        ) : isPrinting ? (
          // A head is repeated on each page only without buttons in it.
          column.head
        ) : (
          <button type="button" onClick={press}>
            {column.head} <span aria-hidden="true">{by ? (sort.up ? "▲" : "▼") : ""}</span>
          </button>
        )}
      </th>
    );
  };
  return (
    <div class={cards ? "table as-cards" : "table"}>
      {rows.length > 5 && (
        <div class="table-tools">
          <label>
            <span class="unseen">{words.filter}</span>
            <input class="input" type="search" placeholder={words.filter} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
          </label>
          <span role="status" class="soft">
            {words.rowsShown(shown.length, rows.length)}
          </span>
        </div>
      )}
      <div class={isLong ? "table-frame long" : "table-frame"} ref={frame} role="region" aria-label={caption} tabIndex={0}>
        {/* Cards are no table to a browser any more: the roles say what they are. */}
        <table role="table" aria-rowcount={shown.length + 1}>
          <caption class="unseen">{caption}</caption>
          <thead role="rowgroup">
            <tr role="row" aria-rowindex={1}>{columns.map(head)}</tr>
          </thead>
          <tbody role="rowgroup">
            {first > 0 && <tr class="space" aria-hidden="true" style={{ height: `${first * height}px` }} />}
            {drawn.map((row, index) => (
              <tr key={keyOf(row)} role="row" aria-rowindex={first + index + 2} data-row>
                {columns.map((column) => (
                  <td key={column.key} role="cell" class={cellClass(column)} data-head={column.fixed ? undefined : column.head} data-empty={column.value(row) === null || undefined}>
                    {column.long ? <span class="clip">{shownIn(column, row)}</span> : shownIn(column, row)}
                  </td>
                ))}
              </tr>
            ))}
            {last < shown.length && <tr class="space" aria-hidden="true" style={{ height: `${(shown.length - last) * height}px` }} />}
          </tbody>
          {total && (
            <tfoot>
              <tr>
                {total.map((cell, index) => (
                  <td key={index} class={columns[index]?.numeric ? "number" : ""}>
                    {cell}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
        {shown.length === 0 && <p class="empty">{words.nothingFound}</p>}
      </div>
    </div>
  );
}

function shownIn<Row>({ draw, value }: Column<Row>, row: Row): ComponentChild {
  return draw ? draw(row) : (value(row) ?? "–");
}

function cellClass<Row>({ key, numeric, long }: Column<Row>): string {
  return [`of-${key}`, numeric && "number", long && "long"].filter(Boolean).join(" ");
}

/** Which rows are in sight, and how high one is. */
function useSight(frame: { current: HTMLDivElement | null }, count: number, isLong: boolean) {
  const [top, setTop] = useState(0);
  const [size, setSize] = useState({ row: 44, frame: 600 });
  useLayoutEffect(() => {
    const row = frame.current?.querySelector("tr[data-row]")?.getBoundingClientRect().height ?? 0;
    const seen = frame.current?.clientHeight ?? 0;
    if (row > 0 && (Math.abs(row - size.row) > 0.5 || Math.abs(seen - size.frame) > 1)) setSize({ row, frame: seen });
  });
  useEffect(() => {
    const box = frame.current;
    if (!box || !isLong) return setTop(0);
    let asked = 0;
    const look = () => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        setTop(box.scrollTop);
      });
    };
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      box.removeEventListener("scroll", look);
    };
  }, [isLong]);
  if (!isLong) return { first: 0, last: count, height: size.row };
  const first = Math.min(Math.max(0, Math.floor(top / size.row) - SPARE), Math.max(0, count - 1));
  const last = Math.min(count, Math.ceil((top + size.frame) / size.row) + SPARE);
  return { first, last, height: size.row };
}

/** Whether the page is being printed. */
export function usePrinting(): boolean {
  const [is, set] = useState(false);
  useEffect(() => {
    const [begin, end] = [() => set(true), () => set(false)];
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);
  return is;
}

/** A text as it is looked for: small letters, Arabic digits. */
export function plain(text: string): string {
  return text.toLowerCase().replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50));
}

function order<Row>(column: Column<Row>, up: boolean, tongue: string): (a: Row, b: Row) => number {
  const words = new Intl.Collator(tongue, { numeric: true });
  const rank = column.rank ?? column.value;
  return (one, other) => {
    const [a, b] = [rank(one), rank(other)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const way = typeof a === "number" && typeof b === "number" ? a - b : words.compare(String(a), String(b));
    return up ? way : -way;
  };
}
