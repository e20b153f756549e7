/** How money runs down a list: a bar that empties, a row for each household with what is left after it. */

import type { Allocation, AllocationDecision, Home, NeedyList } from "../../api-fund.ts";
import { mooOf, useOffice, type Words } from "../../context.ts";
import { Note, useMore } from "../../parts/basics.tsx";
import { houseOf } from "../../parts/homes.tsx";
import { money } from "../../parts/numbers.ts";
import { usePrinting } from "../../parts/table.tsx";

/** What of a budget is given out, in baht. */
export function usedOf({ budget, budget_left }: Allocation): string {
  return money(budget - budget_left);
}

export function MoneyBar({ left, budget }: { left: number; budget: number }) {
  const { words } = useOffice();
  const says = words.fund.allocations;
  const text = says.left(money(left), money(budget));
  return (
    <div class="money">
      <span class="money-bar" role="img" aria-label={text}>
        <span style={{ width: `${budget > 0 ? (100 * left) / budget : 0}%` }} />
      </span>
      <span>
        <strong>{text}</strong> · {says.used(money(budget - left))}
      </span>
    </div>
  );
}

interface Props {
  allocation: Allocation;
  list: NeedyList;
  /** Where estimates can still be changed: what was typed, and what to do with a change. */
  estimates?: Record<string, string>;
  onEstimate?: (household: string, text: string) => void;
}

/** The home and the place of each decision's household. */
function useRows({ allocation, list }: Props): { decision: AllocationDecision; home: Home; place: number | null }[] {
  const lines = new Map(list.lines.map((line) => [line.household_id, line]));
  return allocation.decisions.map((decision) => {
    const line = lines.get(decision.household_id);
    const home = line ?? { household_id: decision.household_id, village: list.lines[0]?.village ?? "", house_no: null, head_name: null };
    return { decision, home, place: line?.place ?? null };
  });
}

export function RunDown(props: Props) {
  const { words } = useOffice();
  const { fund } = words;
  const says = fund.allocations;
  const rows = useRows(props);
  const { count, more } = useMore(100);
  const isPrinting = usePrinting();
  const { allocation, estimates, onEstimate } = props;
  if (rows.length === 0) return <Note>{says.nobody}</Note>;
  const approved = allocation.decisions.filter(({ decision }) => decision === "approved");
  const sum = (of: (decision: AllocationDecision) => number) => money(approved.reduce((total, decision) => total + of(decision), 0));
  const heads = [fund.place, fund.house, fund.head, says.result, says.estimate, says.granted, says.local, says.balance];
  const shown = isPrinting ? rows : rows.slice(0, count);
  return (
    <>
      <p>
        {says.approvedCount(approved.length)} · {says.waitingCount(rows.length - approved.length)}
      </p>
      <div class="scroll run-down" tabIndex={0} role="region" aria-label={says.result}>
        <table class="plain" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {heads.map((head, index) => (
                <th key={head} scope="col" role="columnheader" class={index >= 4 || index === 0 ? "number" : ""}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {shown.map(({ decision, home, place }) => (
              <tr key={decision.household_id} role="row" class={decision.decision}>
                <td role="cell" class="number" data-head={fund.place}>
                  {place ?? "–"}
                </td>
                <th scope="row" role="rowheader">
                  {home.house_no ?? "–"} {mooOf(home.village, words)}
                </th>
                <td role="cell">{home.head_name ?? "–"}</td>
                <td role="cell">
                  <span class={decision.decision === "approved" ? "state state-approved" : "mark"}>{resultOf(decision, words)}</span>
                </td>
                <td role="cell" class="number" data-head={says.estimate}>
                  {onEstimate ? (
                    <input
                      class="input money-input"
                      inputMode="numeric"
                      aria-label={says.estimateOf(houseOf(home, words))}
                      placeholder={money(decision.estimate)}
                      value={estimates?.[decision.household_id] ?? ""}
                      onInput={(event) => onEstimate(decision.household_id, event.currentTarget.value)}
                    />
                  ) : (
                    money(decision.estimate)
                  )}
                </td>
                <td role="cell" class="number" data-head={says.granted}>
                  {money(decision.granted)}
                </td>
                <td role="cell" class="number" data-head={says.local}>
                  {money(decision.local_contribution)}
                </td>
                <td role="cell" class="number balance" data-head={says.balance}>
                  {money(decision.budget_left)}
                  <span class="money-bar small-bar" aria-hidden="true">
                    <span style={{ width: `${allocation.budget > 0 ? (100 * decision.budget_left) / allocation.budget : 0}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot role="rowgroup">
            <tr role="row">
              <td role="cell" colSpan={4}>
                {says.total}
              </td>
              <td role="cell" class="number" data-head={says.estimate}>
                {sum(({ estimate }) => estimate)}
              </td>
              <td role="cell" class="number" data-head={says.granted}>
                {sum(({ granted }) => granted)}
              </td>
              <td role="cell" class="number" data-head={says.local}>
                {sum(({ local_contribution }) => local_contribution)}
              </td>
              <td role="cell" class="number" data-head={says.balance}>
                {money(allocation.budget_left)}
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
      {shown.length < rows.length && (
        <button type="button" class="button unprinted" onClick={more}>
          {words.more(rows.length - shown.length)}
        </button>
      )}
    </>
  );
}

function resultOf({ decision, waits_for }: AllocationDecision, words: Words): string {
  const says = words.fund.allocations;
  if (decision === "approved") return says.approved;
  return waits_for ? says.waits[waits_for] : says.waiting;
}
