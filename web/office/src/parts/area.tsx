/** Areas around and within the tambon: which one a page is at, the way to it, and choosing what is counted. */

import { addressOf, useRoute } from "../route.ts";
import { useOffice, type Tongue, type Words } from "../context.ts";
import type { Session, Tambon } from "../api.ts";
import type { Block, Indicator, Told } from "../planning.ts";

/** Digits of the area around an area. */
const AROUND = [0, 2, 4, 6];

const codeOf = (tambon: string, digits: number) => (digits === 0 ? "TH" : tambon.slice(0, digits));
const digitsOf = (area: string) => (area === "TH" ? 0 : area.length);

/** The area that a page is at: that of the address, if it is one of the session's; else the tambon. */
export function useArea(): string {
  const { session, tambon } = useOffice();
  const [place] = useRoute().rest;
  const isKnown = place !== undefined && /^(TH|\d{2}|\d{4}|\d{6})$/.test(place);
  return isKnown && covers(session.area, place) ? place : tambon.code;
}

function covers(area: string, other: string): boolean {
  return area === "TH" || (other !== "TH" && other.startsWith(area.slice(0, 6)));
}

/** The way from the largest area that may be seen to this one. */
export function Crumbs({ page, area }: { page: string; area: string }) {
  const { session, tambon, words, tongue } = useOffice();
  const within = session.tambons.find(({ code }) => area === "TH" || code.startsWith(area)) ?? tambon;
  const levels = AROUND.filter((digits) => digits <= digitsOf(area) && covers(session.area, codeOf(within.code, digits)));
  return (
    <nav class="crumbs" aria-label={words.areas.path}>
      <ol>
        {levels.map((digits) => {
          const code = codeOf(within.code, digits);
          const name = areaName(code, session, words, tongue);
          return (
            <li key={code}>
              {code === area ? <span aria-current="page">{name}</span> : <a href={addressOf(within.code, page, code)}>{name}</a>}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** `อ.เมืองพิษณุโลก` of a code that a tambon of the session lies in. */
export function areaName(area: string, session: Session, words: Words, tongue: Tongue): string {
  if (area === "TH") return words.areas.country;
  const within = session.tambons.find(({ code }) => code.startsWith(area));
  if (!within) return tongue === "th" ? session.area_th : session.area_en;
  const key = (["province", "amphoe", "name"] as const)[area.length / 2 - 1] ?? "name";
  const name = within[`${key}_${tongue}` as keyof Tambon];
  return tongue === "th" ? `${{ province: "จ.", amphoe: "อ.", name: "ต." }[key]}${name}` : name;
}

interface ChoiceProps {
  label: string;
  value: string;
  options: { value: string; name: string }[];
  onChoose: (value: string) => void;
}

/** A choice of one among several. */
export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select class="input" value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function blockOptions(blocks: Block[], tongue: Tongue) {
  return blocks.map(({ name, words }) => ({ value: name, name: words[tongue] }));
}

/** All words of an indicator: `ซ่อม/สร้างบ้าน · ภายใน 1 เดือน`. */
export function indicatorName({ words }: Indicator, tongue: Tongue): string {
  return words.map((told: Told) => told[tongue]).join(" · ");
}
