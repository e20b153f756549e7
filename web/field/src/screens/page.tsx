/**
 * A page of the interview. Each tap is handed to the core at once and looks chosen at once; "saved" appears when the
 * core has it on the disk. Pages follow each other by the bar at the bottom, and by the phone's back button.
 */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Household, Node, Page, Value } from "../core/api.ts";
import { useApp } from "../context.ts";
import { useTask } from "../hooks.ts";
import { Button, IconButton, Progress, Sheet, Title } from "../parts/basics.tsx";
import { Unfinished, UnfinishedContext } from "../parts/answers/typed.ts";
import { Icon } from "../parts/icon.tsx";
import { Question, questionId } from "../parts/question.tsx";
import { RowsPage } from "./repeat.tsx";
import { Waiting } from "./waiting.tsx";

interface Props {
  household: Household;
  page: string;
  /** Grows when others changed the household. */
  news: number;
  refresh: () => Promise<void>;
}

type Saving = "nothing" | "saving" | "saved" | "failed";

export function PageScreen({ household, page: key, news, refresh }: Props) {
  const { words, core, go, returnTo, tell, say } = useApp();
  const [page, setPage] = useState<Page | null>(null);
  const [saving, setSaving] = useState<Saving>("nothing");
  const [given, setGiven] = useState<ReadonlyMap<string, Value>>(new Map());
  const unfinished = useMemo(() => new Unfinished(), [key]);
  const { busy, run } = useTask();
  const id = household.row.id;
  const home = { at: "home", id } as const;
  const asked = useRef({ key, order: 0, pending: 0 });
  asked.current.key = key;

  /** What the core gave when `key` was asked for: another page where that is no longer asked. */
  const take = useCallback(
    (fresh: Page, order: number) => {
      if (key !== asked.current.key || order < asked.current.order) return;
      asked.current.order = order;
      if (fresh.key === key) return setPage(fresh);
      say(words.page.gone);
      go({ at: "page", id, page: fresh.key }, { replace: true });
    },
    [key, id, go, say, words],
  );
  const order = useRef(0);

  useEffect(() => {
    const mine = ++order.current;
    core.page(key).then((fresh) => take(fresh, mine), tell);
  }, [core, key, news, take, tell]);

  useLayoutEffect(() => {
    setSaving("nothing");
    setGiven(new Map());
  }, [key]);

  /** Runs what writes to this page, and shows how it goes. */
  const write = useCallback(
    async (task: () => Promise<Page>) => {
      const mine = ++order.current;
      asked.current.pending += 1;
      try {
        // The core begins before anything is drawn.
        const written = task();
        setSaving("saving");
        take(await written, mine);
        asked.current.pending -= 1;
        if (!asked.current.pending) setSaving("saved");
      } catch (thrown) {
        asked.current.pending -= 1;
        setSaving("failed");
        throw thrown;
      } finally {
        if (!asked.current.pending) setGiven(new Map());
      }
    },
    [take],
  );

  const give = useCallback(
    async (node: Node, value: Value) => {
      try {
        const written = write(() => core.answer(key, node.row, node.field, value));
        setGiven((before) => new Map(before).set(questionId(node), value));
        await written;
      } catch (thrown) {
        tell(thrown);
        throw thrown;
      }
    },
    [core, key, tell, write],
  );

  if (!page || page.key !== key) return page ? <PageFrame page={page} household={household} saving="nothing" /> : <Waiting />;

  const leave = (where: () => void) =>
    run(async () => {
      await unfinished.finish().catch(() => {});
      where();
    });
  const ahead = () =>
    leave(() => {
      if (page.up) returnTo({ at: "page", id, page: page.up });
      else if (page.next) go({ at: "page", id, page: page.next });
      else returnTo(home);
    });
  const behind = () =>
    leave(() => {
      if (page.previous) returnTo({ at: "page", id, page: page.previous });
      else returnTo(home);
    });
  const asking = page.nodes.filter((node) => node.kind !== "note" && node.kind !== "calculate" && !node.readOnly);

  return (
    <UnfinishedContext.Provider value={unfinished}>
      <PageFrame page={page} household={household} saving={saving} onHome={() => leave(() => returnTo(home))}>
        {page.nodes.map((node) => {
          const shown = given.has(questionId(node)) && !isTyped(node) ? { ...node, value: given.get(questionId(node)) ?? null } : node;
          return (
            <Question
              key={`${key} ${questionId(node)}`}
              node={shown}
              alone={asking.length === 1}
              give={(value) => give(node, value).catch(isTyped(node) ? rethrow : ignore)}
              attach={(picture) => write(() => core.attach(key, node.row, node.field, picture))}
            />
          );
        })}
        {page.rows && <RowsPage page={page} rows={page.rows} household={household} />}
        {page.row && page.up && <DeleteRow page={page} household={household} refresh={refresh} />}
      </PageFrame>
      <nav class="steps" aria-label={words.page.place(page.place, page.count)}>
        <Button icon="left" busy={busy} onClick={behind}>
          {words.back}
        </Button>
        <Button kind="main" after={page.next && !page.up ? "right" : "check"} busy={busy} onClick={ahead}>
          {page.up ? words.page.finishRow : page.next ? words.next : words.done}
        </Button>
      </nav>
    </UnfinishedContext.Provider>
  );
}

