/** Changes that the hub did not take, each with its reason; checked again by a click. */

import { useState } from "preact/hooks";
import type { Problem, Quarantined, Retried } from "../api.ts";
import { moment, mooOf, useOffice } from "../context.ts";
import { Fault, Head, Loading, Note, Told, useLoad, useMore, WorkButton } from "../parts/basics.tsx";

export function Quarantine() {
  const { hub, tambon, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.all<Quarantined>(`tambons/${tambon.code}/quarantine`, "changes"), [hub, tambon.code]);
  const [gone, setGone] = useState<string[]>([]);
  const [told, setTold] = useState("");
  const { count, more } = useMore(50);
  const says = words.quarantine;
  if (!found) return <Loading problem={problem} again={again} />;
  const kept = found.filter(({ hash }) => !gone.includes(hash));
  const accepted = (hash: string) => {
    setGone([...gone, hash]);
    setTold(says.accepted);
  };
  return (
    <>
      <Head title={words.pages.quarantine} lead={says.lead} />
      <Told>{told}</Told>
      {kept.length === 0 && <Note tone="good">{says.none}</Note>}
      <ul class="cards">
        {kept.slice(0, count).map((change) => (
          <li key={change.hash}>
            <ChangeCard change={change} onAccepted={() => accepted(change.hash)} />
          </li>
        ))}
      </ul>
      {kept.length > count && (
        <button type="button" class="button" onClick={more}>
          {words.more(kept.length - count)}
        </button>
      )}
    </>
  );
}

function ChangeCard({ change, onAccepted }: { change: Quarantined; onAccepted: () => void }) {
  const { hub, tambon, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [stays, setStays] = useState("");
  const says = words.quarantine;
  const retry = async () => {
    try {
      const told = await hub.post<Retried>(`tambons/${tambon.code}/quarantine/${change.hash}/retry`);
      setProblem(null);
      if (told.verdict === "accepted" || told.verdict === "known") onAccepted();
      else setStays(told.verdict === "waiting" ? says.waits : says.stays((tongue === "th" ? told.reason_th : told.reason_en) ?? told.verdict));
    } catch (thrown) {
      const problem = thrown as Problem;
      if (problem.code === "unknown-change") onAccepted();
      else setProblem(problem);
    }
  };
  return (
    <article class="card">
      <h2>{tongue === "th" ? change.reason_th : change.reason_en}</h2>
      <p class="soft">
        {says.from(change.person ?? words.nobody, mooOf(change.village, words), moment(change.received_at, tongue))} · {says.bytes(change.size_bytes)}
      </p>
      <p class="soft small hash">{change.hash}</p>
      <div class="buttons">
        <WorkButton kind="main" onWork={retry}>
          {says.retry}
        </WorkButton>
      </div>
      <div role="status">{stays && <Note tone="warn">{stays}</Note>}</div>
      {problem && <Fault problem={problem} tongue={tongue} />}
    </article>
  );
}
