/** Houses that may be one, side by side: merged, or noted as two. */

import { useState } from "preact/hooks";
import type { Dwelling, Pair, Problem } from "../api.ts";
import { day, mooOf, useOffice } from "../context.ts";
import { Confirm, Fault, Head, Loading, Note, Told, useLoad, useMore, WorkButton } from "../parts/basics.tsx";

const idOf = ({ a, b }: Pair) => `${a.household_id}/${b.household_id}`;

export function Duplicates() {
  const { hub, tambon, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.get<{ duplicates: Pair[] }>(`tambons/${tambon.code}/duplicates`), [hub, tambon.code]);
  const [told, setTold] = useState("");
  const { count, more } = useMore(30);
  const says = words.duplicates;
  if (!found) return <Loading problem={problem} again={again} />;
  const pairs = found.duplicates;
  const decided = async (what: string) => {
    setTold(what);
    // One decision can settle other pairs, too.
    await again();
  };
  return (
    <>
      <Head title={words.pages.duplicates} lead={says.lead} />
      <Told>{told}</Told>
      {problem && <Loading problem={problem} again={again} />}
      {pairs.length === 0 && <Note tone="good">{says.none}</Note>}
      <ul class="cards">
        {pairs.slice(0, count).map((pair) => (
          <li key={idOf(pair)}>
            <PairCard pair={pair} onDecided={decided} />
          </li>
        ))}
      </ul>
      {pairs.length > count && (
        <button type="button" class="button" onClick={more}>
          {words.more(pairs.length - count)}
        </button>
      )}
    </>
  );
}

/** The one of which more is known goes on. */
function inOrder({ a, b }: Pair): { into: Dwelling; from: Dwelling } {
  const known = (of: Dwelling) => (of.visit_date ? 100 : 0) + of.members + (of.house_code ? 1 : 0);
  return known(b) > known(a) ? { into: b, from: a } : { into: a, from: b };
}

function PairCard({ pair, onDecided }: { pair: Pair; onDecided: (what: string) => Promise<void> }) {
  const { hub, tambon, words, tongue } = useOffice();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asks, setAsks] = useState(false);
  const says = words.duplicates;
  const { a, b } = pair;

  const decide = async (path: string, body: unknown, what: string) => {
    try {
      await hub.post(`tambons/${tambon.code}/${path}`, body);
      await onDecided(what);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
    setAsks(false);
  };
  const { into, from } = inOrder(pair);
  const merge = () => decide("merges", { from: from.household_id, into: into.household_id }, says.merged(into.head_name ?? into.house_no ?? ""));
  const distinguish = () => decide("distinctions", { a: a.household_id, b: b.household_id }, says.distinguished);
  const lines: [string, (of: Dwelling) => string][] = [
    [says.head, (of) => of.head_name ?? "–"],
    [says.houseNo, (of) => of.house_no ?? "–"],
    [says.village, (of) => mooOf(of.village, words)],
    [says.houseCode, (of) => of.house_code ?? "–"],
    [says.members, (of) => String(of.members)],
    [says.visit, (of) => day(of.visit_date, tongue)],
  ];
  return (
    <article class="card">
      <ul class="reasons">
        {pair.reasons.map((reason) => (
          <li key={reason}>{says.reasons[reason]}</li>
        ))}
      </ul>
      <table class="pair">
        <thead>
          <tr>
            <td />
            <th scope="col">{says.first}</th>
            <th scope="col">{says.second}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([name, of]) => {
            const differ = of(a) !== of(b);
            return (
              <tr key={name} class={differ ? "differs" : ""}>
                <th scope="row">
                  {name} <span class="unseen">({differ ? says.different : says.same})</span>
                </th>
                <td>{of(a)}</td>
                <td>{of(b)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="buttons">
        <button type="button" class="button main" onClick={() => setAsks(true)}>
          {says.merge}
        </button>
        <WorkButton onWork={distinguish}>{says.differ}</WorkButton>
      </div>
      {problem && <Fault problem={problem} tongue={tongue} />}
      {asks && (
        <Confirm title={says.sure} yes={says.merge} onYes={merge} onClose={() => setAsks(false)}>
          <p>{says.sureText}</p>
        </Confirm>
      )}
    </article>
  );
}
