/** The day's list: houses by village and number, found by typing, by state, or by how near they are. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { dayAgo } from "../../../shared/dates.ts";
import type { HouseholdId, HouseholdRow } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useWhereabouts } from "../hooks.ts";
import { FILTERS, nearest, passes, type Filter } from "../rows.ts";
import { Button, Head, Link, Note, Progress, Radios, Sheet } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";
import { LongList, type Lines } from "../parts/long-list.tsx";
import { RowMarks, STATE_ICONS, TierMark } from "../parts/states.tsx";

/** What a person had set when leaving the list: it is the same when they come back. */
const kept = { text: "", filter: "all" as Filter, near: false, folded: new Set<string>() };

const ROW_REM = 4.2;
const VILLAGE_REM = 4.9;
const FIND_AFTER_MS = 60;

export function ListScreen() {
  const { words, tongue, core, go, tell } = useApp();
  const { status, rows } = useStanding();
  const [text, setText] = useState(kept.text);
  const [filter, setFilter] = useState(kept.filter);
  const [near, setNear] = useState(kept.near);
  const [folded, setFolded] = useState(kept.folded);
  const [choosing, setChoosing] = useState(false);
  const [found, setFound] = useState<HouseholdId[] | null>(null);
  Object.assign(kept, { text, filter, near, folded });
  const here = useWhereabouts(near);

  useEffect(() => {
    if (!text.trim()) return setFound(null);
    let left = false;
    const timer = setTimeout(() => {
      core.search(text).then((ids) => !left && setFound(ids), tell);
    }, FIND_AFTER_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [text, core, rows, tell]);

  const searching = text.trim() !== "";
  const shown = useMemo(() => {
    const wanted = searching && found ? found.flatMap((id) => rows.get(id) ?? []) : rows.sorted;
    return filter === "all" ? wanted : wanted.filter((row) => passes(row, filter));
  }, [rows, found, filter, searching]);

  const lines = useMemo<Lines[]>(() => {
    if (here.state === "here") return [byNearness(nearest(shown, here))];
    if (searching) return [houses(shown)];
    return status.villages.flatMap((village) => {
      const all = rows.of(village.code);
      const here = shown === rows.sorted ? all : shown.filter((row) => row.village === village.code);
      const progress = rows.progress(village);
      if (!progress.all) return [];
      if (!here.length && filter !== "all") return [];
      const open = !folded.has(village.code);
      const fold = () => {
        const next = new Set(folded);
        if (!next.delete(village.code)) next.add(village.code);
        setFolded(next);
      };
      const title = [words.moo(village.moo), village.name].filter(Boolean).join(" ");
      const draw = () => <VillageHead title={title} {...progress} open={open} onFold={fold} />;
      const head: Lines = { rem: VILLAGE_REM, count: 1, key: () => village.code, draw };
      return open ? [head, houses(here, filter === "all" ? progress.here : here.length)] : [head];
    });
  }, [shown, here, rows, status.villages, folded, words, searching, filter]);

  // News of a sync come many times a second, and most say nothing of the houses.
  const list = useMemo(() => <LongList lines={lines} rootPixels={status.textSize} />, [lines, status.textSize]);

  const count = (each: Filter) => rows.sorted.reduce((sum, row) => sum + (passes(row, each) ? 1 : 0), 0);
  return (
    <>
      <Head title={words.list.title} note={status.tambon ? words.tambon(status.tambon.code, status.tambon[tongue]) : undefined} />
      <div class="finder" role="search">
        <div class="search">
          <Icon name="search" />
          <input
            type="search"
            value={text}
            aria-label={words.list.search}
            placeholder={words.list.search}
            autoComplete="off"
            autoCorrect="off"
            spellcheck={false}
            enterKeyHint="search"
            onInput={(event) => setText(event.currentTarget.value)}
          />
          {text && (
            <button type="button" class="icon-button" aria-label={words.list.clearSearch} onClick={() => setText("")}>
              <Icon name="cross" />
            </button>
          )}
        </div>
        <div class="pair">
          <Button after="down" pressed={filter !== "all"} label={`${words.list.filter}: ${words.list.filters[filter]}`} onClick={() => setChoosing(true)}>
            {words.list.filters[filter]}
          </Button>
          <Button icon="target" pressed={near} onClick={() => setNear(!near)}>
            {words.list.near}
          </Button>
        </div>
      </div>
      {near && here.state === "failed" && <Note tone="warn" icon="alert" title={words.list.nearFailed} live />}
      {near && here.state === "waiting" && <Note tone="info" icon="target" title={words.list.nearWaiting} live />}
      {searching && (
        <p class="count" role="status">
          {words.list.found(shown.length)}
        </p>
      )}

      {lines.some((each) => each.count > 0) ? (
        list
      ) : !rows.isWhole ? null : rows.sorted.length ? (
        <div class="empty">
          <p class="empty-title">{words.list.nothing}</p>
          <p>{words.list.nothingHint}</p>
          <Button
            onClick={() => {
              setText("");
              setFilter("all");
            }}
          >
            {words.list.showAll}
          </Button>
        </div>
      ) : (
        <div class="empty">
          <p class="empty-title">{words.list.empty}</p>
          <p>{words.list.emptyHint}</p>
        </div>
      )}
      <div class="after-list">
        <Button icon="plus" onClick={() => go({ at: "register" })}>
          {words.list.add}
        </Button>
      </div>

      {choosing && (
        <Sheet title={words.list.filter} onClose={() => setChoosing(false)}>
          <Radios
            name="filter"
            legend={words.list.filter}
            value={filter}
            options={FILTERS.map((each) => ({ value: each, label: words.list.filters[each], note: String(count(each)) }))}
            onChange={(each) => {
              setFilter(each);
              setChoosing(false);
            }}
          />
        </Sheet>
      )}
    </>
  );
}

/** Of `count` rows the first may be all that was read yet. */
function houses(rows: readonly HouseholdRow[], count = rows.length): Lines {
  const draw = (at: number) => rows[at] && <HouseRow row={rows[at]} />;
  return { rem: ROW_REM, count, key: (at) => rows[at]?.id ?? String(at), draw };
}

function byNearness(rows: ReturnType<typeof nearest>): Lines {
  const at = (place: number) => rows[place] as (typeof rows)[number];
  return { rem: ROW_REM, count: rows.length, key: (place) => at(place).row.id, draw: (place) => <HouseRow {...at(place)} /> };
}

export function HouseRow({ row, metres }: { row: HouseholdRow; metres?: number | null }) {
  const { words, tongue } = useApp();
  return useMemo(() => {
    const second = [metres != null && words.list.metres(metres), row.members > 0 && words.people(row.members), row.visitedAt && dayAgo(row.visitedAt, Date.now(), tongue)];
    return (
      <Link to={{ at: "home", id: row.id }} className={`house ${row.state}`}>
        <span class="house-state" role="img" aria-label={words.states[row.state]}>
          <Icon name={STATE_ICONS[row.state]} size={1.5} />
        </span>
        <span class="house-words">
          <span class="house-first">
            <span class="house-number">
              <span class="unseen">{words.house("")}</span>
              {row.houseNumber || "–"}
            </span>
            <span class="house-name">{row.name || words.noName}</span>
          </span>
          <span class="house-second">
            <TierMark tier={row.tier} />
            <span class="house-facts">{second.filter(Boolean).join(" · ") || words.states[row.state]}</span>
            <RowMarks row={row} />
          </span>
        </span>
      </Link>
    );
  }, [row, metres, words, tongue]);
}

function VillageHead({ title, done, all, open, onFold }: { title: string; done: number; all: number; open: boolean; onFold: () => void }) {
  const { words } = useApp();
  return (
    <button type="button" class="village" aria-expanded={open} onClick={onFold}>
      <span class="village-words">
        <span class="village-name">{title}</span>
        <span class="village-count">{words.list.progress(done, all)}</span>
        <Progress value={all ? done / all : 0} label={words.list.progress(done, all)} />
      </span>
      <Icon name={open ? "up" : "down"} />
    </button>
  );
}
