/** What was given out of programmes along approved lists; one allocation in full, with its parts of the money. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Allocation, NeedyList, Programme } from "../../api-fund.ts";
import { dayAndTime, moment, useOffice, whoOf, type Tongue } from "../../context.ts";
import { Confirm, Fault, Head, Loading, Note, Told, useLoad } from "../../parts/basics.tsx";
import { Downloads } from "../../parts/download.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PaperHead, Signatures } from "../../parts/paper.tsx";
import { addressOf, useRoute } from "../../route.ts";
import { Allocate } from "./allocate.tsx";
import { nameOf } from "./programmes.tsx";
import { MoneyBar, RunDown } from "./run-down.tsx";
import { Tranches } from "./tranches.tsx";

export function Allocations() {
  const { words, tambon } = useOffice();
  const [what, year, programme] = useRoute().rest;
  if (what === "new") return <Allocate year={year ? Number(year) : null} programme={programme ?? null} />;
  if (what) return <AllocationPage key={what} id={what} />;
  const says = words.fund.allocations;
  return (
    <>
      <Head
        title={words.pages.allocations}
        lead={says.lead}
        aside={
          <>
            <Downloads path={`tambons/${tambon.code}/allocations`} name={`allocations-${tambon.code}`}>
              {says.save}
            </Downloads>
            <a class="button main" href={addressOf(tambon.code, "allocations", "new")}>
              <Icon name="money" /> {says.add}
            </a>
          </>
        }
      />
      <AllAllocations />
    </>
  );
}

/** Names of programmes by id, of the years that are asked for. */
function useNames(years: number[]): (id: string, tongue: Tongue) => string {
  const { hub, tambon } = useOffice();
  const wanted = [...new Set(years)].sort();
  const { found } = useLoad(async () => {
    const path = (year: number) => `tambons/${tambon.code}/programmes?fiscal_year=${year}`;
    const answers = await Promise.all(wanted.map((year) => hub.get<{ programmes: Programme[] }>(path(year))));
    return new Map(answers.flatMap(({ programmes }) => programmes).map((of) => [of.programme, of]));
  }, [hub, tambon.code, wanted.join()]);
  return (id, tongue) => {
    const programme = found?.get(id);
    return programme ? nameOf(programme, tongue) : id;
  };
}

function AllAllocations() {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.allocations;
  const { found, problem, again } = useLoad(() => hub.get<{ allocations: Allocation[] }>(`tambons/${tambon.code}/allocations`), [hub, tambon.code]);
  const name = useNames((found?.allocations ?? []).map(({ fiscal_year }) => fiscal_year));
  if (!found) return <Loading problem={problem} again={again} />;
  if (found.allocations.length === 0) return <Note>{says.none}</Note>;
  return (
    <ul class="cards">
      {found.allocations.map((allocation) => {
        const title = says.title(name(allocation.programme, tongue), allocation.fiscal_year);
        return (
          <li key={allocation.allocation_id} class="card">
            <div class="between">
              <h2>{title}</h2>
              <span class={allocation.is_withdrawn ? "mark" : "state state-approved"}>{allocation.is_withdrawn ? says.withdrawn : says.valid}</span>
            </div>
            <MoneyBar left={allocation.budget_left} budget={allocation.budget} />
            <p class="soft">{says.by(whoOf(allocation.made_by, words), moment(allocation.made_at, tongue))}</p>
            {allocation.overdue.map((late) => (
              <Note key={late.en} tone="warn">
                {late[tongue]}
              </Note>
            ))}
            <div class="buttons">
              <a class="button" href={addressOf(tambon.code, "allocations", allocation.allocation_id ?? "")} aria-label={says.openOf(title)}>
                {says.open}
              </a>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function AllocationPage({ id }: { id: string }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.allocations;
  const { found, problem, again } = useLoad(async () => {
    const { allocations } = await hub.get<{ allocations: Allocation[] }>(`tambons/${tambon.code}/allocations`);
    const allocation = allocations.find(({ allocation_id }) => allocation_id === id);
    const path = `tambons/${tambon.code}/needy-lists/${allocation?.list_id}?version=${allocation?.version}`;
    return { allocation, list: allocation ? await hub.get<NeedyList>(path) : null };
  }, [hub, tambon.code, id]);
  const [told, setTold] = useState("");
  const { allocation, list } = found ?? {};
  const name = useNames(allocation ? [allocation.fiscal_year] : []);
  const back = (
    <div class="buttons">
      <a class="button" href={addressOf(tambon.code, "allocations")}>
        <Icon name="back" /> {says.back}
      </a>
    </div>
  );
  if (!allocation || !list) {
    return (
      <>
        {back}
        {found ? <Note>{says.none}</Note> : <Loading problem={problem} again={again} />}
      </>
    );
  }
  const title = says.title(name(allocation.programme, tongue), allocation.fiscal_year);
  return (
    <>
      {back}
      <Head title={title} lead={`${says.by(whoOf(allocation.made_by, words), dayAndTime(allocation.made_at, tongue))} · ${allocation.backfill ? says.withBackfill : says.withoutBackfill} · ${words.fund.rules.by(allocation.rule_parameters)}`} />
      <PaperHead />
      <Told>{told}</Told>
      {allocation.withdrawal && (
        <Note tone="warn">
          {says.withdrawnBy(whoOf(allocation.withdrawal.by, words), dayAndTime(allocation.withdrawal.at, tongue), allocation.withdrawal.reason)}
        </Note>
      )}
      <MoneyBar left={allocation.budget_left} budget={allocation.budget} />
      {allocation.units_left !== null && <p>{says.unitsLeft(allocation.units_left)}</p>}
      <div class="buttons">
        <Downloads path={`tambons/${tambon.code}/allocations/${id}/decisions`} name={`allocation-${tambon.code}-${allocation.programme}-${allocation.fiscal_year}`}>
          {says.save}
        </Downloads>
        <button type="button" class="button" onClick={() => print()}>
          <Icon name="print" /> {words.print}
        </button>
      </div>
      <RunDown allocation={allocation} list={list} />
      <Tranches
        allocation={allocation}
        onSaved={async (what) => {
          await again();
          setTold(what);
        }}
      />
      <Signatures />
      {!allocation.is_withdrawn && (
        <Withdraw
          id={id}
          onDone={async () => {
            await again();
            setTold(says.withdrawnDone);
          }}
        />
      )}
    </>
  );
}

function Withdraw({ id, onDone }: { id: string; onDone: () => Promise<void> }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.allocations;
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const withdraw = async () => {
    try {
      await hub.post(`tambons/${tambon.code}/allocations/${id}/withdrawal`, { reason });
      setAsks(false);
      await onDone();
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  return (
    <div class="unprinted">
      <button type="button" class="button" onClick={() => setAsks(true)}>
        {says.withdraw}
      </button>
      {asks && (
        <Confirm title={says.withdrawSure} yes={says.withdraw} onYes={withdraw} onClose={() => setAsks(false)}>
          <p>{says.withdrawText}</p>
          <label class="field">
            <span>{says.withdrawReason}</span>
            <textarea class="input" rows={2} maxLength={500} required value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          </label>
          {problem && <Fault problem={problem} tongue={tongue} />}
        </Confirm>
      )}
    </div>
  );
}
