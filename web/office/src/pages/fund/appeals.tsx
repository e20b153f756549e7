/** Appeals against an approved list: each is decided with a reason; one that is accepted opens the next version. */

import { useMemo, useState } from "preact/hooks";
import type { ListEvent } from "../../api-fund.ts";
import { day, dayAndTime, useOffice, whoOf } from "../../context.ts";
import { Confirm, Loading, Note, useLoad, WorkButton } from "../../parts/basics.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { HousePicker } from "../../parts/house-picker.tsx";
import { useAssessments } from "./assessments.ts";
import { actText, reasonOf, Refused, useDeciding, type Listed } from "./decide.tsx";

export function Appeals({ listed }: { listed: Listed }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.appeals;
  const { list } = listed;
  const path = `tambons/${tambon.code}/needy-lists/${list.list_id}/events?version=${list.version}`;
  const { found, problem, again } = useLoad(() => hub.get<{ events: ListEvent[] }>(path), [hub, path, list.revision]);
  if (!list.approval) return <Note>{says.notYet}</Note>;
  if (!found) return <Loading problem={problem} again={again} />;
  const appeals = found.events.filter(({ act }) => act.act === "appeal");
  return (
    <>
      <p class="soft">{says.lead(day(list.approval.appeals_until, tongue))}</p>
      {appeals.length === 0 ? (
        <Note>{says.none}</Note>
      ) : (
        <ul class="lines card">
          {appeals.map((event) => (
            <li key={event.number}>
              <strong>{actText(event.act, list, words)}</strong>
              <p>“{reasonOf(event.act)}”</p>
              <p class="soft">
                {whoOf(event.by, words)} · {dayAndTime(event.at, tongue)}
              </p>
            </li>
          ))}
        </ul>
      )}
      {list.state !== "superseded" && <Appeal listed={listed} />}
    </>
  );
}

function Appeal({ listed }: { listed: Listed }) {
  const { words, go } = useOffice();
  const says = words.fund.appeals;
  const { list } = listed;
  const [household, setHousehold] = useDraft(`${list.list_id}/appeal/household`);
  const [result, setResult] = useDraft(`${list.list_id}/appeal/result`);
  const [reason, setReason] = useDraft(`${list.list_id}/appeal/reason`);
  const [amiss, setAmiss] = useState(false);
  const [asks, setAsks] = useState(false);
  const { decide, refused } = useDeciding(listed);
  const { rows } = useAssessments("");
  // Whoever is on the list, and whoever was surveyed and is not.
  const homes = useMemo(() => {
    const known = new Set(list.lines.map(({ household_id }) => household_id));
    return [...list.lines, ...rows.filter(({ household_id }) => !known.has(household_id))];
  }, [list, rows]);
  const home = homes.find(({ household_id }) => household_id === household);

  const send = async () => {
    if (!home) return;
    const accepted = result === "accepted";
    const now = await decide([{ act: "appeal", household, village: home.village, accepted, reason }], says.done);
    setAsks(false);
    if (!now) return;
    setHousehold("");
    setResult("");
    setReason("");
    if (now.version !== list.version) go("lists", now.list_id, now.version, "check");
  };
  const save = async () => {
    const isWhole = !!home && !!result && !!reason.trim();
    setAmiss(!isWhole);
    if (!isWhole) return;
    if (result === "accepted") setAsks(true);
    else await send();
  };
  return (
    <article class="card">
      <h2>{says.add}</h2>
      <HousePicker label={says.who} homes={homes} picked={household} onPick={setHousehold} />
      <fieldset class="field">
        <legend>{says.result}</legend>
        <div class="picks">
          {(["accepted", "rejected"] as const).map((of) => (
            <label key={of} class="pick">
              <input type="radio" name="appeal-result" checked={result === of} onChange={() => setResult(of)} />
              <span>{says[of]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field">
        <span>{says.reason}</span>
        <textarea class="input" rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div role="alert">{amiss && <Note tone="bad">{says.incomplete}</Note>}</div>
      <Refused problem={refused} list={list} />
      <div class="buttons">
        <WorkButton kind="main" onWork={save}>
          {says.save}
        </WorkButton>
      </div>
      {asks && (
        <Confirm title={says.sure} yes={says.accepted} onYes={send} onClose={() => setAsks(false)}>
          <p>{says.sureText}</p>
        </Confirm>
      )}
    </article>
  );
}
