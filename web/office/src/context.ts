/** What every page of the office is given. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { ago, clock, dayAt, readDay, shortDay, type Tongue } from "../../shared/dates.ts";
import { Hub, type Role, type Session, type Tambon } from "./api.ts";
import { wordsOf, type Words } from "./words/index.ts";

export interface Office {
  hub: Hub;
  session: Session;
  /** The tambon that is looked at. */
  tambon: Tambon;
  tongue: Tongue;
  words: Words;
  /** Goes to a page of the registry, by its id; `rest` says to what of it. */
  go: (page: string, ...rest: (string | number)[]) => void;
}

export const OfficeContext = createContext<Office | null>(null);

export function useOffice(): Office {
  const office = useContext(OfficeContext);
  if (!office) throw new Error("outside of the office");
  return office;
}

/** Roles that look after devices and what they send. */
export const CARE: Role[] = ["coordinator", "admin"];

/** Roles that decide on lists and money. */
export const DECIDE: Role[] = ["fund", "admin"];

/** A moment of the API (RFC 3339) as near as a person wants to know it. */
export function moment(text: string | null, tongue: Tongue): string {
  return text ? ago(Date.parse(text), Date.now(), tongue) : "–";
}

/** A moment of the API with its day and time: `5 มี.ค. 2569 13.05 น.` */
export function dayAndTime(text: string, tongue: Tongue): string {
  const at = Date.parse(text);
  return `${shortDay(dayAt(at), tongue)} ${clock(at, tongue)}`;
}

/** A stored day. */
export function day(text: string | null, tongue: Tongue): string {
  const read = readDay(text);
  return read ? shortDay(read, tongue) : "–";
}

/** `หมู่ที่ 4` of a village's code. */
export function mooOf(village: string, words: Words): string {
  return words.moo(Number(village.slice(6)));
}

/** Who decided, as the API names them: `person:มาลี`, or a key by its id. */
export function whoOf(by: string, words: Words): string {
  return by.startsWith("key:") ? `${words.apiKey} ${by.slice(4)}` : by.replace(/^person:/, "");
}

export { wordsOf, type Tongue, type Words };
