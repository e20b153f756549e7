/** What every screen is given. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Core, Fault, Language, Status } from "./core/api.ts";
import type { Route } from "./route.ts";
import type { Rows } from "./rows.ts";
import type { Words } from "./words/index.ts";

export interface App {
  core: Core;
  status: Status;
  words: Words;
  tongue: Language;
  /** The list as it is now. */
  rows: Rows;
  go(route: Route, how?: { replace?: boolean }): void;
  returnTo(route: Route): void;
  back(): void;
  /** Shows a fault: on a screen of its own where nothing goes on without it, else in a line above the tabs. */
  tell(thrown: unknown): void;
  /** Says something in passing, also to a screen reader. */
  say(text: string): void;
}

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("a screen is drawn outside of the app");
  return app;
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
