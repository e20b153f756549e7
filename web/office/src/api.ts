/** The hub's API as the office's pages use it: the cookie goes along by itself, what cannot be done is a `Problem`. */

export type Role = "planner" | "fund" | "coordinator" | "admin";

export interface Tambon {
  code: string;
  name_th: string;
  name_en: string;
  amphoe_th: string;
  amphoe_en: string;
  province_th: string;
  province_en: string;
}

export interface Session {
  name: string | null;
  role: Role;
  area: string;
  area_th: string;
  area_en: string;
  tambons: Tambon[];
  expires_at: string | null;
}

export interface Counts {
  expected: number | null;
  households: number;
  visited: number;
  done: number;
  partial: number;
  refused: number;
  absent: number;
  vacant: number;
  demolished: number;
  not_found: number;
  members: number | null;
  needs: number | null;
  conflicts: number;
}

export interface VillageCoverage extends Counts {
  village: string;
  moo: number;
  name_th: string | null;
}

export interface Coverage {
  tambon: string;
  villages: VillageCoverage[];
  total: Counts;
}

export type Scalar = string | number | boolean | null;

export interface ConflictValue {
  value: Scalar;
  label_th: string | null;
  label_en: string | null;
  device_id: string;
  person: string | null;
  written_at: string;
  received_at: string;
}

export interface Settled {
  at: string;
  device_id: string | null;
  person: string | null;
  value: Scalar;
}

export interface Conflict {
  household_id: string;
  row_id: string | null;
  village: string | null;
  house_no: string | null;
  head_name: string | null;
  question: string;
  label_th: string | null;
  label_en: string | null;
  arisen_at: string;
  values: ConflictValue[];
  settled: Settled | null;
}

export interface Dwelling {
  household_id: string;
  village: string;
  house_no: string | null;
  house_code: string | null;
  head_name: string | null;
  members: number;
  visit_date: string | null;
}

export type DuplicateReason = "citizen-id" | "house-number" | "near" | "head-name";

export interface Pair {
  a: Dwelling;
  b: Dwelling;
  reasons: DuplicateReason[];
}

export interface Quarantined {
  hash: string;
  household_id: string;
  village: string;
  device_id: string;
  person: string | null;
  reason: string;
  reason_en: string;
  reason_th: string;
  received_at: string;
  size_bytes: number;
}

export interface Retried {
  verdict: "accepted" | "known" | "waiting" | "actor-conflict" | "quarantined";
  reason: string | null;
  reason_en: string | null;
  reason_th: string | null;
}

export interface Device {
  device_id: string;
  person: string;
  /** None: a device of the office, which nobody carries. */
  villages: string[];
  enrolled_at: string;
  pushed_at: string | null;
  revoked_at: string | null;
}

/** How far a volunteer has come. */
export interface Volunteer {
  person: string;
  villages: string[];
  devices: number;
  last_sent: string | null;
  visited: number;
  done: number;
  partial: number;
  refused: number;
  absent: number;
  others: number;
  answers: number;
}

export interface Enrolment {
  code: string;
  person: string;
  villages: string[];
  expires_at: string;
  qr_svg: string;
}

/** What could not be done, and why, in both languages; `network` where the hub did not answer at all. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly th: string,
    readonly en: string,
    readonly detail: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** Told whenever the hub says that nobody is signed in. */
export type SignedOut = (problem: Problem) => void;

/** Answers of the hub as JSON. Throws a `Problem`. */
export class Hub {
  constructor(private readonly signedOut: SignedOut = () => {}) {}

  get<T>(path: string): Promise<T> {
    return this.ask<T>("GET", path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.ask<T>("POST", path, body);
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.ask<T>("PUT", path, body);
  }

  delete(path: string): Promise<void> {
    return this.ask<void>("DELETE", path);
  }

  /** Gives the hub a table. */
  async putCsv<T>(path: string, file: Blob): Promise<T> {
    return (await this.answer("PUT", path, { body: file, headers: { "content-type": "text/csv" } })).json() as Promise<T>;
  }

  /** Every element of a list that comes in pages. */
  async all<T>(path: string, name: string): Promise<T[]> {
    const found: T[] = [];
    let after: string | null = null;
    do {
      const page: Record<string, unknown> = await this.get(`${path}?limit=1000${after ? `&after=${encodeURIComponent(after)}` : ""}`);
      found.push(...(page[name] as T[]));
      after = page["next"] as string | null;
    } while (after);
    return found;
  }

  /** A file, as it is. */
  async file(path: string): Promise<Blob> {
    return (await this.answer("GET", path)).blob();
  }

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const answer = await this.answer(method, path, sent);
    return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  }

  private async answer(method: string, path: string, sent: RequestInit = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`/api/v1/${path}`, { method, credentials: "same-origin", cache: "no-store", ...sent });
    } catch (error) {
      throw new Problem("network", 0, "ติดต่อศูนย์กลางข้อมูลไม่ได้ กรุณาตรวจอินเทอร์เน็ตแล้วลองอีกครั้ง", "The hub does not answer. Check the network and try again.", String(error));
    }
    if (answer.ok) return answer;
    const problem = await read(answer);
    if (problem.status === 401 && problem.code !== "wrong-sign-in") this.signedOut(problem);
    throw problem;
  }
}

async function read(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
  const text = (name: string) => (typeof body?.[name] === "string" ? body[name] : "");
  const code = text("type").replace("urn:samruat:problem:", "") || "unreadable";
  const fallback = `${answer.status} ${answer.statusText}`;
  return new Problem(code, answer.status, text("title_th") || fallback, text("title") || fallback, text("detail"), body ?? {});
}
