/** Downloads: files of the API, and tables that a page shows. What the hub says against it is shown, not saved. */

import { useState } from "preact/hooks";
import type { Problem } from "../api.ts";
import { useOffice } from "../context.ts";
import { Fault, WorkButton } from "./basics.tsx";
import { Icon } from "./icon.tsx";

/** What the hub gives a table as: its address with this ending. A format is a line. */
const FORMATS = [{ ending: "csv", name: "CSV" }];

/** `path` below `/api/v1/`; `name` is what the file is called. */
export function Download({ path, name, children }: { path: string; name: string; children: string }) {
  const { hub, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const fetchFile = async () => {
    try {
      save(await hub.file(path), name);
      setProblem(null);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
  };
  return (
    <>
      <WorkButton onWork={fetchFile}>
        <Icon name="save" /> {children}
      </WorkButton>
      {problem && <Fault problem={problem} tongue={tongue} />}
    </>
  );
}

/** The same in every format; `path` and `name` are without their ending. */
export function Downloads({ path, query = "", name, children }: { path: string; query?: string; name: string; children: string }) {
  return (
    <>
      {FORMATS.map(({ ending, name: format }) => (
        <Download key={ending} path={`${path}.${ending}${query}`} name={`${name}.${ending}`}>
          {`${children} (${format})`}
        </Download>
      ))}
    </>
  );
}

export type Cell = string | number | null;

/** A table that a page made of several answers, as a CSV file that Excel opens. */
export function SaveTable({ name, head, rows, children }: { name: string; head: string[]; rows: () => Cell[][]; children: string }) {
  const write = () => {
    const text = [head, ...rows()].map((row) => row.map(cell).join(",")).join("\r\n");
    save(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }), `${name}.csv`);
  };
  return (
    <button type="button" class="button" onClick={write}>
      <Icon name="save" /> {children} (CSV)
    </button>
  );
}

/** A text that a spreadsheet would take for a formula begins with an apostrophe, as in the hub's own files. */
function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
