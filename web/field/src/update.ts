/** The service worker: registers it, sees that a new version waits, and lets it in when a person says yes. */

import { useEffect, useState } from "preact/hooks";
import type { Core } from "./core/api.ts";

const CHECK_EVERY_MS = 60 * 60 * 1000;
const SYNC_TAG = "samruat-sync";

let registration: ServiceWorkerRegistration | null = null;
const heard = new Set<() => void>();

function tellAll(): void {
  for (const hear of heard) hear();
}

/** Registers the service worker. `wake` is called when the browser says that the network is back. */
export async function register(wake: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent) => {
    if ((event.data as { wake?: string } | null)?.wake === "sync") wake();
  });
  try {
    registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  } catch {
    return;
  }
  const watch = (worker: ServiceWorker | null) => worker?.addEventListener("statechange", tellAll);
  watch(registration.installing);
  registration.addEventListener("updatefound", () => {
    watch(registration?.installing ?? null);
    tellAll();
  });
  tellAll();
  setInterval(() => void registration?.update().catch(() => {}), CHECK_EVERY_MS);
}

/** A new version waits; on a first visit there is nothing that it would replace. */
function waiting(): boolean {
  return Boolean(registration?.waiting && navigator.serviceWorker.controller);
}

/** Asks the browser to wake the app when there is a network, where it can. */
export function wakeWhenOnline(): void {
  const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | null)?.sync;
  sync?.register(SYNC_TAG).catch(() => {});
}

export function useUpdate(): { ready: boolean; take: (core: Core) => Promise<void> } {
  const [ready, setReady] = useState(waiting);
  useEffect(() => {
    const hear = () => setReady(waiting());
    heard.add(hear);
    hear();
    return () => void heard.delete(hear);
  }, []);
  return { ready, take };
}

/** Closes what is open, then lets the new version in and starts it. */
async function take(core: Core): Promise<void> {
  await core.close();
  const next = registration?.waiting;
  if (!next) return location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  next.postMessage({ take: "over" });
}
