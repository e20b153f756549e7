/** In which parts the money of an allocation comes: how much, when each is due, which were paid, which are late. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Allocation, Tranche } from "../../api-fund.ts";
import { day, useOffice, type Words } from "../../context.ts";
import { Fault, Note, WorkButton } from "../../parts/basics.tsx";
import { DayField, today } from "../../parts/day-field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { money, readNumber } from "../../parts/numbers.ts";

interface Props {
  allocation: Allocation;
  onSaved: (told: string) => Promise<void>;
}

export function Tranches({ allocation, onSaved }: Props) {
  const { words } = useOffice();
  const says = words.fund.tranches;
  const [edits, setEdits] = useState(false);
  const { tranches } = allocation;
  return (
    <section class="stack">
      <h2>{says.title}</h2>
      {tranches.length === 0 && !edits && <p class="soft">{says.none}</p>}
      {tranches.length > 0 && !edits && <Plan tranches={tranches} />}
      {edits ? (
        <Form
          allocation={allocation}
          onClose={() => setEdits(false)}
          onSaved={async (told) => {
            await onSaved(told);
            setEdits(false);
          }}
        />
      ) : (
        !allocation.is_withdrawn && (
          <div class="buttons">
            <button type="button" class="button" onClick={() => setEdits(true)}>
              {tranches.length === 0 ? says.begin : says.edit}
            </button>
          </div>
        )
      )}
    </section>
  );
}

function Plan({ tranches }: { tranches: Tranche[] }) {
  const { words, tongue } = useOffice();
  const says = words.fund.tranches;
  const heads = [says.part, says.percent, says.amount, says.due, says.status, says.paidOn];
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={says.title}>
      <table class="plain">
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={head} scope="col" class={index === 1 || index === 2 ? "number" : ""}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tranches.map((tranche) => (
            <tr key={tranche.number}>
              <th scope="row">{says.number(tranche.number)}</th>
              <td class="number">{tranche.percent}%</td>
              <td class="number">{money(tranche.amount)}</td>
              <td>{day(tranche.due_on, tongue)}</td>
              <td>
                <span class={tranche.status === "paid" ? "state state-approved" : tranche.status === "overdue" ? "mark bad" : ""}>{statusOf(tranche, words)}</span>
              </td>
              <td>{day(tranche.paid_on, tongue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function statusOf({ status, days_overdue }: Tranche, words: Words): string {
  const says = words.fund.tranches;
  if (status === "overdue") return says.overdue(days_overdue ?? 0);
  return status === "paid" ? says.paid : says.waiting;
}

/** A part as it is typed. */
interface Part {
  key: number;
  percent: string;
  due: string;
  isPaid: boolean;
  paid: string;
}

function Form({ allocation, onSaved, onClose }: Props & { onClose: () => void }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.tranches;
  const begun: Part[] = allocation.tranches.map(({ number, percent, due_on, paid_on }) => ({
    key: number,
    percent: String(percent),
    due: due_on,
    isPaid: paid_on !== null,
    paid: paid_on ?? today(),
  }));
  const [parts, setParts] = useState<Part[]>(begun.length > 0 ? begun : [blank(1, "100")]);
  const [amiss, setAmiss] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const change = (key: number, changed: Partial<Part>) => {
    setAmiss("");
    setParts(parts.map((part) => (part.key === key ? { ...part, ...changed } : part)));
  };
  const sum = parts.reduce((total, { percent }) => total + (readNumber(percent) ?? 0), 0);
  const save = async () => {
    const isWhole = parts.every(({ percent, due, isPaid, paid }) => readNumber(percent) !== null && due && (!isPaid || paid));
    setAmiss(!isWhole ? says.incomplete : sum !== 100 ? says.sumAmiss(sum) : "");
    if (!isWhole || sum !== 100) return;
    const tranches = parts.map(({ percent, due, isPaid, paid }) => ({ percent: readNumber(percent), due_on: due, ...(isPaid ? { paid_on: paid } : {}) }));
    try {
      await hub.put(`tambons/${tambon.code}/allocations/${allocation.allocation_id}/tranches`, { tranches });
      await onSaved(says.saved);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  return (
    <div class="card">
      {parts.map((part, index) => (
        <fieldset key={part.key} class="field tranche">
          <legend>{says.number(index + 1)}</legend>
          <div class="inline">
            <label class="field narrow-field">
              <span>{says.percent}</span>
              <input class="input" inputMode="numeric" value={part.percent} onInput={(event) => change(part.key, { percent: event.currentTarget.value })} />
            </label>
            <DayField label={says.due} value={part.due} onChange={(due) => change(part.key, { due })} />
            <label class="check">
              <input type="checkbox" checked={part.isPaid} onChange={(event) => change(part.key, { isPaid: event.currentTarget.checked })} />
              <span>{says.paid}</span>
            </label>
            {part.isPaid && <DayField label={says.paidOn} value={part.paid} onChange={(paid) => change(part.key, { paid })} />}
            {parts.length > 1 && (
              <button type="button" class="button quiet" onClick={() => setParts(parts.filter(({ key }) => key !== part.key))}>
                {says.remove(index + 1)}
              </button>
            )}
          </div>
        </fieldset>
      ))}
      <p role="status" class={sum === 100 ? "soft" : "strong"}>
        {sum === 100 ? says.sum(sum) : says.sumAmiss(sum)}
      </p>
      <div role="alert">{amiss && <Note tone="bad">{amiss}</Note>}</div>
      {problem && <Fault problem={problem} tongue={tongue} />}
      <div class="buttons">
        <button type="button" class="button" onClick={() => setParts([...parts, blank(Math.max(...parts.map(({ key }) => key)) + 1, "")])}>
          <Icon name="check" /> {says.add}
        </button>
        <WorkButton kind="main" onWork={save}>
          {says.save}
        </WorkButton>
        <button type="button" class="button" onClick={onClose}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}

function blank(key: number, percent: string): Part {
  return { key, percent, due: "", isPaid: false, paid: today() };
}
