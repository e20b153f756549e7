/** A QR code with which a volunteer's phone enrols itself: on the screen, or on a sheet of paper. */

import { useState } from "preact/hooks";
import type { Coverage, Enrolment as Made, Problem } from "../api.ts";
import { dayAndTime, mooOf, useOffice } from "../context.ts";
import { Fault, Head, Loading, Note, useLoad } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";

export function Enrolment() {
  const { hub, tambon, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.get<Coverage>(`tambons/${tambon.code}/coverage`), [hub, tambon.code]);
  const [made, setMade] = useState<Made | null>(null);
  if (!found) return <Loading problem={problem} again={again} />;
  return (
    <>
      <Head title={words.pages.enrolment} lead={words.enrolment.lead} />
      {made ? <Sheet made={made} onAnother={() => setMade(null)} /> : <Wanted coverage={found} onMade={setMade} />}
    </>
  );
}

/** Villages by their numbers, e.g. `3, 7`; null if it is something else. */
function readMoos(text: string): number[] | null {
  const arabic = text.replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50));
  const parts = arabic.split(/[\s,]+/).filter(Boolean);
  const moos = parts.map(Number);
  return parts.every((part) => /^\d{1,2}$/.test(part)) && moos.every((moo) => moo >= 1) ? moos : null;
}

function Wanted({ coverage, onMade }: { coverage: Coverage; onMade: (made: Made) => void }) {
  const { hub, tambon, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [amiss, setAmiss] = useState("");
  const [busy, setBusy] = useState(false);
  const says = words.enrolment;

  const make = async (form: HTMLFormElement) => {
    const typed = new FormData(form);
    const others = readMoos(String(typed.get("others") ?? ""));
    if (!others) return setAmiss(says.badMoo);
    const others8 = others.map((moo) => `${tambon.code}${String(moo).padStart(2, "0")}`);
    const villages = [...new Set([...typed.getAll("village").map(String), ...others8])];
    if (villages.length === 0) return setAmiss(says.noVillage);
    setAmiss("");
    setBusy(true);
    try {
      const body = { person: typed.get("person"), villages, days: Number(typed.get("days")), hub: location.origin };
      onMade(await hub.post<Made>(`tambons/${tambon.code}/enrolments`, body));
    } catch (thrown) {
      setProblem(thrown as Problem);
      setBusy(false);
    }
  };
  return (
    <form
      class="card form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void make(event.currentTarget);
      }}
    >
      <label class="field">
        <span>{says.person}</span>
        <input class="input" name="person" required maxLength={80} autoComplete="off" />
      </label>
      <fieldset class="field">
        <legend>{says.villages}</legend>
        <div class="checks">
          {coverage.villages.map(({ village, moo, name_th }) => (
            <label class="check" key={village}>
              <input type="checkbox" name="village" value={village} />
              <span>
                {words.moo(moo)} {name_th}
              </span>
            </label>
          ))}
        </div>
        <label class="field narrow">
          <span>{says.others}</span>
          <input class="input" name="others" inputMode="numeric" autoComplete="off" />
        </label>
      </fieldset>
      <label class="field narrow">
        <span>{says.days}</span>
        <input class="input" name="days" type="number" min={1} max={60} value={7} required />
      </label>
      <div role="alert">{amiss && <Note tone="bad">{amiss}</Note>}</div>
      {problem && <Fault problem={problem} tongue={tongue} />}
      <div class="buttons">
        <button type="submit" class="button main" aria-busy={busy || undefined}>
          <Icon name="qr" /> {says.make}
        </button>
      </div>
    </form>
  );
}

function Sheet({ made, onAnother }: { made: Made; onAnother: () => void }) {
  const { words, tongue, tambon } = useOffice();
  const says = words.enrolment;
  return (
    <>
      <article class="card sheet" aria-label={says.sheet}>
        <div class="sheet-words">
          <p class="soft">{says.sheet}</p>
          <h2>{made.person}</h2>
          <p>
            {tongue === "th" ? `ต.${tambon.name_th}` : tambon.name_en} · {made.villages.map((village) => mooOf(village, words)).join(", ")}
          </p>
          <ol class="steps">
            {says.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <p class="address">{location.origin}</p>
          <p class="soft">{says.code}</p>
          <p class="code">{made.code}</p>
          <p>{says.until(dayAndTime(made.expires_at, tongue))}</p>
          <p class="soft small">{says.once}</p>
        </div>
        <img class="qr" alt={says.qr} src={`data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`} />
      </article>
      <div class="buttons unprinted">
        <button type="button" class="button main" onClick={() => print()}>
          <Icon name="print" /> {words.print}
        </button>
        <button type="button" class="button" onClick={onAnother}>
          {says.another}
        </button>
      </div>
    </>
  );
}
