/** Heads, notes, problems, dialogs and what else every page is built of. */

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../api.ts";
import { useOffice, type Tongue } from "../context.ts";

/** The head of a page; `aside` are its buttons. */
export function Head({ title, lead, aside }: { title: string; lead?: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <header class="head">
      <div>
        <h1>{title}</h1>
        {lead && <p class="soft">{lead}</p>}
      </div>
      {aside && <div class="head-aside">{aside}</div>}
    </header>
  );
}

type Tone = "calm" | "good" | "warn" | "bad";

/** A framed remark. */
export function Note({ tone = "calm", children }: { tone?: Tone; children: ComponentChildren }) {
  return <div class={`note ${tone}`}>{children}</div>;
}

/** What could not be done. It is read out when it appears. */
export function Fault({ problem, tongue }: { problem: Problem; tongue: Tongue }) {
  const thai = tongue === "th" ? problem.members["detail_th"] : null;
  const detail = typeof thai === "string" ? { text: thai, lang: "th" } : { text: problem.detail, lang: "en" };
  return (
    <div class="note bad" role="alert">
      <strong>{tongue === "th" ? problem.th : problem.en}</strong>
      {detail.text && problem.code !== "wrong-sign-in" && (
        <p class="small" lang={detail.lang}>
          {detail.text}
        </p>
      )}
    </div>
  );
}

/** What was done last, read out when it changes. */
export function Told({ children }: { children: ComponentChildren }) {
  return (
    <div class="told" role="status">
      {children}
    </div>
  );
}

/** Something that is loaded when the page appears, and again when it is asked for. */
export function useLoad<T>(load: () => Promise<T>, inputs: unknown[]): { found: T | null; problem: Problem | null; again: () => Promise<void> } {
  const [found, setFound] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const current = useRef(0);
  const again = useCallback(async () => {
    const mine = ++current.current;
    try {
      const loaded = await load();
      if (mine !== current.current) return;
      setFound(loaded);
      setProblem(null);
    } catch (thrown) {
      if (mine === current.current) setProblem(thrown as Problem);
    }
  }, inputs);
  useEffect(() => {
    void again();
    return () => void (current.current += 1);
  }, [again]);
  return { found, problem, again };
}

/** What to show while something loads, or where it could not be loaded. */
export function Loading({ problem, again }: { problem: Problem | null; again: () => Promise<void> }) {
  const { words, tongue } = useOffice();
  if (!problem) return <p class="waiting">{words.loading}</p>;
  return (
    <>
      <Fault problem={problem} tongue={tongue} />
      <button type="button" class="button" onClick={() => void again()}>
        {words.retry}
      </button>
    </>
  );
}

/** A button whose work takes a while: it cannot be pressed twice. */
export function WorkButton(props: { kind?: "main" | "danger"; label?: string; onWork: () => Promise<void>; children: ComponentChildren }) {
  const [busy, setBusy] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const work = async () => {
    setBusy(true);
    try {
      await props.onWork();
    } finally {
      if (alive.current) setBusy(false);
    }
  };
  return (
    <button type="button" class={`button ${props.kind ?? ""}`} aria-label={props.label} aria-busy={busy || undefined} onClick={busy ? undefined : () => void work()}>
      {props.children}
    </button>
  );
}

/** Asks before something is done that cannot be undone. */
export function Confirm(props: { title: string; children: ComponentChildren; yes: string; onYes: () => Promise<void>; onClose: () => void }) {
  const { words } = useOffice();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog class="dialog" ref={dialog} aria-label={props.title} onCancel={(event) => (event.preventDefault(), props.onClose())}>
      <h2>{props.title}</h2>
      <div>{props.children}</div>
      <div class="buttons">
        <WorkButton kind="main" onWork={props.onYes}>
          {props.yes}
        </WorkButton>
        <button type="button" class="button" onClick={props.onClose}>
          {words.cancel}
        </button>
      </div>
    </dialog>
  );
}

/** The first of a long list, and a button for more: what is not looked at costs nothing. */
export function useMore(step: number): { count: number; more: () => void } {
  const [count, setCount] = useState(step);
  return { count, more: () => setCount(count + step) };
}
