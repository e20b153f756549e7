/** Counts area by area, from the country down to villages: the same table and chart at each level. */

import { useMemo, useState } from "preact/hooks";
import { useOffice } from "../context.ts";
import { areaName, blockOptions, Choice, Crumbs, indicatorName, useArea } from "../parts/area.tsx";
import { Head, Loading, Note, useLoad } from "../parts/basics.tsx";
import type { Charts, Frame } from "../parts/charts.ts";
import { Counted, Figure, HiddenNote } from "../parts/figure.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { codesOf, nameOf, percentOf, share, Tally, written, type AreaRow, type Indicator, type Indicators } from "../planning.ts";
import { addressOf } from "../route.ts";

/** What shares are of. */
const ASSESSED = "households.assessed";
/** The block to begin with. */
const FIRST = "dimension";
/** Letters of a head that would be broken too often in a narrow column. */
const LONG_HEAD = 16;

type Measure = "count" | "rate";

export function AreasPage() {
  const { hub, words, tongue, session } = useOffice();
  const area = useArea();
  const [block, setBlock] = useState(FIRST);
  const load = async () => new Tally(await hub.get<Indicators>(`areas/${area}/indicators?blocks=${block === "households" ? block : `households,${block}`}`));
  const { found, problem, again } = useLoad(load, [hub, area, block]);
  const says = words.areas;
  // What was loaded may still be what was chosen before.
  const isCurrent = found && found.table.area === area && found.block(block).length > 0;
  return (
    <>
      <Head title={words.pages.areas} lead={says.lead} />
      <Crumbs page="areas" area={area} />
      {problem || !isCurrent ? (
        <Loading problem={problem} again={again} />
      ) : found.table.rows.length === 0 ? (
        <Note>{says.noRows}</Note>
      ) : (
        <Counts key={`${area}/${block}`} tally={found} block={block} area={areaName(area, session, words, tongue)} onBlock={setBlock} />
      )}
    </>
  );
}

interface CountsProps {
  tally: Tally;
  block: string;
  area: string;
  onBlock: (block: string) => void;
}

function Counts({ tally, block, area, onBlock }: CountsProps) {
  const { words, tongue } = useOffice();
  const says = words.areas;
  const all = tally.block(block);
  const kinds = codesOf(all[0] as Indicator).length > 1 ? [...new Set(all.map((indicator) => codesOf(indicator)[0] ?? ""))] : [];
  const [kind, setKind] = useState(kinds[0] ?? "");
  const shown = kinds.length > 0 ? all.filter((indicator) => codesOf(indicator)[0] === kind) : all;
  const [chosen, setChosen] = useState(shown[0]?.name ?? "");
  const indicator = shown.find(({ name }) => name === chosen) ?? (shown[0] as Indicator);
  const canRate = indicator.unit === "households" && block !== "coverage";
  const [asked, setMeasure] = useState<Measure>("count");
  const measure = canRate ? asked : "count";
  const title = tally.table.blocks.find(({ name }) => name === block)?.words[tongue] ?? block;
  const measures: Measure[] = canRate ? ["count", "rate"] : ["count"];
  return (
    <>
      <div class="choosers unprinted">
        <Choice label={says.block} value={block} options={blockOptions(tally.table.blocks, tongue)} onChoose={onBlock} />
        {kinds.length > 0 && (
          <Choice
            label={says.kind}
            value={kind}
            options={kinds.map((code) => ({ value: code, name: all.find((one) => codesOf(one)[0] === code)?.words[0]?.[tongue] ?? code }))}
            onChoose={setKind}
          />
        )}
        <Choice label={says.indicator} value={indicator.name} options={shown.map((one) => ({ value: one.name, name: indicatorName(one, tongue) }))} onChoose={setChosen} />
        <Choice label={says.measure} value={measure} options={measures.map((value) => ({ value, name: says[value] }))} onChoose={(value) => setMeasure(value as Measure)} />
      </div>
      <HiddenNote below={tally.table.hidden_below} />
      <AreaBars tally={tally} indicator={indicator} measure={measure} title={`${indicatorName(indicator, tongue)} – ${area}`} />
      <h2>
        {title}
        {kinds.length > 0 && ` · ${shown[0]?.words[0]?.[tongue]}`} – {area} ({words.counts.units[indicator.unit]})
      </h2>
      <AreaTable tally={tally} indicators={shown} measure={measure} title={title} isCrossed={kinds.length > 0} />
    </>
  );
}

function AreaBars({ tally, indicator, measure, title }: { tally: Tally; indicator: Indicator; measure: Measure; title: string }) {
  const { words, tongue } = useOffice();
  const says = words.areas;
  const { rows, level } = tally.table;
  const draw = useMemo(() => {
    const bars = rows.map((row) => {
      const count = tally.of(row, indicator.name);
      const percent = share(count, tally.of(row, ASSESSED));
      const isRate = measure === "rate";
      return { label: nameOf(row, words, tongue), value: isRate ? percentOf(count, tally.of(row, ASSESSED)) : count, written: isRate ? percent : written(count) };
    });
    bars.sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
    return (charts: Charts, frame: Frame) => charts.bars(frame, bars);
  }, [tally, indicator, measure, words]);
  const lines = rows.map((row) => {
    const count = tally.of(row, indicator.name);
    return { name: nameOf(row, words, tongue), cells: [<Counted count={count} />, ...(indicator.unit === "households" ? [share(count, tally.of(row, ASSESSED))] : [])] };
  });
  const heads = [says.levels[level], words.counts.units[indicator.unit], ...(indicator.unit === "households" ? [says.rate] : [])];
  return <Figure title={title} draw={draw} heads={heads} rows={lines} />;
}

interface TableProps {
  tally: Tally;
  indicators: Indicator[];
  measure: Measure;
  title: string;
  /** The indicators share their first word. */
  isCrossed: boolean;
}

function AreaTable({ tally, indicators, measure, title, isCrossed }: TableProps) {
  const { tambon, words, tongue } = useOffice();
  const says = words.areas;
  const { rows, level } = tally.table;
  const cell = (count: number | null, assessed: number | null) => (measure === "rate" ? share(count, assessed) : <Counted count={count} />);
  const columns = useMemo<Column<AreaRow>[]>(
    () => [
      {
        key: "area",
        head: says.levels[level],
        value: (row) => (level === "village" ? row.area : nameOf(row, words, tongue)),
        draw: (row) => (level === "village" ? nameOf(row, words, tongue) : <a href={addressOf(level === "tambon" ? row.area : tambon.code, "areas", row.area)}>{nameOf(row, words, tongue)}</a>),
      },
      ...indicators.map((indicator) => ({
        key: indicator.name,
        head: isCrossed ? (indicator.words[1]?.[tongue] ?? "") : indicatorName(indicator, tongue),
        value: (row: AreaRow) => (measure === "rate" ? percentOf(tally.of(row, indicator.name), tally.of(row, ASSESSED)) : tally.of(row, indicator.name)),
        draw: (row: AreaRow) => cell(tally.of(row, indicator.name), tally.of(row, ASSESSED)),
        numeric: true,
      })),
    ],
    [tally, indicators, measure, words],
  );
  const total = [words.counts.total, ...indicators.map(({ name }) => cell(tally.total(name), tally.total(ASSESSED)))];
  const hasLongHeads = columns.some(({ head }) => head.length > LONG_HEAD);
  return (
    <div class={hasLongHeads ? "long-heads" : undefined}>
      <Table caption={title} columns={columns} rows={rows} keyOf={({ area }) => area} total={total} />
    </div>
  );
}

