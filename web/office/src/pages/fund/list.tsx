/** A version of a needy list: how far it is, its households, and the parts in which people decide on it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Line, ListState, ListVersion, NeedyList } from "../../api-fund.ts";
import { day, moment, mooOf, useOffice, whoOf } from "../../context.ts";
import { Head, Loading, Note, Told, useLoad, WorkButton } from "../../parts/basics.tsx";
import { Downloads } from "../../parts/download.tsx";
import { givenName, Tier, tierText, whyText } from "../../parts/homes.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PaperHead, Signatures } from "../../parts/paper.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { addressOf } from "../../route.ts";
import { Appeals } from "./appeals.tsx";
import { Approval } from "./approval.tsx";
import { CheckQueue } from "./check.tsx";
import { Refused, useDeciding, type Listed } from "./decide.tsx";
import { Forums } from "./forums.tsx";
import { History } from "./history.tsx";

const PARTS = ["lines", "check", "forum", "approve", "appeals", "history"] as const;

/** The states in their order. */
const STEPS: ListState[] = ["draft", "field_check", "forum", "approved", "handed_over"];

/** A version of a list, and what was done to it last. */
export function useListed(id: string, version: number) {
  const { hub, tambon } = useOffice();
  const path = `tambons/${tambon.code}/needy-lists/${id}?version=${version}`;
  const { found, problem, again } = useLoad(() => hub.get<NeedyList>(path), [hub, path]);
  const [told, tell] = useState("");
  return { found, problem, again, told, tell };
}

export function ListPage({ listed, part, told, problem }: { listed: Listed; part: string; told: string; problem: Problem | null }) {
  const { tambon, words, tongue } = useOffice();
  const says = words.fund.lists;
  const { list, again, tell } = listed;
  // What was done on one part says nothing on the next.
  useEffect(() => tell(""), [part]);
  const basis = says.basis(list.by === "need" ? says.byNeed : says.byHousing, list.parameters);
  return (
    <>
      <Head
        title={`${says.list(day(list.drafted_at, tongue))} ${says.version(list.version)}`}
        lead={`${says.standing(list.standing)} · ${basis} · ${says.draftedBy(whoOf(list.drafted_by, words), moment(list.drafted_at, tongue))}`}
        aside={<Versions list={list} />}
      />
      <PaperHead>
        <p>{says.states[list.state]}</p>
        {list.sha256 && (
          <p>
            {words.fund.approve.seal}: <span class="hash">{list.sha256}</span>
          </p>
        )}
      </PaperHead>
      {list.state !== "superseded" && <Steps list={list} />}
      {problem && <Loading problem={problem} again={again} />}
      {list.replaces !== null && <p class="soft">{says.replaced(list.replaces)}</p>}
      {list.state === "superseded" && (
        <Note tone="warn">
          {says.superseded}{" "}
          <a href={addressOf(tambon.code, "lists", list.list_id, list.version + 1)}>{says.toNewest(list.version + 1)}</a>
        </Note>
      )}
      <nav class="tabs unprinted" aria-label={says.partsOf}>
        {PARTS.map((of) => (
          <a key={of} href={addressOf(tambon.code, "lists", list.list_id, list.version, of)} aria-current={of === part ? "page" : undefined}>
            {says.parts[of]}
            {of === "check" && list.check_queue > 0 && <span class="badge">{list.check_queue}</span>}
          </a>
        ))}
      </nav>
      <Told>{told}</Told>
      <PartOf part={part} listed={listed} />
    </>
  );
}

function PartOf({ part, listed }: { part: string; listed: Listed }) {
  switch (part) {
    case "check":
      return <CheckQueue listed={listed} />;
    case "forum":
      return <Forums listed={listed} />;
    case "approve":
      return <Approval listed={listed} />;
    case "appeals":
      return <Appeals listed={listed} />;
    case "history":
      return <History list={listed.list} />;
    default:
      return <Lines listed={listed} />;
  }
}

