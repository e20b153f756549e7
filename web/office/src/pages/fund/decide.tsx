/**
 * Deciding on a list. A decision names the revision that was looked at; if somebody decided first the hub refuses it and
 * says what happened since. That is shown, the list is read again, and the person decides again: nothing typed is lost.
 */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Act, Line, ListEvent, ListVersion, NeedyList } from "../../api-fund.ts";
import { moment, useOffice, whoOf, type Words } from "../../context.ts";
import { Fault } from "../../parts/basics.tsx";
import { houseOf } from "../../parts/homes.tsx";

/** A version of a list and how it is read again. */
export interface Listed {
  list: NeedyList;
  again: () => Promise<void>;
  /** Says what was done, above the page. */
  tell: (what: string) => void;
}

export interface Deciding {
  /** Sends decisions, all or none of them; gives the list's version as it is then, or null where they were refused. */
  decide: (acts: Act[], told: string) => Promise<ListVersion | null>;
  /** Why the last ones were not taken. */
  refused: Problem | null;
  forget: () => void;
}

export function useDeciding({ list, again, tell }: Listed): Deciding {
  const { hub, tambon } = useOffice();
  const [refused, setRefused] = useState<Problem | null>(null);
  const decide = async (acts: Act[], told: string) => {
    const path = `tambons/${tambon.code}/needy-lists/${list.list_id}/decisions`;
    try {
      const now = await hub.post<ListVersion>(path, { version: list.version, on_revision: list.revision, decisions: acts });
      setRefused(null);
      if (now.version === list.version) await again();
      tell(told);
      return now;
    } catch (thrown) {
      const problem = thrown as Problem;
      tell("");
      if (problem.code === "stale-decision") await again();
      setRefused(problem);
      return null;
    }
  };
  return { decide, refused, forget: () => setRefused(null) };
}

/** Why a decision was not taken; where somebody was first, what they did. */
export function Refused({ problem, list }: { problem: Problem | null; list: NeedyList }) {
  const { words, tongue } = useOffice();
  if (!problem) return null;
  if (problem.code !== "stale-decision") return <Fault problem={problem} tongue={tongue} />;
  const since = (problem.members["since"] ?? []) as ListEvent[];
  return (
    <div class="note warn" role="alert">
      <strong>{words.fund.refused.since}</strong>
      <ul class="since">
        {since.map((event) => (
          <li key={event.number}>
            {words.fund.refused.event(actText(event.act, list, words), whoOf(event.by, words), moment(event.at, tongue))}
            {reasonOf(event.act) && <em> “{reasonOf(event.act)}”</em>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What was done, to which house. */
export function actText(act: Act, list: NeedyList, words: Words): string {
  const { acts, refused, appeals, forum, check } = words.fund;
  const more: (string | false)[] = [];
  if (act.act === "move") more.push(refused.toPlace(act.place));
  if (act.act === "check") more.push(check.findings[act.finding]);
  if (act.act === "appeal") more.push(act.accepted ? appeals.accepted : appeals.rejected);
  if (act.act === "hold_forum") more.push(act.village ? words.moo(Number(act.village.slice(6))) : forum.whole);
  if (act.act === "hand_over") more.push(act.to);
  const line = "household" in act ? list.lines.find(({ household_id }) => household_id === act.household) : undefined;
  return [acts[act.act], ...more, line && houseOf(line, words)].filter(Boolean).join(" ");
}

/** The written reason of a decision. */
export function reasonOf(act: Act): string {
  if ("reason" in act) return act.reason;
  return act.act === "check" ? act.note : "";
}

/** Whether people decided on a line. */
export function isDecided(line: Line): boolean {
  return line.standing !== "computed" && !line.to_check;
}
