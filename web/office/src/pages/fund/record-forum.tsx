/** Writes down that a forum was held: when, and how many came. */

import { useState } from "preact/hooks";
import { mooOf, useOffice } from "../../context.ts";
import { Note, WorkButton } from "../../parts/basics.tsx";
import { DayField, today } from "../../parts/day-field.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { readNumber } from "../../parts/numbers.ts";
import { Refused, useDeciding, type Listed } from "./decide.tsx";

/** `village` none: the forum of the whole tambon. */
export function RecordForum({ listed, village }: { listed: Listed; village: string | null }) {
  const { words } = useOffice();
  const says = words.fund.forum;
  const { list } = listed;
  const [heldOn, setHeldOn] = useDraft(`${list.list_id}/held/${village}`, today());
  const [people, setPeople] = useDraft(`${list.list_id}/people/${village}`);
  const [amiss, setAmiss] = useState(false);
  const { decide, refused } = useDeciding(listed);
  const record = async () => {
    const villagers = readNumber(people);
    setAmiss(!heldOn || !villagers);
    if (!heldOn || !villagers) return;
    const name = village ? mooOf(village, words) : says.whole;
    const act = { act: "hold_forum" as const, ...(village ? { village } : {}), held_on: heldOn, villagers };
    if (await decide([act], says.recorded(name))) setPeople("");
  };
  return (
    <>
      <div class="inline">
        <DayField label={says.heldOn} value={heldOn} onChange={setHeldOn} />
        <label class="field">
          <span>{says.people}</span>
          <input class="input" inputMode="numeric" value={people} onInput={(event) => setPeople(event.currentTarget.value)} />
        </label>
        <WorkButton onWork={record}>{says.record}</WorkButton>
      </div>
      <div role="alert">{amiss && <Note tone="bad">{says.incomplete}</Note>}</div>
      <Refused problem={refused} list={list} />
    </>
  );
}