/** The other versions of the list. */
function Versions({ list }: { list: NeedyList }) {
  const { hub, tambon, words, go } = useOffice();
  const says = words.fund.lists;
  const { found } = useLoad(() => hub.get<{ lists: ListVersion[] }>(`tambons/${tambon.code}/needy-lists`), [hub, tambon.code]);
  const versions = (found?.lists ?? []).filter(({ list_id }) => list_id === list.list_id);
  if (versions.length < 2) return null;
  return (
    <label class="field">
      <span>{says.versions}</span>
      <select class="input" value={list.version} onChange={(event) => go("lists", list.list_id, event.currentTarget.value)}>
        {versions.map(({ version, state }) => (
          <option key={version} value={version}>
            {says.version(version)} · {says.states[state]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Its state as a line of steps. */
function Steps({ list }: { list: NeedyList }) {
  const { words } = useOffice();
  const says = words.fund.lists;
  // The last step is done when it is reached.
  const at = list.state === "handed_over" ? STEPS.length : STEPS.indexOf(list.state);
  return (
    <ol class="line-of-steps" aria-label={says.steps}>
      {STEPS.map((step, index) => {
        const stands = index < at ? "done" : index === at ? "now" : "next";
        return (
          <li key={step} class={stands} aria-current={stands === "now" ? "step" : undefined}>
            <span class="knob" aria-hidden="true">
              {stands === "done" ? "✓" : index + 1}
            </span>
            <span>{says.states[step]}</span>
            <span class="unseen"> ({stands === "done" ? says.stepDone : stands === "now" ? says.stepNow : says.stepNext})</span>
          </li>
        );
      })}
    </ol>
  );
}

/** The households of the list, first place first. */
function Lines({ listed }: { listed: Listed }) {
  const { words, tongue, tambon } = useOffice();
  const { list } = listed;
  const { fund } = words;
  const says = fund.lists;
  const { decide, refused } = useDeciding(listed);
  const columns = useMemo<Column<Line>[]>(
    () => [
      { key: "place", head: fund.place, value: ({ place }) => place, numeric: true },
      { key: "computed", head: says.computedPlace, value: ({ computed_place }) => computed_place, numeric: true },
      {
        key: "house",
        head: fund.house,
        value: (line) => `${line.house_no ?? "–"} ${mooOf(line.village, words)}`,
        draw: (line) => (
          <a href={addressOf(tambon.code, "needy", line.household_id)}>
            {line.house_no ?? "–"} {mooOf(line.village, words)}
          </a>
        ),
      },
      { key: "head", head: fund.head, value: ({ head_name }) => head_name, rank: givenName },
      { key: "tier", head: fund.tier, value: ({ tier }) => tierText(tier, words), draw: ({ tier }) => <Tier tier={tier} /> },
      { key: "why", head: fund.why, value: (line) => (line.computed_place === null ? fund.broughtIn : whyText(line.reasons, tongue) || fund.noReason), long: true },
      { key: "standing", head: says.standingHead, value: (line) => (line.to_check ? fund.toCheck : says.standings[line.standing]) },
      { key: "reason", head: says.reason, value: (line) => line.reason || null, long: true },
    ],
    [words, tongue, tambon.code],
  );
  return (
    <>
      {(list.state === "draft" || list.state === "field_check") && (
        <div class="card unprinted">
          <p>{says.toOpen}</p>
          <div class="buttons">
            {list.state === "draft" && (
              <WorkButton onWork={async () => void (await decide([{ act: "start_field_check" }], fund.acts.start_field_check))}>{says.startCheck}</WorkButton>
            )}
            <WorkButton kind="main" onWork={async () => void (await decide([{ act: "open_forum" }], fund.acts.open_forum))}>
              {says.openForum}
            </WorkButton>
          </div>
          <Refused problem={refused} list={list} />
        </div>
      )}
      <div class="buttons">
        <Downloads path={`tambons/${tambon.code}/needy-lists/${list.list_id}/list`} query={`version=${list.version}`} name={`list-${tambon.code}-${list.version}`}>
          {says.save}
        </Downloads>
        <button type="button" class="button" onClick={() => print()}>
          <Icon name="print" /> {words.print}
        </button>
      </div>
      <Table cards caption={says.parts.lines} columns={columns} rows={list.lines} keyOf={({ household_id }) => household_id} sortedBy="place" />
      <Signatures />
    </>
  );
}
