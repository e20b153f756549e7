/** Unsent work as a file: given to a colleague, or taken from one. */

import { useState } from "preact/hooks";
import type { Fault } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useTask } from "../hooks.ts";
import { Button, Field, Note, Sheet } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";
import { FaultNote } from "./welcome.tsx";

interface Exported {
  name: string;
  file: Blob;
  passcode: string;
  changes: number;
}

export function BundleCard() {
  const { words, core } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const [exported, setExported] = useState<Exported | null>(null);
  const [importing, setImporting] = useState(false);
  return (
    <section class="card" aria-labelledby="bundle-title">
      <h2 class="card-title" id="bundle-title">
        {words.sync.without}
      </h2>
      <p>{words.sync.withoutHint}</p>
      {status.sync.unsent > 0 ? (
        <Button icon="file" busy={busy} onClick={() => run(async () => setExported(await core.exportUnsent()))}>
          {words.sync.export}
        </Button>
      ) : (
        <p class="soft">{words.sync.exportNone}</p>
      )}
      <Button icon="save" onClick={() => setImporting(true)}>
        {words.sync.import}
      </Button>
      {exported && <ExportSheet exported={exported} onClose={() => setExported(null)} />}
      {importing && <ImportSheet onClose={() => setImporting(false)} />}
    </section>
  );
}

function ExportSheet({ exported, onClose }: { exported: Exported; onClose: () => void }) {
  const { words, tell } = useApp();
  const file = new File([exported.file], exported.name, { type: "text/plain" });
  const shares = typeof navigator.canShare === "function" && navigator.canShare({ files: [file] });
  const share = () => {
    navigator.share({ files: [file], title: exported.name }).catch((thrown: unknown) => {
      if (!(thrown instanceof DOMException && thrown.name === "AbortError")) tell(thrown);
    });
  };
  return (
    <Sheet title={words.sync.exported(exported.changes)} onClose={onClose}>
      <p>{words.sync.passcode}</p>
      <p class="passcode">{exported.passcode.replace(/(\d{4})(?=\d)/g, "$1 ")}</p>
      <Note tone="warn" icon="lock">
        <p>{words.sync.passcodeHint}</p>
      </Note>
      <div class="stack">
        {shares && (
          <Button kind="main" icon="share" onClick={share}>
            {words.sync.share}
          </Button>
        )}
        <Button kind={shares ? "plain" : "main"} icon="save" onClick={() => download(file)}>
          {words.sync.download}
        </Button>
      </div>
    </Sheet>
  );
}

function download(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function ImportSheet({ onClose }: { onClose: () => void }) {
  const { words, core } = useApp();
  const { busy, run } = useTask();
  const [file, setFile] = useState<File | null>(null);
  const [passcode, setPasscode] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const [taken, setTaken] = useState<number | null>(null);
  const take = () => {
    if (!file) return;
    setFault(null);
    run(async () => setTaken((await core.importBundle(file, passcode.replace(/\s/g, ""))).changes), setFault);
  };
  return (
    <Sheet title={words.sync.import} onClose={onClose}>
      {taken !== null ? (
        <>
          <Note tone="good" icon="check" title={words.sync.imported(taken)} live>
            <p>{words.saved}</p>
          </Note>
          <Button kind="main" onClick={onClose}>
            {words.close}
          </Button>
        </>
      ) : (
        <div class="stack">
          <label class="button plain file">
            <Icon name="file" />
            <span>{file ? file.name : words.sync.importFile}</span>
            <input type="file" class="unseen" accept=".txt,text/plain" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
          </label>
          <Field id="passcode" label={words.sync.importPasscode} inputMode="numeric" value={passcode} onInput={setPasscode} />
          {fault && <FaultNote fault={fault} />}
          <Button kind="main" icon="save" busy={busy} disabled={!file || !passcode} onClick={take}>
            {words.sync.importDo}
          </Button>
        </div>
      )}
    </Sheet>
  );
}
