/** Programmes that hold in the tambon in a fiscal year; whom each is for, why, and what is still to be asked. */

import { useMemo } from "preact/hooks";
import type { Matched, Matches, Programme, Programmes as ProgrammesOf } from "../../api-fund.ts";
import { mooOf, useOffice, type Tongue } from "../../context.ts";
import { Head, Loading, Note, useLoad } from "../../parts/basics.tsx";
import { fiscalYear } from "../../parts/day-field.tsx";
import { Downloads } from "../../parts/download.tsx";
import { givenName } from "../../parts/homes.tsx";
import { Icon } from "../../parts/icon.tsx";
import { count, money } from "../../parts/numbers.ts";
import { Table, type Column } from "../../parts/table.tsx";
import { addressOf, useRoute } from "../../route.ts";
import { Rules } from "./rules.tsx";
import { Settlements } from "./settlements.tsx";

/** The first year that programmes are known of. */
const FIRST_YEAR = 2560;

export function Programmes() {
  const [year, programme] = useRoute().rest;
  const of = Number(year ?? fiscalYear());
  return programme ? <MatchesPage year={of} id={programme} /> : <YearPage key={of} year={of} />;
}

export function nameOf(programme: Programme, tongue: Tongue): string {
  return tongue === "th" ? programme.name_th : programme.name_en;
}

/** Which fiscal year. */
export function YearChoice({ year, onChange }: { year: number; onChange: (year: number) => void }) {
  const { words } = useOffice();
  const last = fiscalYear() + 1;
  return (
    <label class="field narrow">
      <span>{words.fund.programmes.year}</span>
      <select class="input" value={year} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {Array.from({ length: last - FIRST_YEAR + 1 }, (_, index) => last - index).map((of) => (
          <option key={of} value={of}>
            {of}
          </option>
        ))}
      </select>
    </label>
  );
}

function YearPage({ year }: { year: number }) {
  const { hub, tambon, words, go } = useOffice();
  const says = words.fund.programmes;
  const { found, problem, again } = useLoad(
    () => hub.get<ProgrammesOf>(`tambons/${tambon.code}/programmes?fiscal_year=${year}`),
    [hub, tambon.code, year],
  );
  return (
    <>
      <Head title={words.pages.programmes} lead={says.lead} />
      <YearChoice year={year} onChange={(of) => go("programmes", of)} />
      {!found ? (
        <Loading problem={problem} again={again} />
      ) : (
        <>
          <Rules inForce={found.rule_parameters} onChanged={again} />
          <Settlements />
          <ul class="cards columns">
            {found.programmes.length === 0 && <Note>{says.none}</Note>}
            {found.programmes.map((programme) => (
              <li key={programme.programme}>
                <ProgrammeCard programme={programme} year={year} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function ProgrammeCard({ programme, year }: { programme: Programme; year: number }) {
  const { tambon, words, tongue } = useOffice();
  const { fund } = words;
  const says = fund.programmes;
  const name = nameOf(programme, tongue);
  // What no source tells is not zero, and is said so.
  const baht = (amount: number | null) => (amount === null ? says.unknown : fund.baht(money(amount)));
  const figures: [string, string][] = [
    [says.ceiling, baht(programme.ceiling)],
    [says.loan, baht(programme.loan_ceiling)],
    [says.quota, programme.quota === null ? says.unknown : count(programme.quota)],
    [says.budget, baht(programme.budget)],
  ];
  return (
    <article class="card">
      <h2>{name}</h2>
      <dl class="pairs">
        {figures.map(([figure, value]) => [<dt key={figure}>{figure}</dt>, <dd key={`${figure} is`}>{value}</dd>])}
      </dl>
      <p class="soft small">
        {says.region(programme.region)}
        {programme.source && ` · ${says.source(programme.source)}`}
      </p>
      {programme.is_housing && <p class="small">{says.housing}</p>}
      <div class="buttons">
        <a class="button" href={addressOf(tambon.code, "programmes", year, programme.programme)} aria-label={says.matchesOf(name)}>
          <Icon name="people" /> {says.matches}
        </a>
        <a class="button" href={addressOf(tambon.code, "allocations", "new", year, programme.programme)} aria-label={says.allocateOf(name)}>
          <Icon name="money" /> {says.allocate}
        </a>
      </div>
    </article>
  );
}

function MatchesPage({ year, id }: { year: number; id: string }) {
  const { hub, tambon, words, tongue } = useOffice();
  const { fund } = words;
  const says = fund.programmes;
  const { found, problem, again } = useLoad(
    () => hub.get<Matches>(`tambons/${tambon.code}/programmes/${id}/matches?fiscal_year=${year}`),
    [hub, tambon.code, id, year],
  );
  const columns = useMemo<Column<Matched & { at: number }>[]>(
    () => [
      { key: "place", head: fund.place, value: ({ at }) => at, numeric: true },
      {
        key: "house",
        head: fund.house,
        value: (row) => `${row.house_no ?? "–"} ${mooOf(row.village, words)}`,
        draw: (row) => (
          <a href={addressOf(tambon.code, "needy", row.household_id)}>
            {row.house_no ?? "–"} {mooOf(row.village, words)}
          </a>
        ),
      },
      { key: "head", head: fund.head, value: ({ head_name }) => head_name, rank: givenName },
      {
        key: "verdict",
        head: says.verdict,
        value: ({ verdict }) => (verdict === "yes" ? says.matching : says.open),
        draw: ({ verdict }) => <span class={verdict === "yes" ? "state state-approved" : "mark"}>{verdict === "yes" ? says.matching : says.open}</span>,
      },
      { key: "why", head: says.reasons, value: ({ reasons }) => reasons.map((reason) => reason[tongue]).join(", ") || null, long: true },
      { key: "missing", head: says.missing, value: ({ missing }) => missing.map((question) => question[tongue]).join(", ") || null, long: true },
    ],
    [words, tongue, tambon.code],
  );
  const rows = useMemo(() => (found?.households ?? []).map((household, index) => ({ ...household, at: index + 1 })), [found]);
  const back = (
    <div class="buttons">
      <a class="button" href={addressOf(tambon.code, "programmes", year)}>
        <Icon name="back" /> {says.back}
      </a>
    </div>
  );
  if (!found) {
    return (
      <>
        {back}
        <Loading problem={problem} again={again} />
      </>
    );
  }
  const save = (
    <Downloads path={`tambons/${tambon.code}/programmes/${id}/matches`} query={`fiscal_year=${year}`} name={`matches-${id}-${tambon.code}-${year}`}>
      {says.save}
    </Downloads>
  );
  return (
    <>
      {back}
      <Head title={nameOf(found.programme, tongue)} lead={`${says.year} ${year} · ${fund.rules.by(found.rule_parameters)}`} aside={save} />
      <dl class="tiles">
        {[
          [says.matching, found.matching],
          [says.open, found.unknown],
        ].map(([name, number]) => (
          <div class="tile" key={name}>
            <dt>{name}</dt>
            <dd>{count(Number(number))}</dd>
          </div>
        ))}
      </dl>
      {rows.length === 0 ? <Note>{says.noMatch}</Note> : <Table cards caption={nameOf(found.programme, tongue)} columns={columns} rows={rows} keyOf={({ household_id }) => household_id} sortedBy="place" />}
    </>
  );
}
