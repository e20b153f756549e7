/** The words of a language. */

import type { Tongue } from "../../../shared/dates.ts";
import { en } from "./en.ts";
import { th, type Words } from "./th.ts";

export type { Words };

export function wordsOf(tongue: Tongue): Words {
  return tongue === "en" ? en : th;
}
