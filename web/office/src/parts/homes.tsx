/** How a household is called and why it stands where it stands: always in words, a number never alone. */

import type { Home, Reason } from "../api-fund.ts";
import { mooOf, useOffice, type Tongue, type Words } from "../context.ts";

/** `บ้านเลขที่ 12/3 หมู่ที่ 4` */
export function houseOf({ house_no, village }: Home, words: Words): string {
  return [house_no && words.houseNo(house_no), mooOf(village, words)].filter(Boolean).join(" ");
}

/** The same with the name of its head. */
export function homeOf(home: Home, words: Words): string {
  return `${houseOf(home, words)} · ${home.head_name ?? words.nobody}`;
}

/** A name without its title: people are looked up by their given names. */
export function givenName({ head_name }: Home): string | null {
  return head_name?.replace(/^(?:นางสาว|นาง|นาย|น\.ส\.|ด\.ช\.|ด\.ญ\.|เด็กชาย|เด็กหญิง)\s*/, "") ?? null;
}

export function tierText(tier: number | null, words: Words): string {
  return tier === null ? "–" : `${tier} ${words.fund.tiers[tier] ?? ""}`;
}

export function whyText(reasons: Reason[], tongue: Tongue): string {
  return reasons.map((reason) => reason[tongue]).join(", ");
}

/** Every reason, as a list. */
export function Why({ reasons }: { reasons: Reason[] }) {
  const { words, tongue } = useOffice();
  if (reasons.length === 0) return <p class="soft">{words.fund.noReason}</p>;
  return (
    <ul class="reasons">
      {reasons.map((reason) => (
        <li key={reason.flag}>{reason[tongue]}</li>
      ))}
    </ul>
  );
}

export function Tier({ tier }: { tier: number | null }) {
  const { words } = useOffice();
  return <span class={`tier tier-${tier ?? 0}`}>{tierText(tier, words)}</span>;
}
