/** The annex of the tambon's plan: its tables as they stand now or were frozen, what they are stamped with, and the files. */

import { useState } from "preact/hooks";
import { dayAndTime, useOffice } from "../context.ts";
import { AnnexTableView, citedNumbers } from "../parts/annex-table.tsx";
import { Choice } from "../parts/area.tsx";
import { Head, Loading, useLoad } from "../parts/basics.tsx";
import { Download } from "../parts/download.tsx";
import { Icon } from "../parts/icon.tsx";
import type { Annex, Snapshot, SnapshotContent } from "../planning.ts";
import { useRoute } from "../route.ts";
import { fileOf, FORMATS, pathOf, type Asked } from "./annex-formats.ts";

interface Shown {
  /** What was asked for. */
  place: string | null;
  annex: Annex;
  snapshot: Snapshot | null;
}

export function AnnexPage() {
  const { hub, tambon, words, tongue, go } = useOffice();
  const place = useRoute().rest[0] ?? null;
  const says = words.annex;
  const at = `tambons/${tambon.code}`;
  const listed = useLoad(() => hub.get<{ snapshots: Snapshot[] }>(`${at}/snapshots`), [hub, tambon.code]);
  const [year, setYear] = useState<number | null>(null);
  const load = async (): Promise<Shown> => {
    if (place === null) return { place, annex: await hub.get<Annex>(`${at}/annex${year ? `?fiscal_year=${year}` : ""}`), snapshot: null };
    const { annex, ...snapshot } = await hub.get<SnapshotContent>(`${at}/snapshots/${place}`);
    return { place, annex, snapshot };
  };
  const { found, problem, again } = useLoad(load, [hub, tambon.code, place, year]);
  if (!found || found.place !== place) return <Loading problem={problem} again={again} />;
  const { annex, snapshot } = found;
  const where = tongue === "th" ? `ต.${annex.name_th} ${annex.place_th}` : annex.name_en;
  const numbers = citedNumbers(annex.tables);
  const snapshots = listed.found?.snapshots ?? [];
  const choose = (id: string) => (id ? go("annex", id) : go("annex"));
  const print = (
    <button type="button" class="button main" onClick={() => window.print()}>
      <Icon name="print" /> {words.print}
    </button>
  );
  const title = (at: number) => says.table(numbers[at] ?? "", annex.tables[at]?.title[tongue] ?? "");
  return (
    <>
      <Head title={words.pages.annex} lead={says.lead(where, annex.fiscal_year)} aside={print} />
      {problem && <Loading problem={problem} again={again} />}
      <div class="choosers unprinted">
        <Choice
          label={says.of}
          value={place ?? ""}
          options={[{ value: "", name: says.now }, ...snapshots.map((one) => ({ value: one.snapshot_id, name: `${one.title} · ${dayAndTime(one.made_at, tongue)}` }))]}
          onChoose={choose}
        />
        {place === null && (
          <Choice
            label={words.counts.year}
            value={String(annex.fiscal_year)}
            options={years(annex.fiscal_year).map((year) => ({ value: String(year), name: words.counts.yearOf(year) }))}
            onChoose={(value) => setYear(Number(value))}
          />
        )}
      </div>
      <Stamp annex={annex} snapshot={snapshot} />
      <Files annex={annex} snapshot={place} title={title} />
      <nav class="contents unprinted" aria-label={says.contents}>
        {annex.tables.map((table, at) => (
          <a key={table.name} href={`#table-${table.name}`} onClick={(event) => (event.preventDefault(), goTo(`table-${table.name}`))}>
            {title(at)}
          </a>
        ))}
      </nav>
      {annex.tables.map((table, at) => (
        <section key={table.name} class="annex-table">
          <h2 id={`table-${table.name}`} tabIndex={-1}>
            {title(at)}
          </h2>
          <AnnexTableView table={table} caption={title(at)} />
          {table.note && <p class="soft small">{table.note[tongue]}</p>}
        </section>
      ))}
    </>
  );
}

interface FilesProps {
  annex: Annex;
  snapshot: string | null;
  /** What the table at a place is called. */
  title: (at: number) => string;
}

/** Every file. */
function Files({ annex, snapshot, title }: FilesProps) {
  const { tambon, words, tongue } = useOffice();
  const says = words.annex;
  const [table, setTable] = useState(annex.tables[0]?.name ?? "");
  const asked: Asked = { tambon: tambon.code, snapshot, year: annex.fiscal_year, table, tongue };
  const button = (format: (typeof FORMATS)[number]) => (
    <Download key={format.ending} path={pathOf(format, asked)} name={fileOf(format, asked)}>
      {format.name}
    </Download>
  );
  return (
    <section class="card unprinted">
      <h2>{says.download}</h2>
      <div class="formats">{FORMATS.filter(({ isOfTable }) => !isOfTable).map(button)}</div>
      <div class="choosers">
        <Choice label={says.ofTable} value={table} options={annex.tables.map(({ name }, at) => ({ value: name, name: title(at) }))} onChoose={setTable} />
        {FORMATS.filter(({ isOfTable }) => isOfTable).map(button)}
      </div>
    </section>
  );
}

/** The address names the page, not a place on it. */
function goTo(id: string): void {
  const head = document.getElementById(id);
  head?.scrollIntoView();
  head?.focus();
}

/** Years around one, of which programmes and targets can be asked. */
function years(around: number): number[] {
  return [2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8].map((step) => around + step).filter((year) => year >= 2560);
}

/** What the figures come from. */
function Stamp({ annex, snapshot }: { annex: Annex; snapshot: Snapshot | null }) {
  const { words, tongue } = useOffice();
  const says = words.annex;
  const { list } = annex;
  return (
    <div class="card">
      <p class="strong">{words.counts.asOf(dayAndTime(annex.as_of, tongue))}</p>
      {snapshot && <p>{says.frozen(snapshot.title, dayAndTime(snapshot.made_at, tongue))}</p>}
      <dl class="stamp">
        {snapshot && (
          <>
            <dt>{says.hash}</dt>
            <dd class="hash">{snapshot.sha256}</dd>
          </>
        )}
        <dt>{says.list}</dt>
        <dd>
          {list ? says.listVersion(list.version) : says.noList} {list && <span class="hash">{list.sha256}</span>}
        </dd>
        <dt>{says.parameters}</dt>
        <dd>{annex.parameters}</dd>
        <dt>{says.seq}</dt>
        <dd>{annex.as_of_seq.toLocaleString("en-US")}</dd>
        <dt>{says.suppression}</dt>
        <dd>{annex.hidden_below === null ? says.open : words.counts.hiddenNote(annex.hidden_below)}</dd>
      </dl>
    </div>
  );
}
