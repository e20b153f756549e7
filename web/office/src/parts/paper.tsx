/** What stands on paper alone: whose page it is, when it was printed, and room for signatures. */

import type { ComponentChildren } from "preact";
import { dayAndTime, useOffice } from "../context.ts";

export function PaperHead({ children }: { children?: ComponentChildren }) {
  const { tambon, words, tongue } = useOffice();
  const name = tongue === "th" ? `ต.${tambon.name_th} อ.${tambon.amphoe_th} จ.${tambon.province_th}` : `${tambon.name_en}, ${tambon.amphoe_en}, ${tambon.province_en}`;
  return (
    <div class="on-paper">
      <p>
        {name} · {words.fund.paper.printed(dayAndTime(new Date().toISOString(), tongue))}
      </p>
      {children}
    </div>
  );
}

export function Signatures() {
  const says = useOffice().words.fund.paper;
  return (
    <ul class="signatures on-paper">
      {says.signed.map((role) => (
        <li key={role}>
          {says.signature} ______________________
          <br />({role})
        </li>
      ))}
    </ul>
  );
}
