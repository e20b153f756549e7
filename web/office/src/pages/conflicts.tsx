/** Answers on which people disagree: both values, who and when; one click settles. */

import { useState } from "preact/hooks";
import type { Conflict, ConflictValue, Problem, Scalar, Settled } from "../api.ts";
import { moment, mooOf, useOffice, type Tongue, type Words } from "../context.ts";
import { Fault, Head, Loading, Note, Told, useLoad, useMore, WorkButton } from "../parts/basics.tsx";

const idOf = (conflict: Conflict) => [conflict.household_id, conflict.row_id, conflict.question].join("/");

export function Conflicts() {
  const { hub, tambon, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.all<Conflict>(`tambons/${tambon.code}/conflicts`, "conflicts"), [hub, tambon.code]);
  const [gone, setGone] = useState<string[]>([]);
  const [told, setTold] = useState("");
  const { count, more } = useMore(50);
  const says = words.conflicts;
  if (!found) return <Loading problem={problem} again={again} />;
  const open = found.filter((conflict) => !gone.includes(idOf(conflict)));
  const settled = (conflict: Conflict, what: string) => {
    setGone([...gone, idOf(conflict)]);
    setTold(what);
  };
  return (
    <>
      <Head title={words.pages.conflicts} lead={says.lead} />
      <Told>{told}</Told>
      {open.length === 0 ? <Note tone="good">{says.none}</Note> : <p class="strong">{says.count(open.length)}</p>}
      <ul class="cards">
        {open.slice(0, count).map((conflict) => (
          <li key={idOf(conflict)}>
            <ConflictCard conflict={conflict} onSettled={(what) => settled(conflict, what)} />
          </li>
        ))}
      </ul>
      {open.length > count && (
        <button type="button" class="button" onClick={more}>
          {words.more(open.length - count)}
        </button>
      )}
    </>
  );
}

function ConflictCard({ conflict, onSettled }: { conflict: Conflict; onSettled: (what: string) => void }) {
  const { hub, tambon, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [other, setOther] = useState<string | null>(null);
  const says = words.conflicts;
  const question = (tongue === "th" ? conflict.label_th : conflict.label_en) ?? conflict.question;

  const settle = async (value: Scalar, shown: string) => {
    const { household_id, row_id } = conflict;
    try {
      await hub.post(`tambons/${tambon.code}/conflicts/settle`, { household_id, row_id, question: conflict.question, value });
      onSettled(says.done(question, shown));
    } catch (thrown) {
      const problem = thrown as Problem;
      const settled = problem.members["settled"] as Settled | null | undefined;
      if (problem.code === "not-in-conflict" && settled) onSettled(`${question}: ${says.already(settled.person ?? words.nobody, moment(settled.at, tongue))}`);
      else setProblem(problem);
    }
  };
  return (
    <article class="card">
      <header class="card-head">
        <h2>{question}</h2>
        <p class="soft">
          {place(conflict, words)}
          {conflict.row_id && ` · ${says.ofRow}`}
        </p>
      </header>
      <div class="choices">
        {conflict.values.map((value, index) => {
          const shown = valueText(value, words, tongue);
          return (
            <div class="choice" key={index}>
              <p class="choice-value">{shown}</p>
              <p class="soft small">{says.by(value.person ?? words.nobody, moment(value.written_at, tongue))}</p>
              <WorkButton kind="main" label={says.useValue(shown)} onWork={() => settle(value.value, shown)}>
                {says.use}
              </WorkButton>
            </div>
          );
        })}
      </div>
      {other === null ? (
        <button type="button" class="button quiet" onClick={() => setOther("")}>
          {says.other}
        </button>
      ) : (
        <form class="inline" onSubmit={(event) => (event.preventDefault(), void settle(other, other))}>
          <label class="field">
            <span>{says.otherLabel}</span>
            <input class="input" value={other} required onInput={(event) => setOther(event.currentTarget.value)} />
          </label>
          <button type="submit" class="button">
            {says.save}
          </button>
        </form>
      )}
      {problem && <Fault problem={problem} tongue={tongue} />}
    </article>
  );
}

function place({ house_no, head_name, village }: Conflict, words: Words): string {
  return [house_no && words.houseNo(house_no), village && mooOf(village, words), head_name].filter(Boolean).join(" · ");
}

function valueText({ value, label_th, label_en }: ConflictValue, words: Words, tongue: Tongue): string {
  if (value === null || value === "") return words.cleared;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  return (tongue === "th" ? label_th : label_en) ?? String(value);
}
