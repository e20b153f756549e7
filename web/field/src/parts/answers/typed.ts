/**
 * Text that is being typed. It becomes an answer when the field is left, when the page is left, and after a pause.
 *
 * While it is not an answer yet, nothing replaces it: what arrives from others is handed out as `incoming`. From then
 * on the text waits for the person to say which holds; only leaving the page keeps what was typed without asking.
 */

import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import { createContext } from "preact";
import type { Node, Value } from "../../core/api.ts";

const PAUSE_MS = 2000;

/** What a page does before it is left: every field that is being typed in registers here. */
export class Unfinished {
  #fields = new Set<() => Promise<void>>();

  add(finish: () => Promise<void>): () => void {
    this.#fields.add(finish);
    return () => this.#fields.delete(finish);
  }

  async finish(): Promise<void> {
    await Promise.all([...this.#fields].map((field) => field()));
  }
}

export const UnfinishedContext = createContext<Unfinished>(new Unfinished());

export interface Typed {
  text: string;
  /** What the text is while nobody types: the value in words. */
  active: boolean;
  type: (text: string) => void;
  enter: () => void;
  leave: () => void;
  incoming: Node | null;
  takeIncoming: () => void;
  keepMine: () => void;
}

export function useTyped(node: Node, give: (value: Value) => Promise<void>, activeAtOnce: boolean): Typed {
  const [text, setText] = useState(plain(node.value));
  const [active, setActive] = useState(activeAtOnce);
  const [incoming, setIncoming] = useState<Node | null>(null);
  const state = useRef({ text, dirty: false, base: node.value, timer: 0, asking: false });
  const giving = useRef(give);
  giving.current = give;
  const unfinished = useContext(UnfinishedContext);

  const put = useCallback((next: string) => {
    state.current.text = next;
    setText(next);
  }, []);

  const finish = useCallback(async () => {
    const now = state.current;
    clearTimeout(now.timer);
    if (!now.dirty) return;
    const given = now.text;
    now.dirty = false;
    now.asking = false;
    setIncoming(null);
    try {
      await giving.current(given.trim() === "" ? null : given);
    } catch (thrown) {
      now.dirty = true;
      throw thrown;
    }
  }, []);

  // An answer that came from elsewhere, or our own as it was read.
  useEffect(() => {
    const now = state.current;
    if (node.value === now.base) return;
    now.base = node.value;
    if (!now.dirty) put(plain(node.value));
    else if (!node.written?.mine) {
      clearTimeout(now.timer);
      now.asking = true;
      setIncoming(node);
    }
  }, [node, put]);

  useEffect(() => {
    const forget = unfinished.add(finish);
    const hidden = () => document.visibilityState === "hidden" && void finish().catch(() => {});
    document.addEventListener("visibilitychange", hidden);
    return () => {
      document.removeEventListener("visibilitychange", hidden);
      forget();
      void finish().catch(() => {});
    };
  }, [finish, unfinished]);

  return {
    text,
    active,
    incoming,
    type: (next) => {
      put(next);
      state.current.dirty = true;
      clearTimeout(state.current.timer);
      if (state.current.asking) return;
      state.current.timer = window.setTimeout(() => void finish().catch(() => {}), PAUSE_MS);
    },
    enter: () => setActive(true),
    leave: () => {
      setActive(false);
      if (!state.current.asking) void finish().catch(() => {});
    },
    takeIncoming: () => {
      const now = state.current;
      clearTimeout(now.timer);
      now.dirty = false;
      now.asking = false;
      put(plain(node.value));
      setIncoming(null);
    },
    keepMine: () => void finish().catch(() => {}),
  };
}

export function plain(value: Value): string {
  return value === null ? "" : String(value);
}
