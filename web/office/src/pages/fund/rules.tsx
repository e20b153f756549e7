/** The thresholds of programmes' rules that are in force in the tambon; who may chooses others, or makes a new set. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { RuleSet, RuleThresholds } from "../../api-fund.ts";
import { CARE, useOffice } from "../../context.ts";
import { Confirm, Fault, Note, Told, useLoad, WorkButton } from "../../parts/basics.tsx";
import { Choice } from "../../parts/area.tsx";
import { money, readNumber } from "../../parts/numbers.ts";

const NUMBERS = ["aid_years", "event_days", "income_line", "settlement_households", "elder_age"] as const;

export function Rules({ inForce, onChanged }: { inForce: RuleSet; onChanged: () => Promise<void> }) {
  const { session, words } = useOffice();
  const says = words.fund.rules;
  const [told, setTold] = useState("");
  const values: [string, string][] = [
    ...NUMBERS.map((name): [string, string] => [says[name], money(inForce[name])]),
    [says.floods_and_storms, inForce.floods_and_storms ? says.yes : says.no],
    [says.canals, inForce.canals.join(", ") || "–"],
  ];
  const changed = async (version: string) => {
    await onChanged();
    setTold(says.chosen(version));
  };
  return (
    <details class="card">
      <summary>{says.title(inForce.version)}</summary>
      <p class="soft small">{says.lead}</p>
      <dl class="pairs even">
        {values.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} is`}>{value}</dd>])}
      </dl>
      <Told>{told}</Told>
      {CARE.includes(session.role) && <Versions key={inForce.version} inForce={inForce} onChanged={changed} />}
    </details>
  );
}

function Versions({ inForce, onChanged }: { inForce: RuleSet; onChanged: (version: string) => Promise<void> }) {
  const { hub, tambon, session, words, tongue } = useOffice();
  const says = words.fund.rules;
  const { found } = useLoad(() => hub.get<{ parameters: RuleSet[] }>("rule-parameters"), [hub]);
  const [version, setVersion] = useState(inForce.version);
  const [makes, setMakes] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const choose = async (version: string) => {
    try {
      await hub.put(`tambons/${tambon.code}/rule-parameters`, { version });
      await onChanged(version);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  return (
    <>
      <div class="choosers">
        <Choice label={says.version} value={version} options={(found?.parameters ?? [inForce]).map(({ version }) => ({ value: version, name: says.named(version) }))} onChoose={setVersion} />
        <WorkButton onWork={() => choose(version)}>{says.choose}</WorkButton>
        {session.role === "admin" && (
          <button type="button" class="button" onClick={() => setMakes(true)}>
            {says.make}
          </button>
        )}
      </div>
      {problem && <Fault problem={problem} tongue={tongue} />}
      {makes && <NewSet begun={inForce} onMade={choose} onClose={() => setMakes(false)} />}
    </>
  );
}

/** Another set, which begins as the one in force is. What the hub says against it is shown, and nothing is kept. */
function NewSet({ begun, onMade, onClose }: { begun: RuleSet; onMade: (version: string) => Promise<void>; onClose: () => void }) {
  const { hub, words, tongue } = useOffice();
  const says = words.fund.rules;
  const [texts, setTexts] = useState(Object.fromEntries(NUMBERS.map((name) => [name, String(begun[name])])));
  const [floods, setFloods] = useState(begun.floods_and_storms);
  const [canals, setCanals] = useState(begun.canals.join(", "));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [bad, setBad] = useState("");
  const make = async () => {
    const numbers = Object.fromEntries(NUMBERS.map((name) => [name, readNumber(texts[name] ?? "")]));
    const unread = NUMBERS.find((name) => numbers[name] === null);
    setBad(unread ? words.fund.allocations.badNumber(says[unread]) : "");
    setProblem(null);
    if (unread) return;
    const listed = canals
      .split(",")
      .map((canal) => canal.trim())
      .filter(Boolean);
    const asked = { ...numbers, floods_and_storms: floods, canals: listed } as RuleThresholds;
    try {
      const made = await hub.post<RuleSet>("rule-parameters", asked);
      onClose();
      await onMade(made.version);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  return (
    <Confirm title={says.make} yes={says.makeAndChoose} onYes={make} onClose={onClose}>
      {NUMBERS.map((name) => (
        <label class="field" key={name}>
          <span>{says[name]}</span>
          <input class="input" inputMode="numeric" value={texts[name]} onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })} />
        </label>
      ))}
      <label class="field">
        <span>{says.canals}</span>
        <input class="input" value={canals} onInput={(event) => setCanals(event.currentTarget.value)} />
      </label>
      <label class="check">
        <input type="checkbox" checked={floods} onChange={(event) => setFloods(event.currentTarget.checked)} />
        <span>{says.floods_and_storms}</span>
      </label>
      <div role="alert">{bad && <Note tone="bad">{bad}</Note>}</div>
      {problem && <Fault problem={problem} tongue={tongue} />}
    </Confirm>
  );
}
