/** A tambon in figures and charts: how far the survey came, what households lack, whom official lists do not see. */

import { useMemo } from "preact/hooks";
import type { Coverage, VillageCoverage } from "../api.ts";
import { useOffice } from "../context.ts";
import { Head, Loading, useLoad } from "../parts/basics.tsx";
import type { Charts, Frame, Part, Series } from "../parts/charts.ts";
import { Counted, Figure, HiddenNote, Summed } from "../parts/figure.tsx";
import { codesOf, grouped, nameOf, share, sum, Tally, written, writtenSum, type AreaRow, type Indicator, type Indicators } from "../planning.ts";

/** The blocks that are shown. */
const BLOCKS = "households,dimension,people,person,card,worst_part,need";

interface Loaded {
  coverage: Coverage;
  tally: Tally;
}

export function Overview() {
  const { hub, tambon, words, tongue } = useOffice();
  const load = async (): Promise<Loaded> => {
    const [coverage, indicators] = await Promise.all([
      hub.get<Coverage>(`tambons/${tambon.code}/coverage`),
      hub.get<Indicators>(`areas/${tambon.code}/indicators?blocks=${BLOCKS}`),
    ]);
    return { coverage, tally: new Tally(indicators) };
  };
  const { found, problem, again } = useLoad(load, [hub, tambon.code]);
  const says = words.overview;
  if (!found) return <Loading problem={problem} again={again} />;
  const { tally, coverage } = found;
  const place = tongue === "th" ? `ต.${tambon.name_th} อ.${tambon.amphoe_th} จ.${tambon.province_th}` : `${tambon.name_en}, ${tambon.amphoe_en}, ${tambon.province_en}`;
  return (
    <>
      <Head title={words.pages.overview} lead={says.lead(place)} />
      <Tiles coverage={coverage} tally={tally} />
      <HiddenNote below={tally.table.hidden_below} />
      <div class="figures">
        <Visits villages={coverage.villages} />
        <Bars title={says.dimensions} head={says.dimension} block="dimension" tally={tally} of="households.assessed" />
        <Missed tally={tally} />
        <Bars title={says.houses} head={says.state} block="worst_part" tally={tally} of="households.assessed" />
        <Needs tally={tally} />
        <Bars title={says.cards} head={says.card} block="card" tally={tally} />
        <Pyramid tally={tally} />
        <Bars title={says.persons} head={says.group} block="person" tally={tally} />
      </div>
    </>
  );
}

function Tiles({ coverage: { total }, tally }: { coverage: Coverage; tally: Tally }) {
  const { words } = useOffice();
  const says = words.overview;
  const assessed = tally.total("households.assessed");
  const of = (name: string) => says.ofAssessed(share(tally.total(name), assessed));
  return (
    <>
      <dl class="tiles">
        <div class="tile">
          <dt>{says.expected}</dt>
          <dd>{total.expected === null ? words.coverage.unknown : grouped(total.expected)}</dd>
        </div>
        <div class="tile">
          <dt>{says.done}</dt>
          <dd>{grouped(total.done)}</dd>
          {total.expected !== null && <dd class="tile-share">{says.ofExpected(share(total.done, total.expected))}</dd>}
        </div>
        <div class="tile">
          <dt>{says.assessed}</dt>
          <dd>
            <Counted count={assessed} />
          </dd>
        </div>
        <div class="tile">
          <dt>{says.people}</dt>
          <dd>
            <Counted count={total.members} />
          </dd>
        </div>
        <div class="tile">
          <dt>{says.poor}</dt>
          <dd>
            <Counted count={tally.total("households.poor")} />
          </dd>
          <dd class="tile-share">{of("households.poor")}</dd>
        </div>
        <div class="tile warn">
          <dt>{says.missed}</dt>
          <dd>
            <Counted count={tally.total("households.missed")} />
          </dd>
          <dd class="tile-share">{of("households.missed")}</dd>
        </div>
      </dl>
      <p class="soft small">
        {says.missed}: {says.missedNote}
      </p>
    </>
  );
}

