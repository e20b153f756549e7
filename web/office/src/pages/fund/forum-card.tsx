/** One household before the forum: why it is on the list, and what the village decides. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Act, Line } from "../../api-fund.ts";
import { useOffice } from "../../context.ts";
import { Note, WorkButton } from "../../parts/basics.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { houseOf, Tier } from "../../parts/homes.tsx";
import { readNumber } from "../../parts/numbers.ts";
import { Refused, useDeciding, type Listed } from "./decide.tsx";

interface Props {
  listed: Listed;
  line: Line;
  hasNames: boolean;
  /** Whether it came after another one: then it is read out from its beginning. */
  isNext: boolean;
  onDecided: () => void;
}

export function ForumCard({ listed, line, hasNames, isNext, onDecided }: Props) {
  const { words, tongue } = useOffice();
  const { fund } = words;
  const says = fund.forum;
  const house = houseOf(line, words);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isNext) card.current?.focus();
  }, []);
  return (
    <article class="card forum-card" aria-label={house} tabIndex={-1} ref={card}>
      <header class="forum-card-head">
        <h2>
          {house}
          {hasNames && <span class="forum-name">{line.head_name ?? words.nobody}</span>}
        </h2>
        <p class="facts">
          <strong>{line.place === null ? says.out : says.placeNow(line.place)}</strong>
          {line.computed_place !== null && line.computed_place !== line.place && <span>{says.placeComputed(line.computed_place)}</span>}
          <Tier tier={line.tier} />
          {line.missed && <span class="mark">{fund.missed}</span>}
        </p>
      </header>
      {line.computed_place === null ? (
        <p>{fund.broughtIn}</p>
      ) : (
        <ul class="forum-why">
          {line.reasons.map((reason) => (
            <li key={reason.flag}>{reason[tongue]}</li>
          ))}
          {line.reasons.length === 0 && <li>{fund.noReason}</li>}
        </ul>
      )}
      {line.finding && (
        <Note tone={line.finding === "in_need" ? "good" : "warn"}>
          {fund.check.finding}: {fund.check.findings[line.finding]}. {line.note}
        </Note>
      )}
      {line.to_check && !line.finding && <Note tone="warn">{fund.toCheck}</Note>}
      {line.standing !== "computed" && (
        <p class="verdict">
          {fund.lists.standings[line.standing]}
          {line.reason && <q>{line.reason}</q>}
        </p>
      )}
      {listed.list.state === "forum" && <Verdicts listed={listed} line={line} onDecided={onDecided} />}
    </article>
  );
}

type Kind = "move" | "remove" | "restore";

function Verdicts({ listed, line, onDecided }: Omit<Props, "hasNames" | "isNext">) {
  const { words } = useOffice();
  const says = words.fund.forum;
  const { list } = listed;
  const name = `${list.list_id}/${line.household_id}`;
  const [kind, setKind] = useDraft(`${name}/kind`);
  const [reason, setReason] = useDraft(`${name}/reason`);
  const [place, setPlace] = useDraft(`${name}/place`);
  const [amiss, setAmiss] = useState("");
  const { decide, refused, forget } = useDeciding(listed);
  const house = houseOf(line, words);
  const isOut = line.place === null;

  const send = async (act: Act, what: string) => {
    if (!(await decide([act], says.done(house, what)))) return;
    setKind("");
    setReason("");
    setPlace("");
    onDecided();
  };
  const household = line.household_id;
  const save = async () => {
    const to = readNumber(place);
    const isPlace = to !== null && to >= 1 && to <= list.standing;
    const lacks = kind === "move" && !isPlace ? says.placeNeeded(list.standing) : reason.trim() ? "" : says.reasonNeeded;
    setAmiss(lacks);
    if (lacks) return;
    if (kind === "move" && to !== null) await send({ act: "move", household, place: to, reason }, `${says.move} ${to}`);
    else if (kind === "remove" || kind === "restore") await send({ act: kind, household, reason }, says[kind]);
  };
  const choose = (of: Kind) => {
    setKind(kind === of ? "" : of);
    setAmiss("");
    forget();
  };
  const option = (of: Kind) => (
    <button type="button" class="button" aria-expanded={kind === of} onClick={() => choose(of)}>
      {says[of]}
    </button>
  );
  return (
    <>
      <div class="buttons verdicts">
        {!isOut && (
          <WorkButton kind="main" onWork={() => send({ act: "confirm", household }, says.confirm)}>
            {says.confirm}
          </WorkButton>
        )}
        {!isOut && option("move")}
        {(!isOut || line.to_check) && option("remove")}
        {isOut && option("restore")}
      </div>
      {kind && (
        <div class="inline">
          {kind === "move" && (
            <label class="field narrow-field">
              <span>{says.newPlace}</span>
              <input class="input" inputMode="numeric" value={place} onInput={(event) => (setAmiss(""), setPlace(event.currentTarget.value))} />
            </label>
          )}
          <label class="field wide-field">
            <span>{says.reason}</span>
            <textarea class="input" rows={2} maxLength={500} value={reason} onInput={(event) => (setAmiss(""), setReason(event.currentTarget.value))} />
          </label>
          <WorkButton kind="main" label={`${says.save}: ${says[kind as Kind]}`} onWork={save}>
            {says.save}
          </WorkButton>
        </div>
      )}
      <div role="alert">{amiss && <Note tone="bad">{amiss}</Note>}</div>
      <Refused problem={refused} list={list} />
    </>
  );
}
