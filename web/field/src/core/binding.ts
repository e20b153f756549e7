/**
 * The core in wasm: one function. A question is JSON with byte strings behind it, and so is an answer;
 * `web/core/src/call.rs` has the layout.
 */

import type { FaultCode } from "./api.ts";
import { Failure } from "./fault.ts";

/** A question: its name as the only key, its fields as the value. */
export type Ask = Record<string, unknown>;

/** One record to write; without bytes it is to be deleted. */
export interface Write {
  store: string;
  key: string;
  bytes: Uint8Array | null;
}

export interface Told<T = unknown> {
  told: T;
  parts: Uint8Array[];
  writes: Write[];
}

/** The core wants these households before it can answer. */
export class Need extends Error {
  constructor(readonly households: string[]) {
    super("documents are needed");
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  reserve(length: number): number;
  call(): number;
}

const HEAD_BYTES = 40;

export class Binding {
  readonly #exports: Exports;
  #isBroken = false;

  private constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** A new core, which knows nothing yet. */
  static async of(module: WebAssembly.Module): Promise<Binding> {
    const instance = await WebAssembly.instantiate(module, {});
    return new Binding(instance.exports as unknown as Exports);
  }

  /** Whether a fault of the program has left the core unusable: then a new one has to be filled. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  call<T>(ask: Ask, parts: Uint8Array[] = [], now = Date.now()): Told<T> {
    const answer = this.#answer(question(ask, parts, now));
    const reader = new Reader(answer);
    const head = JSON.parse(TEXT.decode(reader.sized())) as {
      told?: T;
      parts?: number;
      writes?: [string, string, boolean][];
      fault?: { code: string; detail: string; need?: string[] };
    };
    if (head.fault) {
      if (head.fault.code === "need") throw new Need(head.fault.need ?? []);
      throw new Failure(head.fault.code as FaultCode, head.fault.detail);
    }
    const bytes = Array.from({ length: reader.number() }, () => reader.sized());
    const own = head.parts ?? 0;
    let next = own;
    const writes = (head.writes ?? []).map(([store, key, has]) => ({ store, key, bytes: has ? (bytes[next++] ?? null) : null }));
    return { told: head.told as T, parts: bytes.slice(0, own), writes };
  }

  #answer(question: Uint8Array): Uint8Array {
    const { memory, reserve, call } = this.#exports;
    try {
      const address = reserve(question.length);
      new Uint8Array(memory.buffer).set(question, address);
      const at = call();
      const length = new DataView(memory.buffer).getUint32(at, true);
      return new Uint8Array(memory.buffer.slice(at + 4, at + 4 + length));
    } catch (thrown) {
      this.#isBroken = true;
      throw new Failure("internal", `the core stopped: ${String(thrown)}`);
    }
  }
}

const TEXT = new TextDecoder();

function question(ask: Ask, parts: Uint8Array[], now: number): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(ask));
  const bytes = parts.reduce((sum, part) => sum + 4 + part.length, HEAD_BYTES + 4 + head.length + 4);
  const question = new Uint8Array(bytes);
  const view = new DataView(question.buffer);
  view.setBigInt64(0, BigInt(now), true);
  crypto.getRandomValues(question.subarray(8, HEAD_BYTES));
  let at = HEAD_BYTES;
  const put = (part: Uint8Array) => {
    view.setUint32(at, part.length, true);
    question.set(part, at + 4);
    at += 4 + part.length;
  };
  put(head);
  view.setUint32(at, parts.length, true);
  at += 4;
  parts.forEach(put);
  return question;
}

class Reader {
  #at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  number(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  sized(): Uint8Array {
    const length = this.number();
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }
}