const OUTCOMES = ["done", "partial", "absent", "refused", "other", "notVisited"] as const;
type Outcome = (typeof OUTCOMES)[number];
const OUTCOME_COLOURS: Record<Outcome, string> = { done: "#0b4f40", partial: "#5d87b8", absent: "#b97a12", refused: "#861a10", other: "#8b948e", notVisited: "#d8d9d1" };

function outcomes(village: VillageCoverage): Record<Outcome, number> {
  const { done, partial, absent, refused, vacant, demolished, not_found, households, visited } = village;
  return { done, partial, absent, refused, other: vacant + demolished + not_found, notVisited: households - visited };
}

function Visits({ villages }: { villages: VillageCoverage[] }) {
  const { words } = useOffice();
  const says = words.overview;
  const name = ({ moo, name_th }: VillageCoverage) => `${words.moo(moo)}${name_th ? ` ${name_th}` : ""}`;
  const titles: Record<Outcome, string> = {
    done: words.coverage.done,
    partial: words.coverage.partial,
    absent: words.coverage.absent,
    refused: words.coverage.refused,
    other: says.other,
    notVisited: says.notVisited,
  };
  const series: Series[] = OUTCOMES.map((outcome) => ({ name: titles[outcome], colour: OUTCOME_COLOURS[outcome] }));
  const draw = useMemo(() => {
    const parts: Part[] = villages.flatMap((village) => OUTCOMES.map((outcome) => ({ label: name(village), series: titles[outcome], value: outcomes(village)[outcome] })));
    const behind = new Map(villages.map((village) => [name(village), `${grouped(village.done)} / ${village.expected === null ? grouped(village.households) : grouped(village.expected)}`]));
    return (charts: Charts, frame: Frame) => charts.stacks(frame, parts, series, behind);
  }, [villages, words]);
  const rows = villages.map((village) => ({ name: name(village), cells: [village.expected ?? "–", ...OUTCOMES.map((outcome) => grouped(outcomes(village)[outcome]))] }));
  return <Figure title={says.coverage} legend={series} draw={draw} heads={[says.village, says.expected, ...OUTCOMES.map((outcome) => titles[outcome])]} rows={rows} />;
}

interface BarsProps {
  title: string;
  head: string;
  block: string;
  tally: Tally;
  /** The indicator that shares are of. */
  of?: string;
}

/** A block of one axis: a bar for each of its indicators. */
function Bars({ title, head, block, tally, of }: BarsProps) {
  const { words, tongue } = useOffice();
  const says = words.overview;
  const indicators = tally.block(block);
  const unit = indicators[0]?.unit ?? "households";
  const draw = useMemo(() => {
    const rows = indicators.map((indicator) => {
      const count = tally.total(indicator.name);
      const percent = of && count !== null ? ` (${share(count, tally.total(of))})` : "";
      return { label: wordOf(indicator, tongue), value: count, written: `${written(count)}${percent}` };
    });
    return (charts: Charts, frame: Frame) => charts.bars(frame, rows);
  }, [tally, words]);
  const rows = indicators.map((indicator) => {
    const count = tally.total(indicator.name);
    const cells = [<Counted count={count} />, ...(of ? [share(count, tally.total(of))] : [])];
    return { name: wordOf(indicator, tongue), cells };
  });
  const heads = [head, words.counts.units[unit], ...(of ? [says.share] : [])];
  return <Figure title={`${title} (${words.counts.units[unit]})`} draw={draw} heads={heads} rows={rows} />;
}

function wordOf({ words }: Indicator, tongue: "th" | "en"): string {
  return words[0]?.[tongue] ?? "";
}

