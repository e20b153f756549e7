/** A fault that stops: what happened, that nothing is lost, what to do. One screen, words for each. */

import type { Fault, FaultCode } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useTask } from "../hooks.ts";
import { faultWords } from "../words/index.ts";
import { Button, Note, Title } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";

/** After these, "nothing is lost" would be a promise that cannot be kept, or is not the point. */
const NOT_KEPT = new Set<FaultCode>(["storage-lost", "no-wasm", "storage-full"]);
/** After these, work goes on, once there is any; only sending does not. */
const WORK_GOES_ON = new Set<FaultCode>(["device-revoked", "hub-replaced", "app-too-old", "clock-wrong"]);

export function StopScreen({ fault, onPass }: { fault: Fault; onPass?: (() => void) | undefined }) {
  const { words, core, go } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const said = faultWords(words, fault);
  const elsewhere = fault.code === "open-elsewhere";
  return (
    <main class="stop">
      <div class="stop-sign" aria-hidden="true">
        <Icon name={elsewhere ? "same" : fault.code === "clock-wrong" ? "clock" : "alert"} size={3} />
      </div>
      <Title>{said.title}</Title>
      <p class="lead">{said.what}</p>
      {!NOT_KEPT.has(fault.code) && <Note tone="good" icon="check" title={words.stop.kept} />}
      <Note tone="info" icon="right" title={words.stop.what}>
        <p>{said.todo}</p>
      </Note>
      <div class="stack">
        {elsewhere ? (
          <Button kind="main" busy={busy} onClick={() => run(async () => void (await core.takeOver()))}>
            {words.stop.takeOver}
          </Button>
        ) : WORK_GOES_ON.has(fault.code) && status.stage !== "filling" && onPass ? (
          <>
            {fault.code === "device-revoked" && status.sync.unsent > 0 && (
              <Button
                kind="main"
                icon="file"
                onClick={() => {
                  onPass();
                  go({ at: "sync" });
                }}
              >
                {words.sync.export}
              </Button>
            )}
            <Button onClick={onPass}>{words.stop.onwards}</Button>
          </>
        ) : onPass ? (
          <Button kind="main" onClick={onPass}>
            {words.retry}
          </Button>
        ) : (
          <Button kind="main" onClick={() => location.reload()}>
            {words.stop.reload}
          </Button>
        )}
        {fault.code === "app-too-old" && <Button onClick={() => location.reload()}>{words.stop.reload}</Button>}
      </div>
      <details class="guidance">
        <summary>{words.stop.report}</summary>
        <p class="report">
          {fault.code} {fault.detail ?? ""} · {words.settings.version(status.version)}
        </p>
      </details>
    </main>
  );
}
