/** Snapshots of the annex, one figure of them over time, and making another. */

import { useMemo, useState } from "preact/hooks";
import { dayAndTime, useOffice, whoOf } from "../context.ts";
import { dayAt, shortDay } from "../../../shared/dates.ts";
import type { Problem } from "../api.ts";
import { cellNumber, cellText, citedNumbers } from "../parts/annex-table.tsx";
import { Choice } from "../parts/area.tsx";
import { Fault, Head, Loading, Note, Told, useLoad } from "../parts/basics.tsx";
import type { Charts, Frame } from "../parts/charts.ts";
import { Figure, Hidden, HiddenNote } from "../parts/figure.tsx";
import { Table, type Column } from "../parts/table.tsx";
import type { Annex, AnnexTable, Cell, Snapshot, SnapshotContent } from "../planning.ts";
import { addressOf } from "../route.ts";

/** So many snapshots, the newest, are read. */
const READ_MAX = 12;
/** The table to begin with, and tables that hold no count of the tambon itself. */
const FIRST = "dimension";
const NOT_COUNTED = ["target", "project", "change"];

/** An annex as it was, or as it is. */
interface Moment {
  snapshot: Snapshot | null;
  at: number;
  annex: Annex;
}

interface Loaded {
  snapshots: Snapshot[];
  /** The oldest first; the last is now. */
  moments: Moment[];
}

export function TrendsPage() {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.trends;
  const at = `tambons/${tambon.code}`;
  const load = async (): Promise<Loaded> => {
    const { snapshots } = await hub.get<{ snapshots: Snapshot[] }>(`${at}/snapshots`);
    const contents = await Promise.all(snapshots.slice(0, READ_MAX).map(({ snapshot_id }) => hub.get<SnapshotContent>(`${at}/snapshots/${snapshot_id}`)));
    const annex = await hub.get<Annex>(`${at}/annex`);
    const frozen = contents.map((content) => ({ snapshot: content, at: Date.parse(content.made_at), annex: content.annex })).reverse();
    return { snapshots, moments: [...frozen, { snapshot: null, at: Date.parse(annex.as_of), annex }] };
  };
  const { found, problem, again } = useLoad(load, [hub, tambon.code]);
  const [told, setTold] = useState("");
  if (!found) return <Loading problem={problem} again={again} />;
  const { snapshots, moments } = found;
  const made = (title: string) => {
    setTold(says.made(title));
    void again();
  };
  return (
    <>
      <Head title={words.pages.trends} lead={says.lead} />
      <Told>{told}</Told>
      <Make onMade={made} />
      {snapshots.length === 0 && <Note>{says.none}</Note>}
      <Trend moments={moments} />
      {snapshots.length > READ_MAX && <p class="soft small">{says.older(READ_MAX)}</p>}
      {snapshots.length > 0 && (
        <>
          <h2>{says.list}</h2>
          <Snapshots snapshots={snapshots} key={tongue} />
        </>
      )}
    </>
  );
}

