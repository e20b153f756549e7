/** What every screen is given. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Core, Fault, Language, Status } from "./core/api.ts";
import type { Route } from "./route.ts";
import type { Rows } from "./rows.ts";
import type { Words } from "./words/index.ts";

/** What is the same for as long as the language is: who reads only this is not drawn again by every piece of news. */
export interface App {
  core: Core;
  words: Words;
  tongue: Language;
  /** A finger lies on a link that leads there: what that takes may begin. */
  touch(route: Route): void;
  go(route: Route, how?: { replace?: boolean }): void;
  returnTo(route: Route): void;
  back(): void;
  /** Shows a fault: on a screen of its own where nothing goes on without it, else in a line above the tabs. */
  tell(thrown: unknown): void;
  /** Says something in passing, also to a screen reader. */
  say(text: string): void;
}

/** What changes while somebody works. */
export interface Standing {
  status: Status;
  /** The list as it is now. */
  rows: Rows;
}

export const AppContext = createContext<App | null>(null);
/** Whether a screen is made before anybody is there. */
export const AheadContext = createContext(false);
export const StandingContext = createContext<Standing | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("a screen is drawn outside of the app");
  return app;
}

export function useStanding(): Standing {
  const standing = useContext(StandingContext);
  if (!standing) throw new Error("a screen is drawn outside of the app");
  return standing;
}

/** Faults after which nothing can be written or sent before somebody has read what happened. */
export function stops(fault: Fault | null): fault is Fault {
  return fault !== null && STOPPING.has(fault.code);
}

const STOPPING = new Set<Fault["code"]>([
  "device-revoked",
  "hub-replaced",
  "app-too-old",
  "clock-wrong",
  "storage-full",
  "storage-lost",
  "store-too-new",
  "open-elsewhere",
  "no-wasm",
]);
