/** What a tambon says of itself in twelve items, beside the year before; whoever draws up lists can write it. */

import { useMemo, useState } from "preact/hooks";
import type { Problem, Role } from "../api.ts";
import { dayAndTime, useOffice, whoOf } from "../context.ts";
import { Choice } from "../parts/area.tsx";
import { Fault, Head, Loading, Told, useLoad } from "../parts/basics.tsx";
import type { Charts, Frame } from "../parts/charts.ts";
import { Figure } from "../parts/figure.tsx";
import type { Strength, StrengthItem } from "../planning.ts";

/** Roles that may write it. */
const WRITES: Role[] = ["fund", "coordinator", "admin"];

/** An item as it stands in the form. */
interface Draft {
  level: number | null;
  evidence: string;
}

export function StrengthPage() {
  const { hub, tambon, session, words } = useOffice();
  const says = words.strength;
  const [year, setYear] = useState<number | null>(null);
  const { found, problem, again } = useLoad(() => hub.get<Strength>(`tambons/${tambon.code}/strength${year ? `?fiscal_year=${year}` : ""}`), [hub, tambon.code, year]);
  const [edits, setEdits] = useState(false);
  const [told, setTold] = useState("");
  /** The fiscal year that it is, which the first answer tells. */
  const [now, setNow] = useState<number | null>(null);
  if (!found) return <Loading problem={problem} again={again} />;
  if (now === null) setNow(found.fiscal_year);
  const years = [1, 0, -1, -2, -3, -4].map((step) => (now ?? found.fiscal_year) + step);
  const canWrite = WRITES.includes(session.role);
  const edit = canWrite && !edits && (
    <button type="button" class="button main" onClick={() => (setEdits(true), setTold(""))}>
      {says.edit}
    </button>
  );
  const saved = async (count: number) => {
    setTold(count > 0 ? says.saved(count) : says.unchanged);
    setEdits(false);
    await again();
  };
  return (
    <>
      <Head title={words.pages.strength} lead={says.lead} aside={edit} />
      <Told>{told}</Told>
      {problem && <Loading problem={problem} again={again} />}
      {!edits && (
        <div class="choosers unprinted">
          <Choice label={words.counts.year} value={String(found.fiscal_year)} options={years.map((year) => ({ value: String(year), name: words.counts.yearOf(year) }))} onChoose={(value) => setYear(Number(value))} />
        </div>
      )}
      {edits ? <Form strength={found} onSaved={saved} onCancel={() => setEdits(false)} /> : <Items strength={found} />}
    </>
  );
}

function change({ change }: StrengthItem): string {
  if (change === null) return "–";
  return change > 0 ? `+${change}` : String(change);
}

function Items({ strength }: { strength: Strength }) {
  const { words, tongue } = useOffice();
  const says = words.strength;
  const { items, levels } = strength;
  /** What the chart does not say already. */
  const shown = items.filter((item) => item.level !== null || item.level_before !== null);
  const level = (level: number | null) => (level === null ? says.notAssessed : `${level} ${levels[level]?.[tongue] ?? ""}`);
  const draw = useMemo(() => {
    const written = (value: number | null) => (value === null ? "–" : String(value));
    const bars = items.map((item, at) => ({
      label: `${at + 1}. ${item[tongue]}`,
      value: item.level,
      written: `${written(item.level)} (${says.before} ${written(item.level_before)})`,
    }));
    return (charts: Charts, frame: Frame) => charts.bars(frame, bars, { most: levels.length - 1 });
  }, [strength, words]);
  return (
    <>
      <dl class="tiles">
        <div class="tile">
          <dt>{words.counts.yearOf(strength.fiscal_year)}</dt>
          <dd>{says.sum(strength.sum, strength.sum_max)}</dd>
          <dd class="tile-share">{says.assessed(items.filter(({ level }) => level !== null).length)}</dd>
        </div>
      </dl>
      <Figure
        title={says.chart}
        draw={draw}
        heads={[says.item, says.thisYear, says.before, says.change]}
        rows={items.map((item, at) => ({ name: `${at + 1}. ${item[tongue]}`, cells: [item.level ?? "–", item.level_before ?? "–", change(item)] }))}
      />
      <ol class="cards">
        {shown.map((item) => (
          <li key={item.item} class="card strength-item">
            <h2>
              {items.indexOf(item) + 1}. {item[tongue]}
            </h2>
            <dl class="stamp">
              <dt>{says.level}</dt>
              <dd class="strong">{level(item.level)}</dd>
              {item.evidence && (
                <>
                  <dt>{says.evidence}</dt>
                  <dd>{item.evidence}</dd>
                </>
              )}
              <dt>{says.before}</dt>
              <dd>
                {level(item.level_before)} ({says.change} {change(item)})
              </dd>
              {item.made_by && item.made_at && (
                <>
                  <dt>{says.by}</dt>
                  <dd>
                    {whoOf(item.made_by, words)} · {dayAndTime(item.made_at, tongue)}
                  </dd>
                </>
              )}
            </dl>
          </li>
        ))}
      </ol>
    </>
  );
}

interface FormProps {
  strength: Strength;
  onSaved: (count: number) => Promise<void>;
  onCancel: () => void;
}

function Form({ strength, onSaved, onCancel }: FormProps) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.strength;
  const asWritten = ({ level, evidence }: StrengthItem): Draft => ({ level, evidence: evidence ?? "" });
  const [drafts, setDrafts] = useState(() => Object.fromEntries(strength.items.map((item) => [item.item, asWritten(item)])));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const of = (item: StrengthItem): Draft => drafts[item.item] ?? asWritten(item);
  const put = (item: StrengthItem, draft: Partial<Draft>) => setDrafts({ ...drafts, [item.item]: { ...of(item), ...draft } });
  const save = async () => {
    const changed = strength.items.filter((item) => {
      const [draft, before] = [of(item), asWritten(item)];
      return draft.level !== null && (draft.level !== before.level || draft.evidence.trim() !== before.evidence);
    });
    setBusy(true);
    try {
      if (changed.length > 0) {
        const items = Object.fromEntries(changed.map((item) => [item.item, of(item)]));
        await hub.put(`tambons/${tambon.code}/strength`, { fiscal_year: strength.fiscal_year, items });
      }
      await onSaved(changed.length);
    } catch (thrown) {
      setProblem(thrown as Problem);
      setBusy(false);
    }
  };
  return (
    <form class="cards" onSubmit={(event) => (event.preventDefault(), !busy && void save())}>
      <p class="soft">
        {words.counts.year} {strength.fiscal_year}. {says.hint}
      </p>
      {strength.items.map((item, at) => (
        <fieldset key={item.item} class="card strength-item">
          <legend class="strong">
            {at + 1}. {item[tongue]}
          </legend>
          <div class="levels">
            {strength.levels.map((told, level) => (
              <label key={level} class="check">
                <input type="radio" name={item.item} checked={of(item).level === level} onChange={() => put(item, { level })} />
                <span>
                  {level} {told[tongue]}
                  {item.level_before === level && <span class="soft"> ({says.before})</span>}
                </span>
              </label>
            ))}
          </div>
          <label class="field">
            <span>{says.evidence}</span>
            <textarea class="input" value={of(item).evidence} required={(of(item).level ?? 0) > 0} onInput={(event) => put(item, { evidence: event.currentTarget.value })} />
          </label>
        </fieldset>
      ))}
      {problem && <Fault problem={problem} tongue={tongue} />}
      <div class="buttons">
        <button type="submit" class="button main" aria-busy={busy || undefined}>
          {says.save}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
