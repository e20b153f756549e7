/**
 * Downloads: files of the API. A file names its purpose, which the hub asks for and writes down; what it says against a
 * file is shown, not saved.
 */

import { useState } from "preact/hooks";
import type { Problem } from "../api.ts";
import { useOffice } from "../context.ts";
import { Confirm, Fault, WorkButton } from "./basics.tsx";
import { useDraft } from "./drafts.ts";
import { Icon } from "./icon.tsx";

/** What the hub gives a table as: its address with this ending. A format is a line. */
const FORMATS = [
  { ending: "csv", name: "CSV" },
  { ending: "xlsx", name: "Excel" },
];

/** `path` below `/api/v1/`; `name` is what the file is called. */
export function Download({ path, name, children }: { path: string; name: string; children: string }) {
  const { hub, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asks, setAsks] = useState(false);
  const [purpose, setPurpose] = useDraft("purpose");
  const fetchFile = async (address: string) => {
    try {
      save(await hub.file(address), name);
      setProblem(null);
      setAsks(false);
    } catch (thrown) {
      const problem = thrown as Problem;
      // Asked for the first time it is a question, not a fault.
      setProblem(problem.code === "no-purpose" && !asks ? null : problem);
      if (problem.code === "no-purpose") setAsks(true);
    }
  };
  const forPurpose = `${path}${path.includes("?") ? "&" : "?"}purpose=${encodeURIComponent(purpose.trim())}`;
  const fault = problem && <Fault problem={problem} tongue={tongue} />;
  return (
    <>
      <WorkButton onWork={() => fetchFile(path)}>
        <Icon name="save" /> {children}
      </WorkButton>
      {asks ? (
        <Confirm title={children} yes={words.fund.purpose.save} onYes={() => fetchFile(forPurpose)} onClose={() => (setProblem(null), setAsks(false))}>
          <label class="field">
            <span>{words.fund.purpose.what}</span>
            <input class="input" maxLength={200} value={purpose} onInput={(event) => setPurpose(event.currentTarget.value)} />
          </label>
          <p class="soft small">{words.fund.purpose.why}</p>
          {fault}
        </Confirm>
      ) : (
        fault
      )}
    </>
  );
}

/** The same in every format, in the reader's language; `path` and `name` are without their ending. */
export function Downloads({ path, query = "", name, children }: { path: string; query?: string; name: string; children: string }) {
  const { tongue } = useOffice();
  return (
    <>
      {FORMATS.map(({ ending, name: format }) => (
        <Download key={ending} path={`${path}.${ending}?${[query, `lang=${tongue}`].filter(Boolean).join("&")}`} name={`${name}.${ending}`}>
          {`${children} (${format})`}
        </Download>
      ))}
    </>
  );
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
