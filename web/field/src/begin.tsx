/** Starts the core and draws the app; what keeps the core from starting has its own screen. */

import { render } from "preact";
import type { Core, Status } from "./core/api.ts";
import { Samruat } from "./app.tsx";
import { codeInAddress } from "./screens/welcome.tsx";
import { faultOf } from "./words/index.ts";

export async function begin(core: Core, root: HTMLElement): Promise<void> {
  const code = codeInAddress();
  let first: Status;
  try {
    first = await core.start();
  } catch (thrown) {
    first = broken(thrown);
  }
  render(<Samruat core={core} first={first} code={code} />, root);
}

/** What is known where not even the core has started. */
function broken(thrown: unknown): Status {
  const fault = typeof WebAssembly === "undefined" ? { code: "no-wasm" as const } : faultOf(thrown);
  return {
    stage: fault.code === "open-elsewhere" ? "elsewhere" : "broken",
    fault,
    practice: false,
    person: null,
    tambon: null,
    villages: [],
    sync: { running: false, progress: null, unsent: 0, unsentPhotos: 0, refused: 0, lastAt: null, nextAt: null, fault: null },
    storage: { persisted: false, usedBytes: 0, quotaBytes: 0 },
    unsyncedDays: 0,
    language: "th",
    textSize: 20,
    updateReady: false,
    version: __VERSION__,
  };
}
