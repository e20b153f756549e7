/**
 * The forum's page, for a wall: large type, one household after the other or all in a table. What the village decides
 * is written down with its reason as it decides. Names are shown only when somebody asks for them.
 */

import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Line } from "../../api-fund.ts";
import { day, mooOf, useOffice } from "../../context.ts";
import { Confirm, Note, Told } from "../../parts/basics.tsx";
import { Tier, whyText } from "../../parts/homes.tsx";
import { Icon } from "../../parts/icon.tsx";
import { addressOf } from "../../route.ts";
import { AddHousehold } from "./add-household.tsx";
import { isDecided, Refused, useDeciding, type Listed } from "./decide.tsx";
import { ForumCard } from "./forum-card.tsx";
import { RecordForum } from "./record-forum.tsx";

/** Decisions that the API takes at a time. */
const ACTS_MAX = 1000;

export function ForumScreen({ listed, village, told }: { listed: Listed; village: string; told: string }) {
  const { words, tongue, tambon } = useOffice();
  const says = words.fund.forum;
  const { list } = listed;
  const [mode, setMode] = useState<"one" | "table">("one");
  const [hasNames, setHasNames] = useState(false);
  // Each household keeps its number on the wall, whatever is decided: the order is that of the list when it was opened.
  const [order, setOrder] = useState(() => list.lines.filter((line) => line.village === village).map((line) => line.household_id));
  const [at, setAt] = useState(0);
  const [went, setWent] = useState(false);
  const lines = useMemo(() => {
    const known = new Map(list.lines.map((line) => [line.household_id, line]));
    return order.flatMap((id) => known.get(id) ?? []);
  }, [list, order]);
  useWall();
  // Somebody may have added one.
  useEffect(() => {
    const fresh = list.lines.filter((line) => line.village === village && !order.includes(line.household_id));
    if (fresh.length > 0) setOrder([...order, ...fresh.map((line) => line.household_id)]);
  }, [list]);

  const decided = lines.filter(isDecided).length;
  const line = lines[at];
  const goTo = (index: number) => {
    setAt(index);
    setWent(true);
  };
  /** To the next that nobody decided on. */
  const goOn = () => {
    const open = (index: number) => index !== at && !isDecided(lines[index] as Line);
    const indices = lines.map((_, index) => index);
    const next = indices.find((index) => index > at && open(index)) ?? indices.find(open);
    if (next !== undefined) goTo(next);
  };
  const held = list.forums.find((forum) => forum.village === village || forum.village === null);
  return (
    <div class="forum">
      <header class="forum-head">
        <h1>{says.title(mooOf(village, words))}</h1>
        <a class="button" href={addressOf(tambon.code, "lists", list.list_id, list.version, "forum")}>
          {says.leave}
        </a>
      </header>
      <div class="forum-tools">
        <div class="segments" role="group" aria-label={says.mode}>
          {(["one", "table"] as const).map((of) => (
            <button key={of} type="button" class="chip" aria-pressed={of === mode} onClick={() => setMode(of)}>
              {says[of]}
            </button>
          ))}
        </div>
        <label class="check">
          <input type="checkbox" checked={hasNames} onChange={(event) => setHasNames(event.currentTarget.checked)} />
          <span>{says.names}</span>
        </label>
        <span class="strong">{says.decided(decided, lines.length)}</span>
      </div>
      <Told>{told}</Told>
      {list.state !== "forum" && <Note tone="warn">{list.approval ? says.over : says.notYet}</Note>}
      {lines.length === 0 && <Note>{says.empty}</Note>}
      {decided === lines.length && lines.length > 0 && !held && <Note tone="good">{says.all}</Note>}
      {mode === "one" && line && (
        <>
          <ForumCard key={line.household_id} listed={listed} line={line} hasNames={hasNames} isNext={went} onDecided={goOn} />
          <div class="forum-steps">
            <button type="button" class="button" disabled={at === 0} onClick={() => goTo(at - 1)}>
              <Icon name="back" /> {says.previous}
            </button>
            <span>{says.of(at + 1, lines.length)}</span>
            <button type="button" class="button" disabled={at === lines.length - 1} onClick={() => goTo(at + 1)}>
              {says.next} <Icon name="next" />
            </button>
          </div>
        </>
      )}
      {mode === "table" && <ForumTable lines={lines} hasNames={hasNames} onOpen={(index) => (goTo(index), setMode("one"))} />}
      {mode === "table" && list.state === "forum" && <ConfirmRest listed={listed} lines={lines} />}
      {list.state === "forum" && (
        <section class="card">
          <h2>{says.record}</h2>
          <p>{held ? says.held(day(held.held_on, tongue), held.villagers) : says.notHeld}</p>
          <RecordForum listed={listed} village={village} />
        </section>
      )}
      {list.state === "forum" && <AddHousehold listed={listed} village={village} />}
    </div>
  );
}

/** Large type and nothing around, for as long as the page is shown. */
function useWall(): void {
  useLayoutEffect(() => {
    document.documentElement.dataset["wall"] = "";
    return () => void delete document.documentElement.dataset["wall"];
  }, []);
}

function ForumTable({ lines, hasNames, onOpen }: { lines: Line[]; hasNames: boolean; onOpen: (index: number) => void }) {
  const { words, tongue } = useOffice();
  const { fund } = words;
  const says = fund.forum;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={says.table}>
      <table class="plain">
        <thead>
          <tr>
            {[fund.place, fund.house, fund.tier, fund.why, fund.lists.standingHead].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={line.household_id} class={isDecided(line) ? "decided" : ""}>
              <td class="number">{line.place ?? "–"}</td>
              <th scope="row">
                <button type="button" class="link" onClick={() => onOpen(index)}>
                  {line.house_no ?? "–"} {hasNames && line.head_name}
                </button>
              </th>
              <td>
                <Tier tier={line.tier} />
              </td>
              <td>{line.computed_place === null ? fund.broughtIn : whyText(line.reasons, tongue) || fund.noReason}</td>
              <td>{line.to_check ? fund.toCheck : fund.lists.standings[line.standing]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Confirms what nobody spoke against, all at once. */
function ConfirmRest({ listed, lines }: { listed: Listed; lines: Line[] }) {
  const { words } = useOffice();
  const says = words.fund.forum;
  const [asks, setAsks] = useState(false);
  const { decide, refused } = useDeciding(listed);
  // What was found to be no need, and what is to be checked, is decided one by one.
  const rest = lines.filter((line) => line.standing === "computed" && !line.to_check).slice(0, ACTS_MAX);
  const confirm = async () => {
    const acts = rest.map(({ household_id }) => ({ act: "confirm" as const, household: household_id }));
    await decide(acts, says.restDone(acts.length));
    setAsks(false);
  };
  return (
    <>
      <Refused problem={refused} list={listed.list} />
      {rest.length > 0 && (
        <div class="buttons">
          <button type="button" class="button" onClick={() => setAsks(true)}>
            {says.rest(rest.length)}
          </button>
        </div>
      )}
      {asks && (
        <Confirm title={says.restSure} yes={says.confirm} onYes={confirm} onClose={() => setAsks(false)}>
          <p>{says.restText}</p>
        </Confirm>
      )}
    </>
  );
}
