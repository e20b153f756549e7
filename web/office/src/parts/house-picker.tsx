/** Finds one of many households by house number or name, and picks it. */

import { useState } from "preact/hooks";
import type { Home } from "../api-fund.ts";
import { useOffice } from "../context.ts";
import { homeOf } from "./homes.tsx";
import { plain } from "./table.tsx";

/** Households that are offered at a time. */
const OFFERED = 8;

export function HousePicker({ label, homes, picked, onPick }: { label: string; homes: Home[]; picked: string; onPick: (id: string) => void }) {
  const { words } = useOffice();
  const [wanted, setWanted] = useState("");
  const looked = plain(wanted.trim());
  const found = looked ? homes.filter((home) => plain(homeOf(home, words)).includes(looked)) : homes;
  const offered = found.slice(0, OFFERED);
  const chosen = homes.find(({ household_id }) => household_id === picked);
  if (chosen && !offered.includes(chosen)) offered.unshift(chosen);
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      <label>
        <span class="unseen">{words.fund.forum.find}</span>
        <input class="input" type="search" placeholder={words.fund.forum.find} value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      </label>
      <div class="picks" role="group" aria-label={words.fund.forum.pick}>
        {offered.map((home) => (
          <label key={home.household_id} class="pick">
            <input type="radio" name={`picked-${label}`} checked={home.household_id === picked} onChange={() => onPick(home.household_id)} />
            <span>{homeOf(home, words)}</span>
          </label>
        ))}
      </div>
      <span class="soft small" role="status">
        {found.length === 0 ? words.nothingFound : words.rowsShown(Math.min(found.length, OFFERED), found.length)}
      </span>
    </fieldset>
  );
}
