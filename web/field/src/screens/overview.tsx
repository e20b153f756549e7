/** A household at a glance: consent, what is to be looked at, the sections, who wrote. */

import { useState } from "preact/hooks";
import { ago, dayAgo } from "../../../shared/dates.ts";
import type { Household, PageHead, PageState } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useLater, useNow, useTask } from "../hooks.ts";
import { Button, Head, Link, Mark, Note, Progress } from "../parts/basics.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { StateMark, TierMark } from "../parts/states.tsx";

/** What of the sections fits a first screen, with some to spare. */
const SECTIONS_FIRST = 4;

/** `fresh`: it was opened just now. Then what lies below the screen comes a frame later. */
export function OverviewScreen({ household, fresh }: { household: Household; fresh: boolean }) {
  const { words, core, go, returnTo } = useApp();
  const { rows } = useStanding();
  const { busy, run } = useTask();
  const row = rows.get(household.row.id) ?? household.row;

  const to = (page: string) => go({ at: "page", id: row.id, page });
  const visit = () => run(async () => to((await core.visit()).first));
  const begun = row.state !== "new";
  const whole = useLater(!fresh);
  return (
    <>
      <Head title={row.name || words.noName} note={words.houseMoo(row.houseNumber, row.moo)} onBack={() => returnTo({ at: "list" })} />
      <div class="marks">
        <StateMark state={row.state} />
        <TierMark tier={row.tier} long />
        {row.members > 0 && (
          <Mark icon="people">{words.people(row.members)}</Mark>
        )}
        {row.unsent > 0 && (
          <Mark tone="info" icon="send">
            {words.unsentMark}
          </Mark>
        )}
      </div>
      <Consent consent={household.consent} />

      <div class="stack">
        {begun ? (
          <>
            <Button kind="main" after="right" onClick={() => to(household.resume)}>
              {words.home.resume}
            </Button>
            <Button icon="house" busy={busy} onClick={visit}>
              {words.home.again}
            </Button>
          </>
        ) : (
          <Button kind="main" icon="house" busy={busy} onClick={visit}>
            {words.home.start}
          </Button>
        )}
      </div>

      {household.conflicts.length > 0 && (
        <Link to={{ at: "conflicts", id: row.id }} className="note bad as-link">
          <Icon name="differs" />
          <span class="note-words">
            <span class="note-title">{words.home.conflicts(household.conflicts.length)}</span>
            <span>{words.home.conflictsHint}</span>
          </span>
          <Icon name="right" />
        </Link>
      )}
      {household.problems.length > 0 && <Problems household={household} />}
      {household.duplicates.length > 0 && <Duplicates household={household} />}

      <h2 class="list-title">{words.home.sections}</h2>
      <Sections household={household} shown={whole ? Infinity : SECTIONS_FIRST} />
      {whole && <Writers household={household} visitedAt={row.visitedAt} />}
    </>
  );
}

