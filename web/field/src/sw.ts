/**
 * Keeps the app's own files, so that it starts without a network. Knows nothing of answers, and never touches `/api`.
 *
 * A new version fetches all of its files into a cache of its own and then waits until a page says yes.
 */

/// <reference lib="webworker" />
export {};

declare const self: ServiceWorkerGlobalScope;
/** What the build made, as absolute paths; `/` is the page itself. */
declare const __FILES__: string[];
declare const __VERSION__: string;

const CACHE = `samruat-${__VERSION__}`;

self.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

/** Files whose names hold their hash are taken over from the version before, if it has them. */
async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    __FILES__.map(async (path) => {
      const kept = path.startsWith("/assets/") ? await caches.match(path) : undefined;
      if (kept) return cache.put(path, kept);
      const fetched = await fetch(path, { cache: "no-cache" });
      if (!fetched.ok) throw new Error(`${path}: ${fetched.status}`);
      return cache.put(path, fetched);
    }),
  );
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("samruat-") && name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  const path = event.request.mode === "navigate" && url.pathname === "/index.html" ? "/" : url.pathname;
  if (!__FILES__.includes(path)) return;
  event.respondWith((async () => (await (await caches.open(CACHE)).match(path)) ?? fetch(event.request))());
});

self.addEventListener("message", (event) => {
  if ((event.data as { take?: string } | null)?.take === "over") void self.skipWaiting();
});

/** Background Sync: the network is back. What is to be sent is locked by the PIN, so only an open page can send it. */
self.addEventListener("sync" as "message", (event) => {
  (event as ExtendableEvent).waitUntil(
    (async () => {
      for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage({ wake: "sync" });
    })(),
  );
});
