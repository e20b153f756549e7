/**
 * What somebody is typing and has not sent. It outlives its page: whoever is signed out in the middle of a sentence, or
 * looks something up on another page, finds it again. It is kept in memory alone and for one person.
 */

import { useState } from "preact/hooks";
import { useOffice } from "../context.ts";

const kept = new Map<string, string>();

/** A text under a name; what is as it was first is forgotten. */
export function useDraft(name: string, first = ""): [string, (text: string) => void] {
  const { session, tambon } = useOffice();
  const key = [session.name, tambon.code, name].join("/");
  const [, draw] = useState(0);
  const set = (text: string) => {
    if (text === first) kept.delete(key);
    else kept.set(key, text);
    draw((times) => times + 1);
  };
  return [kept.get(key) ?? first, set];
}
