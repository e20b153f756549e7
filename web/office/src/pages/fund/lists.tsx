/** The needy lists of the tambon: every list with its versions; a new one is drafted from the order of need. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api.ts";
import type { ListVersion } from "../../api-fund.ts";
import { day, moment, useOffice, whoOf } from "../../context.ts";
import { Confirm, Fault, Head, Loading, Note, useLoad } from "../../parts/basics.tsx";
import { Icon } from "../../parts/icon.tsx";
import { addressOf, useRoute } from "../../route.ts";
import { ForumScreen } from "./forum-screen.tsx";
import { ListPage, useListed } from "./list.tsx";

export function Lists() {
  const [id, version, part, village] = useRoute().rest;
  if (!id || !version) return <AllLists />;
  return <OneList key={`${id}/${version}`} id={id} version={Number(version)} part={part ?? "lines"} village={village ?? null} />;
}

function OneList({ id, version, part, village }: { id: string; version: number; part: string; village: string | null }) {
  const { found, problem, again, told, tell } = useListed(id, version);
  if (!found) return <Loading problem={problem} again={again} />;
  const listed = { list: found, again, tell };
  if (part === "forum" && village) return <ForumScreen key={village} listed={listed} village={village} told={told} />;
  return <ListPage listed={listed} part={part} told={told} problem={problem} />;
}

function AllLists() {
  const { hub, tambon, words } = useOffice();
  const { found, problem, again } = useLoad(() => hub.get<{ lists: ListVersion[] }>(`tambons/${tambon.code}/needy-lists`), [hub, tambon.code]);
  const says = words.fund.lists;
  if (!found) return <Loading problem={problem} again={again} />;
  const lists = new Map<string, ListVersion[]>();
  for (const version of found.lists) lists.set(version.list_id, [...(lists.get(version.list_id) ?? []), version]);
  return (
    <>
      <Head title={words.pages.lists} lead={says.lead} />
      <Draft />
      {lists.size === 0 && <Note>{says.none}</Note>}
      <ul class="cards">
        {[...lists.values()].map((versions) => (
          <li key={versions[0]?.list_id}>
            <Card versions={versions.sort((a, b) => b.version - a.version)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Card({ versions }: { versions: ListVersion[] }) {
  const { tambon, words, tongue } = useOffice();
  const says = words.fund.lists;
  const first = versions.at(-1);
  if (!first) return null;
  const name = says.list(day(first.drafted_at, tongue));
  return (
    <article class="card">
      <h2>{name}</h2>
      <p class="soft">{says.draftedBy(whoOf(first.drafted_by, words), moment(first.drafted_at, tongue))}</p>
      <ul class="lines">
        {versions.map((version) => (
          <li key={version.version} class="between">
            <span>
              {says.version(version.version)} · <span class={`state state-${version.state}`}>{says.states[version.state]}</span> · {says.standing(version.standing)}
            </span>
            <a
              class="button"
              href={addressOf(tambon.code, "lists", version.list_id, version.version)}
              aria-label={says.openOf(`${name} ${says.version(version.version)}`)}
            >
              {says.open}
            </a>
          </li>
        ))}
      </ul>
    </article>
  );
}

function Draft() {
  const { hub, tambon, words, tongue, go } = useOffice();
  const says = words.fund.lists;
  const [by, setBy] = useState<"need" | "housing">("need");
  const [asks, setAsks] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const draft = async () => {
    try {
      const made = await hub.post<ListVersion>(`tambons/${tambon.code}/needy-lists`, { by });
      go("lists", made.list_id, made.version);
    } catch (thrown) {
      setProblem(thrown as Problem);
    }
    setAsks(false);
  };
  return (
    <div class="inline">
      <label class="field">
        <span>{words.fund.needy.by}</span>
        <select class="input" value={by} onChange={(event) => setBy(event.currentTarget.value as "need" | "housing")}>
          <option value="need">{says.byNeed}</option>
          <option value="housing">{says.byHousing}</option>
        </select>
      </label>
      <button type="button" class="button main" onClick={() => setAsks(true)}>
        <Icon name="list" /> {says.draft}
      </button>
      {problem && <Fault problem={problem} tongue={tongue} />}
      {asks && (
        <Confirm title={says.draftSure} yes={says.draft} onYes={draft} onClose={() => setAsks(false)}>
          <p>{says.draftText}</p>
        </Confirm>
      )}
    </div>
  );
}
