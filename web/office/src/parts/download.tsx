/** Downloads a file of the API; what the hub says against it is shown, not saved. */

import { useState } from "preact/hooks";
import type { Problem } from "../api.ts";
import { useOffice } from "../context.ts";
import { Fault, WorkButton } from "./basics.tsx";
import { Icon } from "./icon.tsx";

/** `path` below `/api/v1/`; `name` is what the file is called. */
export function Download({ path, name, children }: { path: string; name: string; children: string }) {
  const { hub, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const fetchFile = async () => {
    try {
      const address = URL.createObjectURL(await hub.file(path));
      const link = Object.assign(document.createElement("a"), { href: address, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
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