function Make({ onMade }: { onMade: (title: string) => void }) {
  const { hub, tambon, words, tongue } = useOffice();
  const [title, setTitle] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const says = words.trends;
  const make = async () => {
    setBusy(true);
    try {
      const made = await hub.post<Snapshot>(`tambons/${tambon.code}/snapshots`, { title });
      setTitle("");
      setProblem(null);
      onMade(made.title);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
    setBusy(false);
  };
  return (
    <>
      <form class="inline unprinted" onSubmit={(event) => (event.preventDefault(), !busy && void make())}>
        <label class="field">
          <span>{says.makeTitle}</span>
          <input class="input" value={title} required maxLength={200} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button main" aria-busy={busy || undefined}>
          {says.make}
        </button>
      </form>
      {problem && <Fault problem={problem} tongue={tongue} />}
    </>
  );
}

/** Snapshots tell figures apart by what they are called. */
function find(annex: Annex, table: string, row: string, column: string): Cell | undefined {
  const found = annex.tables.find(({ name }) => name === table);
  const at = found?.columns.findIndex(({ name }) => name.th === column) ?? -1;
  return found?.rows.find(({ name }) => name.th === row)?.cells[at];
}

function Trend({ moments }: { moments: Moment[] }) {
  const { words, tongue } = useOffice();
  const says = words.trends;
  const latest = (moments.at(-1) as Moment).annex;
  const numbers = citedNumbers(latest.tables);
  const tables = latest.tables.filter(({ name, rows }) => !NOT_COUNTED.includes(name) && rows.length > 0);
  const [name, setName] = useState(FIRST);
  const table = tables.find((table) => table.name === name) ?? (tables[0] as AnnexTable);
  const [row, setRow] = useState("");
  const [column, setColumn] = useState("");
  const shownRow = table.rows.find(({ name }) => name.th === row) ?? table.rows.find(({ is_total }) => is_total) ?? table.rows[0];
  const shownColumn = table.columns.find(({ name }) => name.th === column) ?? table.columns[0];
  const points = moments.map(({ snapshot, at, annex }) => ({ snapshot, at, cell: find(annex, table.name, shownRow?.name.th ?? "", shownColumn?.name.th ?? "") }));
  const draw = useMemo(() => {
    const line = points.map(({ snapshot, at, cell }) => ({
      label: snapshot ? shortDay(dayAt(at), tongue) : says.now.split(" (")[0] ?? "",
      value: cellNumber(cell),
      written: cellText(cell, words, tongue),
    }));
    return (charts: Charts, frame: Frame) => charts.line(frame, line);
  }, [moments, table, shownRow, shownColumn, words]);
  const title = `${table.title[tongue]}: ${shownColumn?.name[tongue]} – ${shownRow?.name[tongue]}`;
  const rows = points.map(({ snapshot, at, cell }) => ({
    name: snapshot?.title ?? says.now,
    cells: [dayAndTime(new Date(at).toISOString(), tongue), cell === "hidden" ? <Hidden /> : cell === undefined ? says.absent : cellText(cell, words, tongue)],
  }));
  return (
    <>
      <div class="choosers unprinted">
        <Choice
          label={says.table}
          value={table.name}
          options={tables.map((one) => ({ value: one.name, name: `${numbers[latest.tables.indexOf(one)]} ${one.title[tongue]}` }))}
          onChoose={setName}
        />
        <Choice label={says.row} value={shownRow?.name.th ?? ""} options={table.rows.map(({ name }) => ({ value: name.th, name: name[tongue] }))} onChoose={setRow} />
        <Choice label={says.column} value={shownColumn?.name.th ?? ""} options={table.columns.map(({ name }) => ({ value: name.th, name: name[tongue] }))} onChoose={setColumn} />
      </div>
      <HiddenNote below={latest.hidden_below ?? (moments.length > 1 ? (moments[0]?.annex.hidden_below ?? null) : null)} />
      <Figure title={title} draw={draw} heads={[says.title, says.when, says.value]} rows={rows} />
    </>
  );
}

function Snapshots({ snapshots }: { snapshots: Snapshot[] }) {
  const { tambon, words, tongue } = useOffice();
  const says = words.trends;
  const columns = useMemo<Column<Snapshot>[]>(
    () => [
      { key: "made", head: says.when, value: ({ made_at }) => made_at, draw: ({ made_at }) => dayAndTime(made_at, tongue) },
      { key: "title", head: says.title, value: ({ title }) => title, draw: ({ title, snapshot_id }) => <a href={addressOf(tambon.code, "annex", snapshot_id)}>{title}</a> },
      { key: "by", head: says.by, value: ({ made_by }) => whoOf(made_by, words) },
      { key: "hash", head: says.hash, value: ({ sha256 }) => sha256, draw: ({ sha256 }) => <span class="hash">{sha256}</span> },
    ],
    [words],
  );
  return <Table caption={says.list} columns={columns} rows={snapshots} keyOf={({ snapshot_id }) => snapshot_id} />;
}
