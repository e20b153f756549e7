/**
 * Where a person is, as the address says it behind `#`, and the way back.
 *
 * Addresses hold ids and nothing else. Each entry of the browser's history keeps the addresses before it, so that
 * the phone's own back button, our back button and "back to the overview" all walk the same way.
 */

import type { HouseholdId } from "./core/api.ts";

export type Route =
  | { at: "list" | "map" | "sync" | "refused" | "settings" | "pin" | "register" }
  | { at: "home" | "conflicts"; id: HouseholdId }
  | { at: "page"; id: HouseholdId; page: string };

const PLAIN = ["map", "sync", "refused", "settings", "pin", "register"] as const;
const TRAIL_MAX = 400;

export function address(route: Route): string {
  switch (route.at) {
    case "list":
      return "#/";
    case "home":
      return `#/home/${route.id}`;
    case "conflicts":
      return `#/home/${route.id}/conflicts`;
    case "page":
      return `#/home/${route.id}/page/${encodeURIComponent(route.page)}`;
    default:
      return `#/${route.at}`;
  }
}

/** Reads an address; what is none leads to the list. */
export function read(hash: string): Route {
  const [, first = "", id = "", third = "", page = ""] = hash.split("/");
  const plain = PLAIN.find((name) => name === first);
  if (plain) return { at: plain };
  if (first !== "home" || !id) return { at: "list" };
  if (third === "conflicts") return { at: "conflicts", id };
  if (third === "page" && page) return { at: "page", id, page: decoded(page) };
  return { at: "home", id };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What lies above a place: where "back" leads when there is no way back. */
export function above(route: Route): Route {
  switch (route.at) {
    case "page":
    case "conflicts":
      return { at: "home", id: route.id };
    case "refused":
      return { at: "sync" };
    case "pin":
      return { at: "settings" };
    default:
      return { at: "list" };
  }
}

interface Entry {
  trail: string[];
}

function trail(): string[] {
  const entry = history.state as Entry | null;
  return Array.isArray(entry?.trail) ? entry.trail : [];
}

/** Walks through the browser's history and says where it arrived. */
export class Way {
  #scrolls = new Map<string, number>();
  #hear: (route: Route, scroll: number) => void;

  constructor(hear: (route: Route, scroll: number) => void) {
    this.#hear = hear;
    history.scrollRestoration = "manual";
  }

  start(): () => void {
    const arrived = () => {
      const route = read(location.hash);
      this.#hear(route, this.#scrolls.get(this.#place()) ?? 0);
    };
    addEventListener("popstate", arrived);
    return () => removeEventListener("popstate", arrived);
  }

  go(route: Route, how: { replace?: boolean } = {}): void {
    const [now, then] = [location.hash || "#/", address(route)];
    if (now === then) return;
    // First, so that the core is at work while the browser keeps the address.
    this.#hear(route, 0);
    this.keepScroll();
    const before = trail();
    if (how.replace) history.replaceState({ trail: before }, "", then);
    else history.pushState({ trail: [...before, now].slice(-TRAIL_MAX) }, "", then);
  }

  /** Goes back to where `route` was left, or there anew if the way did not lead through it. */
  returnTo(route: Route): void {
    const before = trail();
    const index = before.lastIndexOf(address(route));
    if (index < 0) return this.go(route, { replace: true });
    this.keepScroll();
    history.go(index - before.length);
  }

  back(): void {
    this.keepScroll();
    if (trail().length) history.back();
    else this.go(above(read(location.hash)), { replace: true });
  }

  /** Call before what is on the screen changes. */
  keepScroll(): void {
    this.#scrolls.set(this.#place(), scrollY);
  }

  #place(): string {
    return `${trail().length} ${location.hash || "#/"}`;
  }
}
