/** Starts the core and draws the app; what keeps the core from starting has its own screen. */

import { render } from "preact";
import type { Core, Stage, Status } from "./core/api.ts";
import { lastDisplay } from "./hooks.ts";
import { Samruat } from "./app.tsx";
import { codeInAddress } from "./screens/welcome.tsx";
import { faultOf } from "./words/index.ts";

export async function begin(core: Core, root: HTMLElement): Promise<void> {
  const code = codeInAddress();
  const started = core.start().catch(broken);
  const display = code === null ? lastDisplay() : null;
  // A phone that somebody works with asks for the PIN at once; the core starts meanwhile.
  const first = display ? { ...withoutCore("locked"), ...display } : await started;
  render(<Samruat core={core} first={first} started={display ? started : null} code={code} />, root);
}

function broken(thrown: unknown): Status {
  const fault = typeof WebAssembly === "undefined" ? { code: "no-wasm" as const } : faultOf(thrown);
  return { ...withoutCore(fault.code === "open-elsewhere" ? "elsewhere" : "broken"), fault };
}

/** What is known while the core has not started, or cannot. */
function withoutCore(stage: Stage): Status {
  return {
    stage,
    fault: null,
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
