/** The hub over HTTP, from the page's own origin. Every answer that is no success becomes a {@link Failure}. */

import type { FaultCode } from "./api.ts";
import { Failure } from "./fault.ts";

const SYNC_MEDIA_TYPE = "application/vnd.samruat.sync+cbor";
/** Bodies under this are not worth compressing. */
const COMPRESS_BYTES_MIN = 200;
/** A phone on 2G is slow, not dead. */
const TIMEOUT_MS = 120_000;
const PROBLEM = "urn:samruat:problem:";

/** What a hub gives a device that enrols. */
export interface Enrolment {
  device: string;
  token: string;
  person: string;
  tambon: string;
  tambon_th: string;
  tambon_en: string;
  villages: KnownVillage[];
}

/** A village of the device, with what a roster says of it. A hub of before says nothing of houses. */
export interface KnownVillage {
  code: string;
  moo: number;
  name_th: string | null;
  expected?: number | null;
}

/** What a device is to know of its villages. */
export interface Published {
  forms: PublishedForm[];
  /** A hub of before names none. */
  villages?: KnownVillage[];
  /** What stands for all that is published in the tambon. */
  fingerprint?: string;
}

/** A form that holds in some of the device's villages. */
export interface PublishedForm {
  hash: string;
  built_in: boolean;
  villages: string[];
  /** The tables that it reads, and their files. A hub of before names none. */
  tables?: { name: string; sha256: string | null }[];
}

/** The hub has no such thing (any more). */
export class NotFound extends Failure {}

export class Hub {
  readonly #token: string | undefined;

  constructor(token?: string) {
    this.#token = token;
  }

  async enrol(code: string, attempt: string): Promise<Enrolment> {
    const body = JSON.stringify({ code, attempt });
    const answer = await this.send("/api/v1/enrol", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    return (await json(answer)) as Enrolment;
  }

  async sync(body: Uint8Array): Promise<Uint8Array> {
    const headers: Record<string, string> = { "Content-Type": SYNC_MEDIA_TYPE };
    let sent = body;
    if (body.length >= COMPRESS_BYTES_MIN && "CompressionStream" in globalThis) {
      headers["Content-Encoding"] = "gzip";
      sent = await gzipped(body);
    }
    const answer = await this.send("/api/v1/sync", { method: "POST", headers, body: sent as BufferSource });
    if (!answer.headers.get("Content-Type")?.startsWith(SYNC_MEDIA_TYPE)) throw interposed();
    return bytes(answer);
  }

  /** At most `count` bytes of a frame, from `offset` on: what arrived of them, and what broke it off. */
  async frame(sha256: string, offset: number, count: number): Promise<{ piece: Uint8Array; broken: Failure | null }> {
    const headers = { Range: `bytes=${offset}-${offset + count - 1}` };
    const answer = await this.send(`/api/v1/frames/${sha256}`, { headers });
    const { arrived, broken } = await asFarAsItCame(answer);
    return { piece: answer.status === 206 ? arrived : arrived.subarray(offset, offset + count), broken };
  }

  async people(): Promise<Record<string, string>> {
    return (await json(await this.send("/api/v1/people"))) as Record<string, string>;
  }

  /** The forms that hold in the device's villages, and the villages. */
  async published(): Promise<Published> {
    return (await json(await this.send("/api/v1/published-forms"))) as Published;
  }

  async form(hash: string): Promise<Uint8Array> {
    return bytes(await this.send(`/api/v1/forms/${hash}`));
  }

  async table(sha256: string): Promise<Uint8Array> {
    return bytes(await this.send(`/api/v1/tables/${sha256}`));
  }

  /** Sends a request; an answer that is no success is thrown. */
  async send(path: string, options: RequestInit = {}): Promise<Response> {
    const headers = new Headers(options.headers);
    if (this.#token) headers.set("Authorization", `Bearer ${this.#token}`);
    let answer: Response;
    try {
      answer = await fetch(path, {
        ...options,
        headers,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (thrown) {
      throw new Failure("unreachable", thrown instanceof Error ? thrown.name : undefined);
    }
    if (answer.ok) return answer;
    throw await refused(answer);
  }
}

async function bytes(answer: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    throw new Failure("unreachable", "the answer broke off");
  }
}

async function asFarAsItCame(answer: Response): Promise<{ arrived: Uint8Array; broken: Failure | null }> {
  const reader = answer.body?.getReader();
  const pieces: Uint8Array[] = [];
  let broken: Failure | null = null;
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) pieces.push(read.value);
  } catch {
    broken = new Failure("unreachable", "the answer broke off");
  }
  return { arrived: new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()), broken };
}

async function json(answer: Response): Promise<unknown> {
  if (!answer.headers.get("Content-Type")?.includes("json")) throw interposed();
  try {
    return JSON.parse(new TextDecoder().decode(await bytes(answer)));
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : interposed();
  }
}

/** Somebody else answers in the hub's place, e.g. the sign-in page of a Wi-Fi. */
function interposed(): Failure {
  return new Failure("unreachable", "the answer is not the hub's");
}

const KNOWN: Record<string, FaultCode> = {
  "wrong-code": "wrong-code",
  "code-used": "code-used",
  "code-expired": "code-expired",
  "too-many-attempts": "too-many-attempts",
  "device-revoked": "device-revoked",
  // A hub that does not know the token is another one, or was restored to before the device enrolled.
  "wrong-token": "hub-replaced",
  "missing-credentials": "hub-replaced",
  "unknown-version": "app-too-old",
  busy: "hub-busy",
  "not-ready": "hub-busy",
  "request-timeout": "hub-busy",
};

async function refused(answer: Response): Promise<Failure> {
  const retryAt = retryAfter(answer.headers.get("Retry-After"));
  let type = "";
  try {
    const problem = JSON.parse(await answer.text()) as { type?: string };
    if (problem.type?.startsWith(PROBLEM)) type = problem.type.slice(PROBLEM.length);
  } catch {
    // It is told by its status.
  }
  const detail = type || `HTTP ${answer.status}`;
  const known = KNOWN[type];
  if (known) return new Failure(known, detail, retryAt);
  if (answer.status === 404 || answer.status === 410) return new NotFound(type ? "hub-fault" : "hub-too-old", detail);
  if ([408, 429, 502, 503, 504].includes(answer.status)) return new Failure("hub-busy", detail, retryAt);
  return new Failure("hub-fault", detail, retryAt);
}

function retryAfter(header: string | null): number | undefined {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) ? Date.now() + seconds * 1000 : undefined;
}

async function gzipped(body: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
