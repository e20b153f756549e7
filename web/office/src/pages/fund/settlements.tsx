/** What the office knows of the settlement in each village: programmes ask for it, and no volunteer does. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Settlement, Settlements as SettlementsOf } from "../../api-fund.ts";
import { dayAndTime, mooOf, useOffice, whoOf } from "../../context.ts";
import { Fault, Loading, Note, Told, useLoad, WorkButton } from "../../parts/basics.tsx";
import { Choice } from "../../parts/area.tsx";
import { readNumber } from "../../parts/numbers.ts";

/** A settlement as it stands in the form. */
interface Typed {
  households: string;
  saves: string;
  canal: string;
}

const typedOf = ({ households, saves_together, canal }: Settlement): Typed => ({
  households: households === null ? "" : String(households),
  saves: saves_together === null ? "" : String(saves_together),
  canal: canal ?? "",
});

export function Settlements() {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.settlements;
  const path = `tambons/${tambon.code}/settlements`;
  const { found, problem, again } = useLoad(() => hub.get<SettlementsOf>(path), [hub, path]);
  /** What somebody typed, field by field: the rest is as the hub has it. */
  const [typed, setTyped] = useState<Record<string, Partial<Typed>>>({});
  const [told, setTold] = useState("");
  const [refused, setRefused] = useState<Problem | null>(null);
  const [bad, setBad] = useState("");

  const save = async ({ revision, settlements }: SettlementsOf) => {
    setTold("");
    setRefused(null);
    const rows = settlements.map((settlement) => ({ village: settlement.village, ...typedOf(settlement), ...typed[settlement.village] }));
    const unread = rows.find(({ households }) => households.trim() !== "" && readNumber(households) === null);
    setBad(unread ? words.fund.allocations.badNumber(`${mooOf(unread.village, words)} ${says.households}`) : "");
    if (unread) return;
    const written = rows.map(({ village, households, saves, canal }) => ({
      village,
      households: readNumber(households),
      saves_together: saves === "" ? null : saves === "true",
      canal: canal.trim() || null,
    }));
    try {
      await hub.put(path, { on_revision: revision, settlements: written });
      setTyped({});
      setTold(says.saved);
    } catch (thrown) {
      setRefused(thrown as Problem);
    }
    // What somebody else wrote meanwhile is shown; what was typed here stays.
    await again();
  };

  return (
    <details class="card">
      <summary>{says.title}</summary>
      <p class="soft small">{says.lead}</p>
      {!found ? (
        <Loading problem={problem} again={again} />
      ) : (
        <>
          {found.settlements.length === 0 && <Note>{says.none}</Note>}
          {found.settlements.map((settlement) => {
            const { village, recorded } = settlement;
            const now = { ...typedOf(settlement), ...typed[village] };
            const change = (part: Partial<Typed>) => setTyped({ ...typed, [village]: { ...typed[village], ...part } });
            return (
              <fieldset class="settlement" key={village}>
                <legend>
                  {mooOf(village, words)} <span class="soft small">{says.recorded(recorded)}</span>
                </legend>
                <label class="field">
                  <span>{says.households}</span>
                  <input class="input" inputMode="numeric" value={now.households} onInput={(event) => change({ households: event.currentTarget.value })} />
                </label>
                <Choice
                  label={says.saves}
                  value={now.saves}
                  options={[
                    { value: "", name: says.unknown },
                    { value: "true", name: says.yes },
                    { value: "false", name: says.no },
                  ]}
                  onChoose={(saves) => change({ saves })}
                />
                <label class="field">
                  <span>{says.canal}</span>
                  <input class="input" value={now.canal} onInput={(event) => change({ canal: event.currentTarget.value })} />
                </label>
              </fieldset>
            );
          })}
          <div role="alert">{bad && <Note tone="bad">{bad}</Note>}</div>
          {refused && <Fault problem={refused} tongue={tongue} />}
          <Told>{told}</Told>
          {found.settlements.length > 0 && (
            <div class="buttons">
              <WorkButton onWork={() => save(found)}>{says.save}</WorkButton>
            </div>
          )}
          {found.made_by && found.made_at && (
            <p class="soft small">
              {says.by(whoOf(found.made_by, words), dayAndTime(found.made_at, tongue))}
            </p>
          )}
        </>
      )}
    </details>
  );
}
