/** The worker: answers what the page asks, one message each, and tells what happens. */

import { failure } from "./fault.ts";
import { Field, Json, type Signal } from "./field.ts";

/** What the page sends. */
export type FromPage = { call: number; method: string; args: unknown[] } | { signal: Signal };
/** What the worker sends: an answer, bytes of JSON of an answer and whether `more` follow, a failure, or an event. */
export type FromWorker =
  | { answer: number; value: unknown }
  | { answer: number; json: ArrayBuffer; more: boolean }
  | { answer: number; fault: import("./api.ts").Fault }
  | { event: import("./api.ts").Event };

const field = new Field(core(), (event) => post({ event }));

/** The core is fetched and compiled while the PIN is typed. */
async function core(): Promise<WebAssembly.Module> {
  const answer = await fetch(__CORE_WASM__);
  return WebAssembly.compile(await answer.arrayBuffer());
}

self.onmessage = async ({ data }: MessageEvent<FromPage>) => {
  if ("signal" in data) return void field.signal(data.signal).catch(() => {});
  const { call, method, args } = data;
  try {
    const asked = field[method as keyof Field] as (...args: unknown[]) => Promise<unknown>;
    const value = await asked.apply(field, args);
    if (value instanceof Json) {
      value.parts.forEach((part, at) => {
        const json = part.slice().buffer;
        post({ answer: call, json, more: at + 1 < value.parts.length }, [json]);
      });
    } else {
      post({ answer: call, value });
    }
  } catch (thrown) {
    post({ answer: call, fault: failure(thrown).fault });
  }
};

function post(message: FromWorker, transfer: Transferable[] = []): void {
  (self as unknown as DedicatedWorkerGlobalScope).postMessage(message, transfer);
}
