/** One household: every reason, what its score can be, what is not known, who lives there, and its place on the list. */

import { useMemo } from "preact/hooks";
import { idBefore, type AnswerRow, type Assessed, type HouseholdAnswers, type Line, type ListVersion, type NeedyList } from "../../api-fund.ts";
import { day, useOffice } from "../../context.ts";
import { Head, Loading, Note, useLoad } from "../../parts/basics.tsx";
import { houseOf, Tier, Why } from "../../parts/homes.tsx";
import { Icon } from "../../parts/icon.tsx";
import { count, money } from "../../parts/numbers.ts";
import { addressOf } from "../../route.ts";

export function HouseholdPage({ id, assessed, whole }: { id: string; assessed: Assessed | null; whole: boolean }) {
  const { words, tambon } = useOffice();
  const says = words.fund.home;
  const back = (
    <a class="button unprinted" href={addressOf(tambon.code, "needy")}>
      <Icon name="back" /> {says.back}
    </a>
  );
  if (!assessed) {
    return (
      <>
        {back}
        {whole ? <Note>{says.none}</Note> : <p class="waiting">{words.loading}</p>}
      </>
    );
  }
  return (
    <>
      <div class="buttons">{back}</div>
      <Head title={houseOf(assessed, words)} lead={assessed.head_name ?? words.nobody} />
      <p class="facts">
        <Tier tier={assessed.tier} /> <strong>{says.placeOf(assessed.place)}</strong>
      </p>
      {assessed.missed && <Note tone="warn">{says.missed}</Note>}
      {assessed.needs_check && <Note tone="warn">{says.toCheck}</Note>}
      <div class="halves">
        <section class="card">
          <h2>{words.fund.why}</h2>
          <Why reasons={assessed.reasons} />
          {assessed.unknown.length > 0 && (
            <>
              <h3>{says.unknown}</h3>
              <p>{assessed.unknown.map((flag) => words.fund.topics[flag] ?? flag).join(", ")}</p>
            </>
          )}
          <OnLists id={id} />
        </section>
        <Scores assessed={assessed} />
      </div>
      <People id={id} />
    </>
  );
}

function Scores({ assessed }: { assessed: Assessed }) {
  const { words } = useOffice();
  const { fund } = words;
  const says = fund.home;
  const { need, need_min, need_max, housing, completeness } = assessed;
  return (
    <section class="card">
      <h2>{says.score}</h2>
      <dl class="pairs">
        <dt>{fund.need}</dt>
        <dd>
          <strong>{need}</strong> / 100
          <ScoreBar least={need_min} most={need_max} />
          <span class="soft small">{says.range(need_min, need_max)}</span>
        </dd>
        <dt>{fund.housing}</dt>
        <dd>
          <strong>{housing}</strong> / 100
          <ScoreBar least={housing} most={housing} />
        </dd>
        <dt>{says.completeness}</dt>
        <dd>{completeness}%</dd>
        <dt>{says.income}</dt>
        <dd>{assessed.income_per_person === null ? "–" : fund.baht(money(assessed.income_per_person))}</dd>
        <dt>{says.card}</dt>
        <dd>{fund.cards[assessed.card]}</dd>
      </dl>
    </section>
  );
}

/** From 0 to 100: what is certain, and behind it what it could be. The numbers stand beside it. */
function ScoreBar({ least, most }: { least: number; most: number }) {
  return (
    <span class="score-bar" aria-hidden="true">
      <span class="could" style={{ width: `${most}%` }} />
      <span class="certain" style={{ width: `${least}%` }} />
    </span>
  );
}

/** Its members and needs, as far as the role may see them. */
function People({ id }: { id: string }) {
  const { hub, tambon, words, tongue } = useOffice();
  const { fund } = words;
  const says = fund.home;
  const { found, problem, again } = useLoad(async () => {
    const before = idBefore(id);
    const page = await hub.get<{ households: HouseholdAnswers[] }>(`tambons/${tambon.code}/households?limit=1${before ? `&after=${before}` : ""}`);
    return page.households.filter(({ household_id }) => household_id === id);
  }, [hub, tambon.code, id]);
  if (!found) return <Loading problem={problem} again={again} />;
  const [household] = found;
  const { members = [], needs = [], visits = [] } = household ?? {};
  const text = (row: AnswerRow, question: string, choices: Record<string, string> = {}) => {
    const answer = row.answers[question];
    return answer === undefined || answer === null ? "–" : (choices[String(answer)] ?? String(answer));
  };
  const visited = visits.map((visit) => text(visit, "visit_date")).sort().at(-1);
  return (
    <div class="halves">
      <section class="card">
        <h2>
          {says.people} ({count(members.length)})
        </h2>
        {members.length === 0 ? (
          <p class="soft">{says.noPeople}</p>
        ) : (
          <div class="scroll" tabIndex={0} role="region" aria-label={says.people}>
            <table class="plain">
              <thead>
                <tr>
                  {[says.name, says.relation, says.born, says.memberCard].map((head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {members.map((member) => (
                  <tr key={member.row_id}>
                    <th scope="row">{text(member, "m_name")}</th>
                    <td>{text(member, "m_relation", fund.relations)}</td>
                    <td>{text(member, "m_birth_year_be")}</td>
                    <td>{text(member, "m_card_status", fund.cards)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <section class="card">
        <h2>{says.needs}</h2>
        {needs.length === 0 && <p class="soft">–</p>}
        <ul class="lines">
          {needs.map((need) => (
            <li key={need.row_id}>
              <strong>{text(need, "need_category", fund.needs)}</strong> · {text(need, "need_urgency", fund.urgencies)}
              {need.answers["need_text"] ? <p>{text(need, "need_text")}</p> : null}
            </li>
          ))}
        </ul>
        <p class="soft">
          {says.visited} {day(visited ?? null, tongue)}
        </p>
      </section>
    </div>
  );
}

/** Where it stands on the newest list. */
function OnLists({ id }: { id: string }) {
  const { hub, tambon, words } = useOffice();
  const says = words.fund.home;
  const { found } = useLoad(async () => {
    const path = `tambons/${tambon.code}/needy-lists`;
    const [newest] = (await hub.get<{ lists: ListVersion[] }>(path)).lists;
    return newest ? hub.get<NeedyList>(`${path}/${newest.list_id}?version=${newest.version}`) : null;
  }, [hub, tambon.code]);
  const line = useMemo(() => found?.lines.find(({ household_id }) => household_id === id), [found, id]);
  if (!found) return null;
  return (
    <>
      <h3>{says.onList}</h3>
      <p>
        {standingText(line)} ·{" "}
        <a href={addressOf(tambon.code, "lists", found.list_id, found.version)}>{says.open}</a>
      </p>
    </>
  );

  function standingText(line: Line | undefined): string {
    if (!line) return says.notOn;
    return line.place === null ? says.removed : says.stands(line.place);
  }
}
