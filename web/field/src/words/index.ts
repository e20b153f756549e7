/** The words of a language, and what is said about a fault. */

import type { Fault, Language } from "../core/api.ts";
import { en } from "./en.ts";
import { th, type Words } from "./th.ts";

export type { Words };

export function wordsOf(language: Language): Words {
  return language === "en" ? en : th;
}

export function faultWords(words: Words, fault: Fault): { title: string; what: string; todo: string } {
  return words.faults[fault.code] ?? words.faults.internal;
}

/** What was thrown, as a fault. */
export function faultOf(thrown: unknown): Fault {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string") {
    return thrown as Fault;
  }
  return { code: "internal", detail: String(thrown) };
}
