/** A day in the Buddhist era: day, month by name, year. The browser's own field would show another era. */

import { useState } from "preact/hooks";
import { BUDDHIST, daysIn, monthName, readDay, writeDay } from "../../../shared/dates.ts";
import { useOffice } from "../context.ts";
import { readNumber } from "./numbers.ts";

interface Props {
  label: string;
  /** As it is stored, `2026-03-05`; empty where it is no day yet. */
  value: string;
  onChange: (value: string) => void;
}

export function DayField({ label, value, onChange }: Props) {
  const { words, tongue } = useOffice();
  const says = words.fund.day;
  const begun = readDay(value);
  const [parts, setParts] = useState({
    day: begun ? String(begun.day) : "",
    month: begun?.month ?? 0,
    year: begun ? String(begun.year + BUDDHIST) : "",
  });
  const change = (changed: Partial<typeof parts>) => {
    const now = { ...parts, ...changed };
    setParts(now);
    const [day, year] = [readNumber(now.day), readNumber(now.year)];
    const common = year === null ? 0 : year - BUDDHIST;
    const holds = day !== null && now.month > 0 && common >= 1900 && common < 2400 && day >= 1 && day <= daysIn(common, now.month);
    onChange(holds ? writeDay({ year: common, month: now.month, day }) : "");
  };
  return (
    <fieldset class="field day-field">
      <legend>{label}</legend>
      <input class="input" inputMode="numeric" aria-label={says.day} placeholder={says.day} value={parts.day} onInput={(event) => change({ day: event.currentTarget.value })} />
      <select class="input" aria-label={says.month} value={parts.month} onChange={(event) => change({ month: Number(event.currentTarget.value) })}>
        <option value={0}>{says.month}</option>
        {Array.from({ length: 12 }, (_, index) => (
          <option key={index} value={index + 1}>
            {monthName(index + 1, tongue)}
          </option>
        ))}
      </select>
      <input class="input" inputMode="numeric" aria-label={says.year} placeholder={says.year} value={parts.year} onInput={(event) => change({ year: event.currentTarget.value })} />
    </fieldset>
  );
}

/** Today, as it is stored. */
export function today(): string {
  const now = new Date();
  return writeDay({ year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() });
}

/** The fiscal year (พ.ศ.) that it is: from 1 October it is the next one. */
export function fiscalYear(): number {
  const now = new Date();
  return now.getFullYear() + BUDDHIST + (now.getMonth() >= 9 ? 1 : 0);
}
