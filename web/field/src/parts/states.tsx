/** Marks of a household: its state, how much help it needs, and what is to be looked at. */

import type { HouseholdRow, VisitState } from "../core/api.ts";
import { useApp } from "../context.ts";
import { Mark } from "./basics.tsx";
import { Icon, type IconName } from "./icon.tsx";

export const STATE_ICONS: Record<VisitState, IconName> = { new: "new", part: "part", done: "done", refused: "refused", absent: "absent" };
const STATE_TONES = { new: "calm", part: "warn", done: "good", refused: "calm", absent: "calm" } as const;

export function StateMark({ state }: { state: VisitState }) {
  const { words } = useApp();
  return (
    <Mark tone={STATE_TONES[state]} icon={STATE_ICONS[state]}>
      {words.states[state]}
    </Mark>
  );
}

export function TierMark({ tier, long }: { tier: HouseholdRow["tier"]; long?: boolean }) {
  const { words } = useApp();
  if (tier === null || tier > 3) return null;
  return (
    <span class={`tier tier-${tier}`}>
      {(long ? words.tiers : words.tiersShort)[tier]}
    </span>
  );
}

/** What a row of the list has besides: the most pressing thing to look at, and whether it is sent. */
export function RowMarks({ row }: { row: HouseholdRow }) {
  const { words } = useApp();
  const marks: { icon: IconName; tone: string; label: string }[] = [];
  if (row.conflicts) marks.push({ icon: "differs", tone: "bad", label: words.conflictMark });
  else if (row.duplicates.length) marks.push({ icon: "same", tone: "info", label: words.duplicateMark });
  else if (row.problems) marks.push({ icon: "alert", tone: "warn", label: words.problemMark });
  if (row.unsent) marks.push({ icon: "send", tone: "info", label: words.unsentMark });
  return (
    <span class="row-marks">
      {marks.map((mark) => (
        <span key={mark.icon} class={`row-mark ${mark.tone}`} role="img" aria-label={mark.label} title={mark.label}>
          <Icon name={mark.icon} size={1.1} />
        </span>
      ))}
    </span>
  );
}
