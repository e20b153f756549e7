/** The office: the sign-in page until somebody is signed in, then the shell with the page that the address names. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Hub, Problem, type Session } from "./api.ts";
import { useTextSize, useTongue } from "./preferences.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { wordsOf } from "./words/index.ts";

/** `undefined` until the hub has said who is signed in. */
type Who = Session | null | undefined;

export function App() {
  const [who, setWho] = useState<Who>(undefined);
  const [fault, setFault] = useState<Problem | null>(null);
  const [tongue, setTongue] = useTongue();
  const [size, setSize] = useTextSize();
  const words = wordsOf(tongue);

  const hub = useMemo(
    () =>
      new Hub((problem) => {
        setFault(problem.code === "signed-out" ? problem : null);
        setWho(null);
      }),
    [],
  );
  const begin = useCallback(
    () =>
      hub.get<Session>("session").then(setWho, (problem: Problem) => {
        if (problem.status === 401) return;
        setFault(problem);
        setWho(null);
      }),
    [hub],
  );
  useEffect(() => void begin(), [begin]);
  useEffect(() => void (document.title = words.title), [words]);

  const look = { tongue, setTongue, size, setSize, words };
  if (who === undefined) return <p class="waiting">{words.loading}</p>;
  if (who === null) {
    return (
      <SignIn
        hub={hub}
        look={look}
        fault={fault}
        onDone={(session) => {
          setFault(null);
          setWho(session);
        }}
      />
    );
  }
  const signOut = () =>
    hub.delete("session").then(
      () => {
        setFault(null);
        setWho(null);
      },
      (problem: Problem) => setFault(problem),
    );
  return <Shell key={who.name ?? ""} hub={hub} session={who} look={look} fault={fault} onSignOut={() => void signOut()} />;
}

/** How the pages look, and how that is changed. */
export interface Look {
  tongue: ReturnType<typeof useTongue>[0];
  setTongue: ReturnType<typeof useTongue>[1];
  size: ReturnType<typeof useTextSize>[0];
  setSize: ReturnType<typeof useTextSize>[1];
  words: ReturnType<typeof wordsOf>;
}
