/** Who needs help most: the assessed households in order, with reasons, filters and search; one of them in full. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Coverage } from "../../api.ts";
import type { Assessed } from "../../api-fund.ts";
import { mooOf, useOffice, type Words } from "../../context.ts";
import { Head, Loading, Note, useLoad } from "../../parts/basics.tsx";
import { Downloads } from "../../parts/download.tsx";
import { givenName, Tier, tierText, whyText } from "../../parts/homes.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { addressOf, useRoute } from "../../route.ts";
import { useAssessments } from "./assessments.ts";
import { HouseholdPage } from "./household.tsx";

/** As the API is asked; what is empty is not asked for. */
interface Filters {
  by: string;
  village: string;
  tier: string;
  flag: string;
  need: string;
  card: string;
  missed: string;
  check: string;
}

const ALL: Filters = { by: "", village: "", tier: "", flag: "", need: "", card: "", missed: "", check: "" };

function queryOf(filters: Filters): string {
  return Object.entries(filters)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

export function Needy() {
  const { words, tambon } = useOffice();
  const [household] = useRoute().rest;
  const [filters, setFilters] = useState(ALL);
  const query = queryOf(filters);
  const { rows, whole, parameters, problem, again } = useAssessments(query);
  const says = words.fund.needy;
  const files = (
    <div class="buttons">
      <Downloads path={`tambons/${tambon.code}/assessments`} query={query} name={`assessments-${tambon.code}`}>
        {says.save}
      </Downloads>
    </div>
  );
  return (
    <>
      {household && <HouseholdPage id={household} assessed={rows.find((row) => row.household_id === household) ?? null} whole={whole} />}
      {/* Hidden, not gone: who comes back from a household is where they were. */}
      <div class="stack" hidden={!!household}>
        <Head title={words.pages.needy} lead={says.lead} aside={files} />
        <FilterForm filters={filters} onChange={setFilters} />
        {problem && <Loading problem={problem} again={again} />}
        <p role="status" class="soft">
          {whole ? says.whole(rows.length) : says.coming(rows.length)}
          {whole && parameters && ` · ${says.scoredBy(parameters)}`}
        </p>
        {whole && rows.length === 0 ? <Note>{says.none}</Note> : <Rows rows={rows} />}
      </div>
    </>
  );
}

function FilterForm({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const { hub, tambon, words } = useOffice();
  const { found } = useLoad(() => hub.get<Coverage>(`tambons/${tambon.code}/coverage`), [hub, tambon.code]);
  const { fund } = words;
  const says = fund.needy;
  const fold = useRef<HTMLDetailsElement>(null);
  // Where there is room the filters are open.
  useEffect(() => {
    if (fold.current) fold.current.open = matchMedia("(min-width: 901px)").matches;
  }, []);
  const active = Object.entries(filters).filter(([name, value]) => value && name !== "by").length;
  const choose = (name: keyof Filters, label: string, none: string, choices: [string, string][]) => (
    <label class="field">
      <span>{label}</span>
      <select class="input" value={filters[name]} onChange={(event) => onChange({ ...filters, [name]: event.currentTarget.value })}>
        <option value="">{none}</option>
        {choices.map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </label>
  );
  const tick = (name: "missed" | "check", label: string) => (
    <label class="check">
      <input type="checkbox" checked={filters[name] === "true"} onChange={(event) => onChange({ ...filters, [name]: event.currentTarget.checked ? "true" : "" })} />
      <span>{label}</span>
    </label>
  );
  const villages = (found?.villages ?? []).map(({ village, name_th }): [string, string] => [village, [mooOf(village, words), name_th].filter(Boolean).join(" ")]);
  return (
    <details class="filters unprinted" ref={fold}>
      <summary>
        {says.filters}
        {active > 0 && <span class="soft"> · {says.active(active)}</span>}
      </summary>
      <div class="filter-grid">
        {choose("village", fund.village, says.allVillages, villages)}
        {choose("tier", fund.tier, says.all, [1, 2, 3].map((tier) => [String(tier), says.upTo(tier, fund.tiers[tier] ?? "")]))}
        {choose("flag", says.flag, says.all, Object.entries(fund.topics))}
        {choose("need", says.category, says.all, Object.entries(fund.needs))}
        {choose("card", says.card, says.all, Object.entries(fund.cards))}
        {choose("by", says.by, fund.need, [["housing", fund.housing]])}
        {tick("missed", says.missed)}
        {tick("check", says.check)}
      </div>
      {active > 0 && (
        <button type="button" class="button quiet" onClick={() => onChange({ ...ALL, by: filters.by })}>
          {says.clear}
        </button>
      )}
    </details>
  );
}

function Rows({ rows }: { rows: Assessed[] }) {
  const { words, tongue, tambon } = useOffice();
  const { fund } = words;
  const columns = useMemo<Column<Assessed>[]>(
    () => [
      { key: "place", head: fund.place, value: ({ place }) => place, draw: ({ place }) => place.toLocaleString("en-US"), numeric: true },
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
        key: "tier",
        head: fund.tier,
        value: (row) => [tierText(row.tier, words), ...marksOf(row, words)].join(" "),
        draw: (row) => (
          <span class="badges">
            <Tier tier={row.tier} />
            <Marks row={row} />
          </span>
        ),
      },
      { key: "why", head: fund.why, value: ({ reasons }) => whyText(reasons, tongue) || fund.noReason, long: true },
      { key: "need", head: fund.needShort, value: ({ need }) => need, draw: scoreRange, numeric: true },
      { key: "housing", head: fund.housing, value: ({ housing }) => housing, numeric: true },
    ],
    [words, tongue, tambon.code],
  );
  return <Table cards caption={words.pages.needy} columns={columns} rows={rows} keyOf={({ household_id }) => household_id} sortedBy="place" />;
}

/** `33`, or `20–45` where answers are missing. */
function scoreRange({ need, need_min, need_max }: Assessed): string {
  return need_min === need_max ? String(need) : `${need} (${need_min}–${need_max})`;
}

function marksOf({ missed, needs_check }: Assessed, words: Words): string[] {
  return [missed && words.fund.missed, needs_check && words.fund.toCheck].filter((mark): mark is string => !!mark);
}

function Marks({ row }: { row: Assessed }) {
  const { words } = useOffice();
  return (
    <>
      {marksOf(row, words).map((mark) => (
        <span key={mark} class="mark">
          {mark}
        </span>
      ))}
    </>
  );
}
