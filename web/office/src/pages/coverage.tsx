/** How far the survey has come: the tambon in a few numbers, its villages, its volunteers. */

import type { ComponentChild } from "preact";
import { useMemo } from "preact/hooks";
import type { Coverage, VillageCoverage, Volunteer } from "../api.ts";
import { CARE, moment, useOffice } from "../context.ts";
import { Head, Loading, useLoad } from "../parts/basics.tsx";
import { Download } from "../parts/download.tsx";
import { Counted, HiddenNote } from "../parts/figure.tsx";
import { Table, type Column } from "../parts/table.tsx";

/** A planner is told no smaller number of people or needs. */
const HIDDEN_BELOW = 5;

const n = (count: number | null) => (count === null ? "–" : count.toLocaleString("en-US"));

/** `45 %` of what was expected; null where nobody said how many there should be. */
function share(done: number, expected: number | null): number | null {
  return expected ? Math.round((100 * done) / expected) : null;
}

export function CoveragePage() {
  const { hub, tambon, session, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.get<Coverage>(`tambons/${tambon.code}/coverage`), [hub, tambon.code]);
  const says = words.coverage;
  if (!found) return <Loading problem={problem} again={again} />;
  const { total } = found;
  const tiles: [string, string][] = [
    [says.expected, total.expected === null ? says.unknown : n(total.expected)],
    [says.households, n(total.households)],
    [says.done, n(total.done)],
    [says.conflicts, n(total.conflicts)],
  ];
  const reached = share(total.done, total.expected);
  const file = (of: string, label: string) => (
    <Download path={`tambons/${tambon.code}/${of}.csv`} name={`${of}-${tambon.code}.csv`}>
      {label}
    </Download>
  );
  const downloads = (
    <div class="buttons">
      {file("households", says.download)}
      {session.role !== "planner" && file("members", says.downloadMembers)}
    </div>
  );
  return (
    <>
      <Head title={words.pages.coverage} lead={says.lead} aside={downloads} />
      <dl class="tiles">
        {tiles.map(([name, count]) => (
          <div class="tile" key={name}>
            <dt>{name}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
      {reached !== null && <Share percent={reached} label={says.done} />}
      <h2>{says.byVillage}</h2>
      <HiddenNote below={session.role === "planner" ? HIDDEN_BELOW : null} />
      <Villages villages={found.villages} coverage={found} />
      {CARE.includes(session.role) && (
        <>
          <h2>{says.byPerson}</h2>
          <Volunteers />
        </>
      )}
    </>
  );
}

function Share({ percent, label }: { percent: number; label: string }) {
  return (
    <div class="share">
      <progress max={100} value={Math.min(percent, 100)} aria-label={label} />
      <span>
        {label} {percent}%
      </span>
    </div>
  );
}

function Villages({ villages, coverage }: { villages: VillageCoverage[]; coverage: Coverage }) {
  const { words } = useOffice();
  const says = words.coverage;
  const columns = useMemo<Column<VillageCoverage>[]>(() => {
    const number = (key: keyof VillageCoverage & keyof typeof says): Column<VillageCoverage> => ({
      key,
      head: says[key],
      value: (village) => village[key] as number | null,
      numeric: true,
    });
    const mayHide = (key: "members" | "needs"): Column<VillageCoverage> => ({ ...number(key), draw: (village) => <Counted count={village[key]} /> });
    return [
      { key: "village", head: says.village, value: ({ moo }) => moo, draw: ({ moo, name_th }) => `${words.moo(moo)}${name_th ? ` ${name_th}` : ""}` },
      number("expected"),
      number("households"),
      number("done"),
      {
        key: "percent",
        head: says.percent,
        value: ({ done, expected }) => share(done, expected),
        draw: ({ done, expected }) => (expected ? `${share(done, expected)}%` : "–"),
        numeric: true,
      },
      number("partial"),
      number("absent"),
      number("refused"),
      mayHide("members"),
      mayHide("needs"),
      number("conflicts"),
    ];
  }, [words]);
  const { total } = coverage;
  const percent = share(total.done, total.expected);
  const sums = [total.expected, total.households, total.done, percent, total.partial, total.absent, total.refused, total.members, total.needs, total.conflicts];
  const cells: ComponentChild[] = [says.total, ...sums.map((sum, index) => (index === 3 && sum !== null ? `${sum}%` : n(sum)))];
  cells[8] = <Counted count={total.members} />;
  cells[9] = <Counted count={total.needs} />;
  return <Table caption={says.byVillage} columns={columns} rows={villages} keyOf={({ village }) => village} total={cells} />;
}

function Volunteers() {
  const { hub, tambon, words, tongue } = useOffice();
  const path = `tambons/${tambon.code}/volunteers`;
  const { found, problem, again } = useLoad(() => hub.get<{ volunteers: Volunteer[] }>(path), [hub, path]);
  const says = words.coverage;
  const columns = useMemo<Column<Volunteer>[]>(() => {
    const number = (key: "visited" | "done" | "refused" | "absent" | "answers"): Column<Volunteer> => ({ key, head: says[key], value: (it) => it[key], numeric: true });
    return [
      { key: "person", head: says.person, value: ({ person }) => person },
      { key: "villages", head: says.villages, value: moos },
      number("visited"),
      number("done"),
      number("refused"),
      number("absent"),
      number("answers"),
      { key: "sent", head: says.sent, value: ({ last_sent }) => last_sent, draw: ({ last_sent }) => (last_sent ? moment(last_sent, tongue) : says.never) },
    ];
  }, [words]);
  if (!found) return <Loading problem={problem} again={again} />;
  return <Table caption={says.byPerson} columns={columns} rows={found.volunteers} keyOf={({ person }) => person} />;
}

/** `4, 5` of the villages that are synced. */
export function moos({ villages }: { villages: string[] }): string {
  return villages.map((village) => Number(village.slice(6))).join(", ");
}