const ignore = () => {};
const rethrow = (thrown: unknown) => {
  throw thrown;
};

/** Questions whose field keeps its own text while it is typed. */
function isTyped(node: Node): boolean {
  return node.kind === "text" || node.kind === "integer" || node.kind === "decimal" || node.kind === "barcode";
}

function PageFrame({ page, household, saving, onHome, children }: { page: Page; household: Household; saving: Saving; onHome?: () => void; children?: preact.ComponentChildren }) {
  const { words } = useApp();
  return (
    <>
      <header class="page-head">
        <div class="page-head-row">
          <IconButton icon="house" label={words.home.overview} onClick={onHome ?? ignore} />
          <div class="page-head-words">
            <Title key={page.key}>{page.section || page.title}</Title>
            <p class="head-note">
              <span>{household.row.name || words.house(household.row.houseNumber)}</span>
              <span>{words.page.place(page.place, page.count)}</span>
            </p>
          </div>
        </div>
        <Progress value={page.place / Math.max(1, page.count)} label={words.page.place(page.place, page.count)} />
      </header>
      {page.title && page.title !== page.section && page.kind === "questions" && page.nodes.length !== 1 && <p class="page-title">{page.title}</p>}
      {children}
      <p class={`saving ${saving}`} role="status">
        {saving === "saved" && (
          <>
            <Icon name="check" /> {words.saved}
          </>
        )}
        {saving === "saving" && words.saving}
        {saving === "failed" && (
          <>
            <Icon name="alert" /> {words.notSaved}
          </>
        )}
      </p>
    </>
  );
}

function DeleteRow({ page, household, refresh }: { page: Page; household: Household; refresh: () => Promise<void> }) {
  const { words, core, returnTo, go } = useApp();
  const [asking, setAsking] = useState(false);
  const { busy, run } = useTask();
  const remove = () =>
    run(async () => {
      if (!page.row) return;
      await core.deleteRow(page.row);
      await refresh();
      if (page.up) returnTo({ at: "page", id: household.row.id, page: page.up });
      else go({ at: "home", id: household.row.id }, { replace: true });
    });
  return (
    <div class="delete-row">
      <Button kind="quiet" icon="trash" onClick={() => setAsking(true)}>
        {words.page.rowDelete}
      </Button>
      {asking && (
        <Sheet title={words.page.rowDeleteAsk(page.section)} onClose={() => setAsking(false)}>
          <p>{words.page.rowDeleteHint}</p>
          <div class="stack">
            <Button kind="danger" icon="trash" busy={busy} onClick={remove}>
              {words.page.rowDeleteYes}
            </Button>
            <Button onClick={() => setAsking(false)}>{words.page.rowDeleteNo}</Button>
          </div>
        </Sheet>
      )}
    </div>
  );
}
