/** Approving a list and handing it over: what is still lacking, the seal that anyone can compute, to whom it goes. */

import { useState } from "preact/hooks";
import { RECIPIENTS, type ListEvent, type NeedyList, type Recipient } from "../../api-fund.ts";
import { day, dayAndTime, moment, mooOf, useOffice, whoOf } from "../../context.ts";
import { Confirm, Note, useLoad, WorkButton } from "../../parts/basics.tsx";
import { Choice } from "../../parts/area.tsx";
import { Download, Downloads } from "../../parts/download.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { addressOf } from "../../route.ts";
import { Refused, useDeciding, type Listed } from "./decide.tsx";

export function Approval({ listed }: { listed: Listed }) {
  const { list } = listed;
  return list.approval ? <Approved listed={listed} approval={list.approval} /> : <ToApprove listed={listed} />;
}

/** Villages with a household on the list whose forum is not written down. */
export function villagesWithoutForum({ lines, forums }: NeedyList): string[] {
  if (forums.some(({ village }) => village === null)) return [];
  const held = new Set(forums.map(({ village }) => village));
  const villages = new Set(lines.filter(({ place }) => place !== null).map(({ village }) => village));
  return [...villages].filter((village) => !held.has(village)).sort();
}

function ToApprove({ listed }: { listed: Listed }) {
  const { words, tambon } = useOffice();
  const says = words.fund.approve;
  const { list } = listed;
  const [asks, setAsks] = useState(false);
  const { decide, refused } = useDeciding(listed);
  const without = villagesWithoutForum(list);
  const isHeld = list.forums.length > 0 && without.length === 0;
  const conditions: [boolean, string, string][] = [
    [list.state === "forum", list.state === "forum" ? says.inForum : says.notForum, "lines"],
    [list.check_queue === 0, list.check_queue === 0 ? says.checked : says.unchecked(list.check_queue), "check"],
    [isHeld, isHeld ? says.allHeld : says.notHeld(without.map((village) => mooOf(village, words)).join(", ")), "forum"],
  ];
  const approve = async () => {
    await decide([{ act: "approve" }], says.approved);
    setAsks(false);
  };
  return (
    <>
      <p class="soft">{says.lead}</p>
      <ul class="conditions">
        {conditions.map(([holds, text, part]) => (
          <li key={part} class={holds ? "holds" : "lacks"}>
            <span class="knob" aria-hidden="true">
              {holds ? "✓" : "!"}
            </span>
            {holds ? <span>{text}</span> : <a href={addressOf(tambon.code, "lists", list.list_id, list.version, part)}>{text}</a>}
            <span class="unseen">({holds ? says.done : says.lacking})</span>
          </li>
        ))}
      </ul>
      <Refused problem={refused} list={list} />
      <div class="buttons">
        <button type="button" class="button main" onClick={() => setAsks(true)}>
          {says.go}
        </button>
      </div>
      {asks && (
        <Confirm title={says.sure} yes={says.go} onYes={approve} onClose={() => setAsks(false)}>
          <p>{says.sureText(list.standing)}</p>
        </Confirm>
      )}
    </>
  );
}

function Approved({ listed, approval }: { listed: Listed; approval: NonNullable<NeedyList["approval"]> }) {
  const { words, tongue, tambon } = useOffice();
  const says = words.fund.approve;
  const { list } = listed;
  return (
    <>
      <article class="card">
        <h2>{says.by(whoOf(approval.by, words), dayAndTime(approval.at, tongue))}</h2>
        <p>{says.appeals(day(approval.appeals_until, tongue))}</p>
        <p class="strong">{says.seal}</p>
        <p class="hash">{list.sha256}</p>
        <p class="soft">{says.proof}</p>
        <code class="command">{`tail -n +2 needy-list-${tambon.code}-${list.version}.csv | tr -d '\\r' | LC_ALL=C sort | sha256sum`}</code>
        <div class="buttons">
          <Download path={`tambons/${tambon.code}/needy-lists/${list.list_id}/sealed.csv?version=${list.version}`} name={`needy-list-${tambon.code}-${list.version}.csv`}>
            {`${words.fund.lists.sealed} (CSV)`}
          </Download>
        </div>
      </article>
      {list.state === "handed_over" && <HandedOver key={list.revision} list={list} />}
      {list.state !== "superseded" && <HandOver listed={listed} />}
      {list.state !== "superseded" && (
        <div class="buttons">
          <a class="button" href={addressOf(tambon.code, "allocations", "new")}>
            {says.allocate}
          </a>
        </div>
      )}
    </>
  );
}

function HandOver({ listed }: { listed: Listed }) {
  const { words } = useOffice();
  const says = words.fund.approve;
  const [to, setTo] = useDraft(`${listed.list.list_id}/to`);
  const [recipient, setRecipient] = useState<Recipient>("lao");
  const [amiss, setAmiss] = useState(false);
  const { decide, refused } = useDeciding(listed);
  const handOver = async () => {
    setAmiss(!to.trim());
    if (!to.trim()) return;
    if (await decide([{ act: "hand_over", to, recipient }], says.handedOver(to))) setTo("");
  };
  return (
    <article class="card">
      <h2>{says.handOver}</h2>
      <p class="soft small">{says.agreed}</p>
      <Choice label={says.recipient} value={recipient} options={RECIPIENTS.map((value) => ({ value, name: says.recipients[value] }))} onChoose={(value) => setRecipient(value as Recipient)} />
      <label class="field">
        <span>{says.to}</span>
        <input class="input" maxLength={500} value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <div role="alert">{amiss && <Note tone="bad">{says.toNeeded}</Note>}</div>
      <Refused problem={refused} list={listed.list} />
      <div class="buttons">
        <WorkButton kind="main" onWork={handOver}>
          {says.handOver}
        </WorkButton>
      </div>
    </article>
  );
}

/** To whom and when, as the events say; and for each recipient the file of the households that agreed to it. */
function HandedOver({ list }: { list: NeedyList }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.approve;
  const at = `tambons/${tambon.code}/needy-lists/${list.list_id}`;
  const path = `${at}/events?version=${list.version}`;
  const { found } = useLoad(() => hub.get<{ events: ListEvent[] }>(path), [hub, path]);
  return (
    <>
      {(found?.events ?? []).map(({ act, number, by, at: when }) => {
        if (act.act !== "hand_over") return null;
        const { to, recipient } = act;
        return (
          <Note key={number} tone="good">
            <p>{words.fund.refused.event(says.handedOver(to), whoOf(by, words), moment(when, tongue))}</p>
            {recipient && (
              <div class="buttons">
                <Downloads path={`${at}/handover`} query={`version=${list.version}&recipient=${recipient}`} name={`handover-${tambon.code}-${list.version}-${recipient}`}>
                  {says.fileFor(says.recipients[recipient])}
                </Downloads>
              </div>
            )}
          </Note>
        );
      })}
    </>
  );
}