/** Households missed, village by village. */
function Missed({ tally }: { tally: Tally }) {
  const { words, tongue } = useOffice();
  const says = words.overview;
  const { rows, total } = tally.table;
  const of = (row: AreaRow) => ({ missed: tally.of(row, "households.missed"), assessed: tally.of(row, "households.assessed") });
  const draw = useMemo(() => {
    const bars = rows.map((row) => {
      const { missed, assessed } = of(row);
      return { label: nameOf(row, words, tongue), value: missed, written: missed === null ? "*" : `${grouped(missed)} (${share(missed, assessed)})` };
    });
    return (charts: Charts, frame: Frame) => charts.bars(frame, bars, { colour: charts.COLOURS.sun });
  }, [tally, words]);
  const line = (name: string, missed: number | null, assessed: number | null, isTotal = false) => ({ name, isTotal, cells: [<Counted count={missed} />, share(missed, assessed)] });
  const lines = rows.map((row) => line(nameOf(row, words, tongue), of(row).missed, of(row).assessed));
  if (total.length > 0) lines.push(line(words.counts.total, tally.total("households.missed"), tally.total("households.assessed"), true));
  return <Figure title={says.missedBy} note={says.missedNote} draw={draw} heads={[says.village, says.households, says.share]} rows={lines} />;
}

const URGENCY_COLOURS = ["#861a10", "#b97a12", "#5d87b8", "#123f73", "#8b948e"];

/** Needs of each village by urgency, all kinds of need together. */
function Needs({ tally }: { tally: Tally }) {
  const { words, tongue } = useOffice();
  const says = words.overview;
  const found = tally.block("need");
  const urgencies = [...new Set(found.map((indicator) => codesOf(indicator)[1] ?? ""))];
  const title = (urgency: string) => found.find((indicator) => codesOf(indicator)[1] === urgency)?.words[1]?.[tongue] ?? urgency;
  const series: Series[] = urgencies.map((urgency, at) => ({ name: title(urgency), colour: URGENCY_COLOURS[at] ?? "#8b948e" }));
  const of = (row: AreaRow, urgency: string) => sum(found.filter((indicator) => codesOf(indicator)[1] === urgency).map(({ name }) => tally.of(row, name)));
  const all = (row: AreaRow) => sum(found.map(({ name }) => tally.of(row, name)));
  const { rows } = tally.table;
  const draw = useMemo(() => {
    const parts: Part[] = rows.flatMap((row) => urgencies.map((urgency) => ({ label: nameOf(row, words, tongue), series: title(urgency), value: of(row, urgency).shown })));
    const behind = new Map(rows.map((row) => [nameOf(row, words, tongue), writtenSum(all(row))]));
    return (charts: Charts, frame: Frame) => charts.stacks(frame, parts, series, behind);
  }, [tally, words]);
  const lines = rows.map((row) => ({
    name: nameOf(row, words, tongue),
    cells: [...urgencies.map((urgency) => <Summed sum={of(row, urgency)} />), <Summed sum={all(row)} />],
  }));
  const note = rows.some((row) => all(row).isPart) ? `+ *: ${words.counts.atLeast}` : undefined;
  return <Figure title={says.needs} legend={series} note={note} draw={draw} heads={[says.village, ...urgencies.map(title), words.counts.total]} rows={lines} />;
}

/** Men and women by bands of age; whoever is neither, or of unknown age, is in the table. */
function Pyramid({ tally }: { tally: Tally }) {
  const { words, tongue } = useOffice();
  const says = words.overview;
  const found = tally.block("people");
  const ages = [...new Set(found.map((indicator) => codesOf(indicator)[1] ?? ""))];
  const sexes = [...new Set(found.map((indicator) => codesOf(indicator)[0] ?? ""))];
  const word = (at: 0 | 1, code: string) => found.find((indicator) => codesOf(indicator)[at] === code)?.words[at]?.[tongue] ?? code;
  const count = (sex: string, age: string) => tally.total(`people.${sex}.${age}`);
  const draw = useMemo(() => {
    const bands = ages.filter((age) => age !== "unknown").map((age) => ({ label: word(1, age), left: count("male", age), right: count("female", age) }));
    return (charts: Charts, frame: Frame) => charts.pyramid(frame, bands, { left: word(0, "male"), right: word(0, "female") });
  }, [tally, words]);
  const rows = ages.map((age) => ({ name: word(1, age), cells: sexes.map((sex) => <Counted count={count(sex, age)} />) }));
  return <Figure title={`${says.pyramid} (${words.counts.units.people})`} draw={draw} heads={[says.age, ...sexes.map((sex) => word(0, sex))]} rows={rows} />;
}

