/** Targets and results of a fiscal year and area: the board. */

import { useMemo, useState } from "preact/hooks";
import type { Problem } from "../api.ts";
import { day, useOffice } from "../context.ts";
import { areaName, Choice } from "../parts/area.tsx";
import { Fault, Head, Loading, Note, Told, useLoad } from "../parts/basics.tsx";
import type { Charts, Frame } from "../parts/charts.ts";
import { Figure } from "../parts/figure.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { grouped, type Board, type Target } from "../planning.ts";

/** A fault of a file that the hub refused. */
interface FileFault {
  row: number;
  column: string;
  th: string;
  en: string;
}

export function TargetsPage() {
  const { hub, tambon, session, words, tongue } = useOffice();
  const says = words.targets;
  const [region, setRegion] = useState("TH");
  const [year, setYear] = useState<number | null>(null);
  /** The year that was asked for; else the latest that has rows. */
  const load = async (): Promise<Board> => {
    const board = await hub.get<Board>(`targets?region=${region}${year ? `&fiscal_year=${year}` : ""}`);
    const latest = Math.max(...board.years);
    if (year || board.rows.length > 0 || board.years.length === 0) return board;
    return hub.get<Board>(`targets?region=${region}&fiscal_year=${latest}`);
  };
  const { found, problem, again } = useLoad(load, [hub, region, year]);
  const [told, setTold] = useState("");
  if (!found) return <Loading problem={problem} again={again} />;
  const regions = ["TH", tambon.code.slice(0, 2), tambon.code.slice(0, 4), tambon.code];
  const years = [...new Set([...found.years, found.fiscal_year])].sort((a, b) => b - a);
  const imported = async (rows: number) => {
    setTold(says.imported(rows));
    await again();
  };
  return (
    <>
      <Head title={words.pages.targets} lead={says.lead} />
      <Told>{told}</Told>
      {problem && <Loading problem={problem} again={again} />}
      <div class="choosers unprinted">
        <Choice label={words.counts.year} value={String(found.fiscal_year)} options={years.map((year) => ({ value: String(year), name: words.counts.yearOf(year) }))} onChoose={(value) => setYear(Number(value))} />
        <Choice label={says.region} value={region} options={regions.map((code) => ({ value: code, name: areaName(code, session, words, tongue) }))} onChoose={setRegion} />
      </div>
      {found.rows.length === 0 ? <Note>{says.none(found.fiscal_year, areaName(found.region, session, words, tongue))}</Note> : <Rows board={found} />}
      {session.role === "admin" && session.area === "TH" && <Import onImported={imported} />}
    </>
  );
}

const written = (count: number | null) => (count === null ? "–" : grouped(count));
const percentText = (percent: number | null) => (percent === null ? "–" : `${percent.toFixed(1)}%`);

function Rows({ board }: { board: Board }) {
  const { words, tongue } = useOffice();
  const says = words.targets;
  const draw = useMemo(() => {
    const bars = board.rows.map(({ item, name_th, percent, actual, target, unit, unit_th }) => ({
      label: `${item} ${name_th}`,
      value: percent,
      written: percent === null ? "–" : `${percentText(percent)} (${written(actual)} / ${grouped(target)} ${tongue === "th" ? unit_th : unit})`,
    }));
    return (charts: Charts, frame: Frame) => charts.bars(frame, bars, { line: 100 });
  }, [board, words]);
  const sources = [...new Set(board.rows.map(({ source, as_of }) => `${source} (${says.asOf} ${day(as_of, tongue)})`))];
  /** Where all figures have one source the line below the table says it. */
  const differ = sources.length > 1;
  const columns = useMemo<Column<Target>[]>(() => {
    const each: Column<Target>[] = [
      { key: "item", head: says.item, value: ({ item }) => item },
      { key: "name", head: says.name, value: ({ name_th }) => name_th },
      { key: "target", head: says.target, value: ({ target }) => target, draw: ({ target }) => grouped(target), numeric: true },
      { key: "actual", head: says.actual, value: ({ actual }) => actual, draw: ({ actual }) => written(actual), numeric: true },
      { key: "percent", head: says.percent, value: ({ percent }) => percent, draw: ({ percent }) => percentText(percent), numeric: true },
      { key: "left", head: says.left, value: ({ left }) => left, draw: ({ left }) => written(left), numeric: true },
      { key: "unit", head: says.unit, value: (row) => (tongue === "th" ? row.unit_th : row.unit) },
    ];
    const ofEach: Column<Target>[] = [
      { key: "asOf", head: says.asOf, value: ({ as_of }) => as_of, draw: ({ as_of }) => day(as_of, tongue) },
      { key: "source", head: words.counts.source, value: ({ source }) => source },
    ];
    return differ ? [...each, ...ofEach] : each;
  }, [words, differ]);
  return (
    <>
      <Table caption={words.pages.targets} columns={columns} rows={board.rows} keyOf={({ item }) => item} />
      <p class="soft small">
        {words.counts.source}: {sources.join("; ")}
      </p>
      <Figure
        title={says.chart}
        note={says.line}
        draw={draw}
        heads={[says.name, says.percent]}
        rows={board.rows.map(({ item, name_th, percent }) => ({ name: `${item} ${name_th}`, cells: [percentText(percent)] }))}
      />
    </>
  );
}

/** A file of targets takes the place of those that there are. */
function Import({ onImported }: { onImported: (rows: number) => Promise<void> }) {
  const { hub, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const says = words.targets;
  const send = async (form: HTMLFormElement) => {
    const file = new FormData(form).get("file") as File;
    setBusy(true);
    try {
      const { rows } = await hub.putCsv<{ rows: number }>("targets", file);
      setProblem(null);
      form.reset();
      await onImported(rows);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
    setBusy(false);
  };
  const faults = (problem?.members["faults"] ?? []) as FileFault[];
  return (
    <form class="card unprinted" onSubmit={(event) => (event.preventDefault(), !busy && void send(event.currentTarget))}>
      <h2>{says.import}</h2>
      <p class="soft">{says.importNote}</p>
      <label class="field">
        <span>{says.file}</span>
        <input class="input" name="file" type="file" accept=".csv,text/csv" required />
      </label>
      {problem && <Fault problem={problem} tongue={tongue} />}
      {faults.length > 0 && (
        <ul>
          {faults.map((fault, at) => (
            <li key={at}>
              {says.fault(fault.row, fault.column)}: {fault[tongue]}
            </li>
          ))}
        </ul>
      )}
      <div class="buttons">
        <button type="submit" class="button main" aria-busy={busy || undefined}>
          {says.go}
        </button>
      </div>
    </form>
  );
}
