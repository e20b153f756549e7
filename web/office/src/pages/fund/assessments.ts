/** The assessed households of the tambon in the order of need, loaded piece by piece: the first are there at once. */

import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { Assessed, AssessedPage } from "../../api-fund.ts";
import { useOffice } from "../../context.ts";

/** Households of the first piece, which fills a screen, and of those after it. */
const [FIRST, MORE] = [200, 1000];

export interface Assessments {
  rows: Assessed[];
  /** Whether all are there. */
  whole: boolean;
  /** Version of the thresholds. */
  parameters: string | null;
  problem: Problem | null;
}

const NOTHING: Assessments = { rows: [], whole: false, parameters: null, problem: null };

/** Those that a query of the API takes, e.g. `missed=true`; none are asked for where it is null. */
export function useAssessments(query: string | null): Assessments & { again: () => Promise<void> } {
  const { hub, tambon } = useOffice();
  const [asked, setAsked] = useState(0);
  const [found, setFound] = useState(NOTHING);
  useEffect(() => {
    if (query === null) return;
    let alive = true;
    const read = async () => {
      // A household whose rank changes meanwhile can come twice.
      const rows = new Map<string, Assessed>();
      let after: string | null = null;
      do {
        const words: string[] = [query, `limit=${rows.size === 0 ? FIRST : MORE}`, after ? `after=${encodeURIComponent(after)}` : ""];
        const page: AssessedPage = await hub.get(`tambons/${tambon.code}/assessments?${words.filter(Boolean).join("&")}`);
        if (!alive) return;
        for (const row of page.households) rows.set(row.household_id, row);
        after = page.next;
        setFound({ rows: [...rows.values()], whole: after === null, parameters: page.parameters, problem: null });
      } while (after);
    };
    setFound((before) => ({ ...before, whole: false }));
    read().catch((problem: Problem) => alive && setFound((before) => ({ ...before, problem })));
    return () => void (alive = false);
  }, [hub, tambon.code, query, asked]);
  return { ...found, again: async () => setAsked((times) => times + 1) };
}
