/** The check queue: households of which too little is known, each looked at and written down with a reason. */

import { useState } from "preact/hooks";
import type { Finding, Line } from "../../api-fund.ts";
import { useOffice } from "../../context.ts";
import { Note, useMore, WorkButton } from "../../parts/basics.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { homeOf, houseOf, Tier, Why } from "../../parts/homes.tsx";
import { Refused, useDeciding, type Listed } from "./decide.tsx";

const FINDINGS: Finding[] = ["in_need", "not_in_need", "not_reached"];

export function CheckQueue({ listed }: { listed: Listed }) {
  const { words } = useOffice();
  const says = words.fund.check;
  const { count, more } = useMore(30);
  const { list } = listed;
  const queue = list.lines.filter(({ to_check }) => to_check);
  if (!["draft", "field_check", "forum"].includes(list.state)) return <Note>{says.closed}</Note>;
  return (
    <>
      <p class="soft">{says.lead}</p>
      {queue.length === 0 ? <Note tone="good">{says.none}</Note> : <p class="strong">{says.left(queue.length)}</p>}
      <ul class="cards">
        {queue.slice(0, count).map((line) => (
          <li key={line.household_id}>
            <Check listed={listed} line={line} />
          </li>
        ))}
      </ul>
      {queue.length > count && (
        <button type="button" class="button" onClick={more}>
          {words.more(queue.length - count)}
        </button>
      )}
    </>
  );
}

function Check({ listed, line }: { listed: Listed; line: Line }) {
  const { words } = useOffice();
  const says = words.fund.check;
  const { list } = listed;
  const name = `${list.list_id}/${line.household_id}`;
  const [finding, setFinding] = useDraft(`${name}/finding`);
  const [note, setNote] = useDraft(`${name}/note`);
  const [amiss, setAmiss] = useState(false);
  const { decide, refused } = useDeciding(listed);
  const save = async () => {
    const found = FINDINGS.find((of) => of === finding);
    setAmiss(!found || !note.trim());
    if (!found || !note.trim()) return;
    const done = await decide([{ act: "check", household: line.household_id, finding: found, note }], says.done(houseOf(line, words), says.findings[found]));
    if (!done) return;
    setFinding("");
    setNote("");
  };
  return (
    <article class="card" aria-label={houseOf(line, words)}>
      <header>
        <h2>{homeOf(line, words)}</h2>
        <p class="facts">
          <Tier tier={line.tier} />
          {line.completeness !== null && <span>{says.known(line.completeness)}</span>}
          {line.need !== null && line.need_max !== null && <span>{says.could(line.need, line.need_max)}</span>}
          {line.place === null && <span>{says.appealed}</span>}
        </p>
      </header>
      <Why reasons={line.reasons} />
      {line.finding && (
        <Note tone="warn">
          {says.findings[line.finding]}: {line.note} · {says.forForum}
        </Note>
      )}
      <fieldset class="field">
        <legend>{says.finding}</legend>
        <div class="picks">
          {FINDINGS.map((of) => (
            <label key={of} class="pick">
              <input type="radio" name={`finding-${line.household_id}`} checked={finding === of} onChange={() => (setAmiss(false), setFinding(of))} />
              <span>{says.findings[of]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field">
        <span>{says.note}</span>
        <textarea class="input" rows={2} maxLength={500} value={note} onInput={(event) => (setAmiss(false), setNote(event.currentTarget.value))} />
      </label>
      <div role="alert">{amiss && <Note tone="bad">{says.incomplete}</Note>}</div>
      <Refused problem={refused} list={list} />
      <div class="buttons">
        <WorkButton kind="main" onWork={save}>
          {says.save}
        </WorkButton>
      </div>
    </article>
  );
}
