/**
 * A chart and its table: one of them is seen, the table is always there for whoever hears the page, and in print.
 * The charts' library is fetched when the first one is shown; where it cannot be had, the table is shown.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useOffice } from "../context.ts";
import { written, writtenSum, type Count, type Sum } from "../planning.ts";
import { Note } from "./basics.tsx";
import type { Charts, Frame, Series } from "./charts.ts";
import { useWidth } from "./width.ts";

/** Text of a chart, in parts of the page's. */
const TEXT = 0.9;

interface Props {
  title: string;
  /** What the colours mean. */
  legend?: Series[];
  note?: ComponentChildren;
  draw: (charts: Charts, frame: Frame) => Element;
  /** Heads of the table; the first is that of the rows' names. */
  heads: string[];
  rows: { name: ComponentChildren; cells: ComponentChildren[]; isTotal?: boolean }[];
}

export function Figure({ title, legend, note, draw, heads, rows }: Props) {
  const { words } = useOffice();
  const says = words.counts;
  const [asTable, setAsTable] = useState(false);
  const [charts, setCharts] = useState<Charts | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const id = useId();
  useEffect(() => {
    let wanted = true;
    import("./charts.ts").then(
      (loaded) => wanted && setCharts(() => loaded),
      () => wanted && setAsTable(true),
    );
    return () => void (wanted = false);
  }, []);
  useEffect(() => {
    if (!charts || !place.current || width === 0 || asTable) return;
    const text = parseFloat(getComputedStyle(document.documentElement).fontSize) * TEXT;
    place.current.replaceChildren(draw(charts, { width, text }));
  }, [charts, width, asTable, draw]);
  return (
    <figure class="figure" aria-labelledby={id}>
      <div class="figure-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button small unprinted" onClick={() => setAsTable(!asTable)}>
          {asTable ? says.asChart : says.asTable} <span class="unseen">{title}</span>
        </button>
      </div>
      {!asTable && (
        <>
          {legend && <Legend series={legend} />}
          <div class="plot" role="img" aria-label={says.chartOf(title)} ref={place} />
        </>
      )}
      <div class={asTable ? "table" : "table unseen shown-in-print"}>
        <PlainTable caption={says.tableOf(title)} heads={heads} rows={rows} isSeen={asTable} />
      </div>
      {note && <figcaption class="soft small">{note}</figcaption>}
    </figure>
  );
}

export function Legend({ series }: { series: Series[] }) {
  return (
    <ul class="legend" aria-hidden="true">
      {series.map(({ name, colour }) => (
        <li key={name}>
          <svg viewBox="0 0 10 10" width="14" height="14">
            <rect width="10" height="10" fill={colour} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

interface TableProps {
  caption: string;
  heads: string[];
  rows: Props["rows"];
  /** What is not seen is not gone to with the keyboard. */
  isSeen?: boolean;
}

/** A table that is short: as it is, without tools. */
export function PlainTable({ caption, heads, rows, isSeen = true }: TableProps) {
  const frame = isSeen ? { role: "region" as const, "aria-label": caption, tabIndex: 0 } : {};
  return (
    <div class="table-frame" {...frame}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" class={index > 0 ? "number plain" : "plain"}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells, isTotal }, index) => (
            <tr key={index} class={isTotal ? "sum" : undefined}>
              <th scope="row" class="plain">
                {name}
              </th>
              {cells.map((cell, at) => (
                <td key={at} class="number">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A count; `*` where it is hidden, which is read out as a word. */
export function Counted({ count }: { count: Count }) {
  return count === null ? <Hidden /> : <>{written(count)}</>;
}

/** A sum of which parts may be hidden. */
export function Summed({ sum }: { sum: Sum }) {
  const { words } = useOffice();
  if (!sum.isPart) return <>{writtenSum(sum)}</>;
  return sum.shown === 0 ? <Hidden /> : <abbr title={words.counts.atLeast}>{writtenSum(sum)}</abbr>;
}

export function Hidden() {
  const { words } = useOffice();
  return (
    <>
      <span aria-hidden="true">*</span>
      <span class="unseen">{words.counts.hidden}</span>
    </>
  );
}

/** What `*` means, where something can be hidden. */
export function HiddenNote({ below }: { below: number | null }) {
  const { words } = useOffice();
  return below === null ? null : <Note>{words.counts.hiddenNote(below)}</Note>;
}
