/** Adds a household that the computation did not put on the list, because the forum speaks for it. */

import { useMemo, useState } from "preact/hooks";
import { useOffice } from "../../context.ts";
import { Loading, Note, WorkButton } from "../../parts/basics.tsx";
import { useDraft } from "../../parts/drafts.ts";
import { houseOf } from "../../parts/homes.tsx";
import { HousePicker } from "../../parts/house-picker.tsx";
import { readNumber } from "../../parts/numbers.ts";
import { useAssessments } from "./assessments.ts";
import { Refused, useDeciding, type Listed } from "./decide.tsx";

export function AddHousehold({ listed, village }: { listed: Listed; village: string }) {
  const { words } = useOffice();
  const says = words.fund.forum;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <section class="card">
      <button type="button" class="button quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {says.add}
      </button>
      {isOpen && <Form listed={listed} village={village} />}
    </section>
  );
}

function Form({ listed, village }: { listed: Listed; village: string }) {
  const { words } = useOffice();
  const says = words.fund.forum;
  const { list } = listed;
  const [picked, setPicked] = useDraft(`${list.list_id}/add/household`);
  const [place, setPlace] = useDraft(`${list.list_id}/add/place`);
  const [reason, setReason] = useDraft(`${list.list_id}/add/reason`);
  const [amiss, setAmiss] = useState("");
  const { decide, refused } = useDeciding(listed);
  const { rows, problem, again } = useAssessments(`village=${village}`);
  const homes = useMemo(() => {
    const known = new Set(list.lines.map(({ household_id }) => household_id));
    return rows.filter(({ household_id }) => !known.has(household_id));
  }, [list, rows]);
  const home = homes.find(({ household_id }) => household_id === picked);
  const add = async () => {
    const to = place.trim() ? readNumber(place) : null;
    const last = list.standing + 1;
    const isPlace = !place.trim() || (to !== null && to >= 1 && to <= last);
    const lacks = !home ? says.pickNeeded : !isPlace ? says.placeNeeded(last) : reason.trim() ? "" : says.reasonNeeded;
    setAmiss(lacks);
    if (lacks || !home) return;
    if (!(await decide([{ act: "add", household: picked, village, place: to, reason }], says.added(houseOf(home, words))))) return;
    setPicked("");
    setPlace("");
    setReason("");
  };
  if (problem) return <Loading problem={problem} again={again} />;
  return (
    <>
      <HousePicker label={says.pick} homes={homes} picked={picked} onPick={setPicked} />
      <div class="inline">
        <label class="field narrow-field">
          <span>{says.placeOrEnd}</span>
          <input class="input" inputMode="numeric" value={place} onInput={(event) => setPlace(event.currentTarget.value)} />
        </label>
        <label class="field wide-field">
          <span>{says.reason}</span>
          <textarea class="input" rows={2} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <WorkButton onWork={add}>{says.save}</WorkButton>
      </div>
      <div role="alert">{amiss && <Note tone="bad">{amiss}</Note>}</div>
      <Refused problem={refused} list={list} />
    </>
  );
}