function Writers({ household, visitedAt }: { household: Household; visitedAt: string | null }) {
  const { words, tongue } = useApp();
  const now = useNow();
  return (
    <>
      <h2 class="list-title">{words.home.writers}</h2>
      {household.writers.length ? (
        <ul class="writers">
          {household.writers.map((writer, index) => (
            <li key={index}>
              <span class="writer-name">{writer.mine ? words.me : writer.person}</span>
              <span class="soft">
                {words.home.wrote(writer.answers)} · {ago(writer.at, now, tongue)}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft indent">{words.home.nobody}</p>
      )}
      {visitedAt && <p class="soft indent">{words.home.lastVisit(dayAgo(visitedAt, now, tongue))}</p>}
    </>
  );
}

function Consent({ consent }: { consent: Household["consent"] }) {
  const { words } = useApp();
  const [tone, icon]: ["good" | "warn" | "calm", IconName] = consent === null ? ["calm", "new"] : consent === "refused" ? ["warn", "refused"] : ["good", "check"];
  return <Note tone={tone} icon={icon} title={words.home.consent[consent ?? "none"]} />;
}

const PROBLEMS_SHOWN = 3;

function Problems({ household }: { household: Household }) {
  const { words } = useApp();
  const [all, setAll] = useState(false);
  const shown = all ? household.problems : household.problems.slice(0, PROBLEMS_SHOWN);
  return (
    <Note tone="warn" icon="alert" title={words.home.problems(household.problems.length)}>
      <ul class="problem-list">
        {shown.map((problem, index) => (
          <li key={index}>
            <Link to={{ at: "page", id: household.row.id, page: problem.page }} className="problem-link">
              <span>
                <span class="problem-label">{problem.label}</span>
                <span class="problem-text">{problem.text}</span>
              </span>
              <Icon name="right" />
            </Link>
          </li>
        ))}
      </ul>
      {!all && household.problems.length > PROBLEMS_SHOWN && (
        <Button kind="quiet" after="down" onClick={() => setAll(true)}>
          {words.home.problems(household.problems.length)}
        </Button>
      )}
    </Note>
  );
}

function Duplicates({ household }: { household: Household }) {
  const { words } = useApp();
  const { row } = household;
  return (
    <Note tone="info" icon="same" title={words.home.duplicates}>
      <div class="twins">
        {[row, ...household.duplicates].map((house, index) => (
          <div key={house.id} class="twin">
            <p class="soft">{index ? words.home.otherHouse : words.home.thisHouse}</p>
            <p class="twin-name">{house.name || words.noName}</p>
            <p>{words.houseMoo(house.houseNumber, house.moo)}</p>
            <p>
              {words.people(house.members)} · {words.states[house.state]}
            </p>
            {index > 0 && (
              <Link to={{ at: "home", id: house.id }} className="button plain">
                {words.open}
              </Link>
            )}
          </div>
        ))}
      </div>
      <p>{words.home.duplicatesHint}</p>
    </Note>
  );
}

interface Section {
  name: string;
  pages: PageHead[];
}

function Sections({ household, shown }: { household: Household; shown: number }) {
  const { words } = useApp();
  const [open, setOpen] = useState<string | null>(null);
  return (
    <ul class="sections">
      {sectionsOf(household.outline).slice(0, shown).map((section) => {
        const done = section.pages.filter((page) => page.state !== "empty").length;
        const state = worst(section.pages);
        const unfolded = open === section.name;
        return (
          <li key={section.name} class="section">
            <button type="button" class="section-head" aria-expanded={unfolded} onClick={() => setOpen(unfolded ? null : section.name)}>
              <PageStateIcon state={state} done={done === section.pages.length} />
              <span class="section-words">
                <span class="section-name">{section.name}</span>
                <span class="soft">{words.home.answered(done, section.pages.length)}</span>
                <Progress value={done / section.pages.length} label={words.home.answered(done, section.pages.length)} />
              </span>
              <Icon name={unfolded ? "up" : "down"} />
            </button>
            {unfolded && (
              <ul class="section-pages">
                {section.pages.map((page) => (
                  <li key={page.key}>
                    <Link to={{ at: "page", id: household.row.id, page: page.key }} className={page.row ? "page-link inner" : "page-link"}>
                      <PageStateIcon state={page.state} done={page.state === "answered"} />
                      <span>{page.title}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function PageStateIcon({ state, done }: { state: PageState; done: boolean }) {
  const { words } = useApp();
  const name: IconName = state === "conflict" ? "differs" : state === "problem" ? "alert" : done ? "done" : state === "empty" ? "new" : "part";
  return (
    <span class={`page-state is-${state}`} role="img" aria-label={words.page.states[state]}>
      <Icon name={name} />
    </span>
  );
}

/** Pages by section, in the order in which sections first appear. */
function sectionsOf(outline: PageHead[]): Section[] {
  const sections = new Map<string, Section>();
  for (const page of outline) {
    const name = page.section || page.title;
    const section = sections.get(name) ?? { name, pages: [] };
    section.pages.push(page);
    sections.set(name, section);
  }
  return [...sections.values()];
}

function worst(pages: PageHead[]): PageState {
  for (const state of ["conflict", "problem"] as const) if (pages.some((page) => page.state === state)) return state;
  return pages.some((page) => page.state === "answered") ? "answered" : "empty";
}
