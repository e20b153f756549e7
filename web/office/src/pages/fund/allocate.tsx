/** Gives out a programme's money along an approved list: tried first, changed and tried again, then done. */

import { useMemo, useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Allocation, AllocationRequest, ListVersion, NeedyList, Programme } from "../../api-fund.ts";
import { day, useOffice } from "../../context.ts";
import { Confirm, Fault, Head, Loading, Note, useLoad, WorkButton } from "../../parts/basics.tsx";
import { fiscalYear } from "../../parts/day-field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { money, readNumber } from "../../parts/numbers.ts";
import { addressOf } from "../../route.ts";
import { nameOf, YearChoice } from "./programmes.tsx";
import { MoneyBar, RunDown, usedOf } from "./run-down.tsx";

export function Allocate({ year, programme }: { year: number | null; programme: string | null }) {
  const { hub, tambon, words, go } = useOffice();
  const says = words.fund.allocations;
  const of = year ?? fiscalYear();
  const { found, problem, again } = useLoad(async () => {
    const path = `tambons/${tambon.code}`;
    const { programmes } = await hub.get<{ programmes: Programme[] }>(`${path}/programmes?fiscal_year=${of}`);
    const { lists } = await hub.get<{ lists: ListVersion[] }>(`${path}/needy-lists`);
    return { programmes, lists: lists.filter(({ state }) => state === "approved" || state === "handed_over") };
  }, [hub, tambon.code, of]);
  return (
    <>
      <div class="buttons">
        <a class="button" href={addressOf(tambon.code, "allocations")}>
          <Icon name="back" /> {says.back}
        </a>
      </div>
      <Head title={says.add} lead={says.lead} />
      <YearChoice year={of} onChange={(chosen) => go("allocations", "new", chosen)} />
      {!found ? (
        <Loading problem={problem} again={again} />
      ) : found.lists.length === 0 ? (
        <Note tone="warn">
          {says.noList} <a href={addressOf(tambon.code, "lists")}>{words.pages.lists}</a>
        </Note>
      ) : found.programmes.length === 0 ? (
        <Note>{says.noProgramme}</Note>
      ) : (
        <Form key={of} year={of} programmes={found.programmes} lists={found.lists} first={programme} />
      )}
    </>
  );
}

/** What was typed, as text. */
interface Typed {
  programme: string;
  list: string;
  budget: string;
  units: string;
  ceiling: string;
  backfill: boolean;
  estimates: Record<string, string>;
}

/** What was tried, with the request that it answers. */
interface Tried {
  request: AllocationRequest;
  result: Allocation;
  list: NeedyList;
}

