/** The page's side of the core: each call is a message to the worker, and its answer one back. */

import type { Core, Event, Status } from "./api.ts";
import type { Signal } from "./field.ts";
import type { FromPage, FromWorker } from "./worker.ts";

const METHODS = [
  "start", "takeOver", "enrol", "unlock", "lock", "changePin", "logOut", "practise", "setLanguage", "setTextSize",
  "households", "search", "register", "open", "close", "household", "page", "answer", "addRow", "deleteRow", "visit",
  "attach", "picture", "sync", "refused", "photos", "exportUnsent", "importBundle",
] as const;

/** Starts the worker. */
export function createCore(): Core {
  const worker = new Worker(__CORE_WORKER__, { type: "module", name: "samruat" });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(fault: unknown): void }>();
  /** What came of answers of which there is more. */
  const begun = new Map<number, unknown[]>();
  const hearing = new Set<(event: Event) => void>();
  let calls = 0;

  const post = (message: FromPage) => worker.postMessage(message);
  const call = (method: string, args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      calls += 1;
      waiting.set(calls, { resolve, reject });
      post({ call: calls, method, args });
    });

  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if ("event" in data) return hearing.forEach((hear) => hear(data.event));
    const waits = waiting.get(data.answer);
    if ("json" in data) {
      const read = begun.get(data.answer) ?? [];
      read.push(...(JSON.parse(new TextDecoder().decode(data.json)) as unknown[]));
      begun.set(data.answer, read);
      if (data.more) return;
      begun.delete(data.answer);
      waits?.resolve(read);
    }
    waiting.delete(data.answer);
    if ("fault" in data) waits?.reject(data.fault);
    else if ("value" in data) waits?.resolve(data.value);
  };
  worker.onerror = (error) => {
    for (const { reject } of waiting.values()) reject({ code: "internal", detail: error.message });
    waiting.clear();
  };

  const signal = (signal: Signal) => () => post({ signal });
  addEventListener("online", signal("online"));
  addEventListener("offline", signal("offline"));
  document.addEventListener("visibilitychange", () => post({ signal: document.visibilityState === "hidden" ? "hidden" : "visible" }));
  addEventListener("pagehide", signal("hidden"));

  const asked = Object.fromEntries(METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)]));
  return {
    ...(asked as unknown as Core),
    // The browser asks the page, never a worker, whether storage may be kept.
    async persistStorage() {
      const persisted = (await navigator.storage?.persist?.()) ?? false;
      return (await call("persisted", [persisted])) as Status;
    },
    start() {
      const started = call("start", []) as Promise<Status>;
      // The first screen does not wait for it.
      void navigator.storage?.persisted?.().then((persisted) => call("persisted", [persisted]), () => {}).catch(() => {});
      return started;
    },
    subscribe(hear) {
      hearing.add(hear);
      return () => hearing.delete(hear);
    },
  };
}
