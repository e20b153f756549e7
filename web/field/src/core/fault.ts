/** Failures as exceptions, on their way to a {@link Fault}. */

import type { Fault, FaultCode, Millis } from "./api.ts";

/** A failure with a code that the screens know. */
export class Failure extends Error {
  constructor(
    readonly code: FaultCode,
    readonly detail?: string,
    readonly retryAt?: Millis,
  ) {
    super(detail ?? code);
  }

  get fault(): Fault {
    const fault: Fault = { code: this.code };
    if (this.detail) fault.detail = this.detail;
    if (this.retryAt) fault.retryAt = this.retryAt;
    return fault;
  }
}

/** What went wrong, whatever was thrown. Messages of exceptions of ours and of the browser hold no answers. */
export function failure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof DOMException && thrown.name === "QuotaExceededError") return new Failure("storage-full", thrown.message);
  if (thrown instanceof DOMException && thrown.name === "VersionError") return new Failure("store-too-new", thrown.message);
  const told = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new Failure("internal", told);
}