function Form({ year, programmes, lists, first }: { year: number; programmes: Programme[]; lists: ListVersion[]; first: string | null }) {
  const { hub, tambon, words, tongue, go } = useOffice();
  const says = words.fund.allocations;
  const [typed, setTyped] = useState<Typed>({
    programme: programmes.find(({ programme }) => programme === first)?.programme ?? programmes[0]?.programme ?? "",
    list: keyOf(lists[0]),
    budget: "",
    units: "",
    ceiling: "",
    backfill: false,
    estimates: {},
  });
  const [tried, setTried] = useState<Tried | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [amiss, setAmiss] = useState("");
  const [asks, setAsks] = useState(false);
  const change = (changed: Partial<Typed>) => setTyped({ ...typed, ...changed });
  const programme = programmes.find((of) => of.programme === typed.programme);
  const { request, wrong } = useMemo(() => requestOf(typed, year, lists, words.fund.allocations), [typed, year, lists, words]);
  const isFresh = tried !== null && JSON.stringify(tried.request) === JSON.stringify(request);

  const path = `tambons/${tambon.code}/allocations`;
  const attempt = async () => {
    setAmiss(wrong);
    if (!request) return;
    try {
      const result = await hub.post<Allocation>(path, { ...request, dry_run: true });
      const list = await hub.get<NeedyList>(`tambons/${tambon.code}/needy-lists/${request.list_id}?version=${request.version}`);
      setTried({ request, result, list });
      setProblem(null);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  const make = async () => {
    try {
      const made = await hub.post<Allocation>(path, tried?.request);
      go("allocations", made.allocation_id ?? "");
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
    setAsks(false);
  };
  const number = (name: "budget" | "units" | "ceiling", label: string, hint?: string) => (
    <label class="field">
      <span>{label}</span>
      <input class="input" inputMode="numeric" value={typed[name]} onInput={(event) => change({ [name]: event.currentTarget.value })} />
      {hint && <span class="soft small hint">{hint}</span>}
    </label>
  );
  return (
    <>
      <form class="card form" onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          <span>{says.programme}</span>
          <select class="input" value={typed.programme} onChange={(event) => change({ programme: event.currentTarget.value, estimates: {} })}>
            {programmes.map((of) => (
              <option key={of.programme} value={of.programme}>
                {nameOf(of, tongue)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{says.list}</span>
          <select class="input" value={typed.list} onChange={(event) => change({ list: event.currentTarget.value, estimates: {} })}>
            {lists.map((of) => (
              <option key={keyOf(of)} value={keyOf(of)}>
                {words.fund.lists.list(day(of.drafted_at, tongue))} {words.fund.lists.version(of.version)} · {words.fund.lists.standing(of.standing)}
              </option>
            ))}
          </select>
        </label>
        {number("budget", says.budget)}
        {number("units", says.units)}
        {number("ceiling", says.ceiling, programme?.ceiling != null ? says.ceilingOfProgramme(money(programme.ceiling)) : undefined)}
        <label class="check wide">
          <input type="checkbox" checked={typed.backfill} onChange={(event) => change({ backfill: event.currentTarget.checked })} />
          <span>
            {says.backfill} <strong>{says.backfillOnly}</strong>
          </span>
        </label>
        <div class="wide" role="alert">
          {amiss && <Note tone="bad">{amiss}</Note>}
        </div>
        {problem && (
          <div class="wide">
            <Fault problem={problem} tongue={tongue} />
          </div>
        )}
        <div class="buttons wide">
          <WorkButton {...(isFresh ? {} : { kind: "main" as const })} onWork={attempt}>
            {tried ? says.tryAgain : says.try}
          </WorkButton>
          {isFresh && tried.result.decisions.some(({ decision }) => decision === "approved") && (
            <button type="button" class="button main" onClick={() => setAsks(true)}>
              {says.make}
            </button>
          )}
        </div>
      </form>
      {tried && (
        <section class="stack" aria-label={says.tried}>
          <h2>{says.tried}</h2>
          {!isFresh && <Note tone="warn">{says.changed}</Note>}
          <MoneyBar left={tried.result.budget_left} budget={tried.result.budget} />
          {tried.result.units_left !== null && <p>{says.unitsLeft(tried.result.units_left)}</p>}
          <RunDown
            allocation={tried.result}
            list={tried.list}
            estimates={typed.estimates}
            onEstimate={(household, text) => change({ estimates: { ...typed.estimates, [household]: text } })}
          />
        </section>
      )}
      {asks && tried && (
        <Confirm title={says.sure} yes={says.make} onYes={make} onClose={() => setAsks(false)}>
          <p>{says.sureText(tried.result.decisions.filter(({ decision }) => decision === "approved").length, usedOf(tried.result))}</p>
        </Confirm>
      )}
    </>
  );
}

function keyOf(list: ListVersion | undefined): string {
  return list ? `${list.list_id}/${list.version}` : "";
}

/** What was typed as the API wants it, or what of it is no number. */
function requestOf(typed: Typed, fiscal_year: number, lists: ListVersion[], says: { budget: string; units: string; ceiling: string; estimate: string; badNumber: (what: string) => string }) {
  const list = lists.find((of) => keyOf(of) === typed.list);
  if (!list) return { request: null, wrong: "" };
  const request: AllocationRequest = { programme: typed.programme, fiscal_year, list_id: list.list_id, version: list.version, backfill: typed.backfill, estimates: {} };
  for (const name of ["budget", "units", "ceiling"] as const) {
    if (!typed[name].trim()) continue;
    const number = readNumber(typed[name]);
    if (number === null) return { request: null, wrong: says.badNumber(says[name]) };
    request[name] = number;
  }
  for (const [household, text] of Object.entries(typed.estimates)) {
    if (!text.trim()) continue;
    const estimate = readNumber(text);
    if (estimate === null) return { request: null, wrong: says.badNumber(says.estimate) };
    request.estimates[household] = estimate;
  }
  return { request, wrong: "" };
}
