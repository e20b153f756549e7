/** The sign-in page. */

import { useRef, useState } from "preact/hooks";
import { Hub, Problem, type Session } from "./api.ts";
import type { Look } from "./app.tsx";
import { LookChoices } from "./shell.tsx";
import { Fault, Note } from "./parts/basics.tsx";

interface Props {
  hub: Hub;
  look: Look;
  fault: Problem | null;
  onDone: (session: Session) => void;
}

export function SignIn({ hub, look, fault, onDone }: Props) {
  const { words, tongue } = look;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  const submit = async (form: HTMLFormElement) => {
    const typed = new FormData(form);
    setBusy(true);
    try {
      onDone(await hub.post<Session>("session", { name: typed.get("name"), password: typed.get("password") }));
    } catch (thrown) {
      setProblem(thrown as Problem);
      setBusy(false);
      password.current?.select();
    }
  };
  const told = problem ?? fault;
  return (
    <main class="sign-in">
      <form
        class="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit(event.currentTarget);
        }}
      >
        <img class="emblem" src="/icon.svg" alt="" width="72" height="72" />
        <h1>{words.signIn.title}</h1>
        <p class="soft">{words.signIn.lead}</p>
        {!isSecureContext && <Note tone="warn">{words.signIn.insecure}</Note>}
        <label class="field">
          <span>{words.signIn.name}</span>
          <input class="input" name="name" autoComplete="username" autoCapitalize="off" spellcheck={false} required autoFocus />
        </label>
        <label class="field">
          <span>{words.signIn.password}</span>
          <input class="input" name="password" type="password" autoComplete="current-password" required ref={password} />
        </label>
        {told && <Fault problem={told} tongue={tongue} />}
        <button class="button main" type="submit" aria-busy={busy || undefined}>
          {words.signIn.go}
        </button>
        <p class="soft small">{words.signIn.forgotten}</p>
      </form>
      <LookChoices look={look} />
    </main>
  );
}
