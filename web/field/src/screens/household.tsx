/** The room of one household: keeps it fresh while others write. It is opened and closed on the way there and back. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Household, HouseholdId } from "../core/api.ts";
import { useApp } from "../context.ts";
import type { Opening } from "../opening.ts";
import type { Route } from "../route.ts";
import { faultOf } from "../words/index.ts";
import { Button, Head } from "../parts/basics.tsx";
import { Waiting } from "./waiting.tsx";
import { ConflictsScreen } from "./conflicts.tsx";
import { OverviewScreen } from "./overview.tsx";
import { PageScreen } from "./page.tsx";

type Gone = { into: HouseholdId | null };

export function HouseholdRoom({ route, opening }: { route: Extract<Route, { id: HouseholdId }>; opening: Opening | null }) {
  const { core, tell } = useApp();
  const id = route.id;
  const opened = opening?.id === id ? opening : null;
  const [known, setKnown] = useState<{ id: HouseholdId; household: Household } | null>(null);
  const household = known?.id === id ? known.household : (opened?.household ?? null);
  const [gone, setGone] = useState<Gone | null>(null);
  /** Counts what others changed, so that a page asks anew. */
  const [news, setNews] = useState(0);

  const setHousehold = useCallback((household: Household) => setKnown({ id, household }), [id]);
  const refresh = useCallback(async () => setHousehold(await core.household()), [core, setHousehold]);

  // Not a frame later: the core can work while the screen is drawn.
  useLayoutEffect(() => {
    let left = false;
    const missed = (thrown: unknown) => {
      if (left) return;
      if (faultOf(thrown).code === "household-gone") setGone({ into: null });
      else tell(thrown);
    };
    setGone(null);
    const there = opened?.household;
    (opened?.take() ?? core.open(id)).then((fresh) => !left && fresh !== there && setHousehold(fresh), missed);
    const unsubscribe = core.subscribe((event) => {
      if (event.event === "household" && event.id === id) {
        setNews((count) => count + 1);
        core.household().then((fresh) => !left && setHousehold(fresh), missed);
      }
      if (event.event === "household-gone" && event.id === id) setGone({ into: event.into });
    });
    return () => {
      left = true;
      unsubscribe();
    };
  }, [core, id, opened, setHousehold, tell]);

  const before = useRef(route.at);
  useEffect(() => {
    if (route.at === "home" && before.current !== "home") refresh().catch(tell);
    before.current = route.at;
  }, [route.at, refresh, tell]);

  if (gone) return <GoneScreen gone={gone} />;
  if (!household) return <Waiting />;
  switch (route.at) {
    case "page":
      return <PageScreen household={household} page={route.page} news={news} refresh={refresh} />;
    case "conflicts":
      return <ConflictsScreen household={household} refresh={refresh} />;
    default:
      return <OverviewScreen household={household} fresh={before.current === "home"} />;
  }
}

function GoneScreen({ gone }: { gone: Gone }) {
  const { words, go, returnTo } = useApp();
  return (
    <>
      <Head title={words.faults["household-gone"].title} onBack={() => returnTo({ at: "list" })} />
      <div class="empty">
        <p class="empty-title">{gone.into ? words.home.goneInto : words.home.gone}</p>
        {!gone.into && <p>{words.home.goneHint}</p>}
        {gone.into && (
          <Button kind="main" onClick={() => gone.into && go({ at: "home", id: gone.into }, { replace: true })}>
            {words.home.goneOpen}
          </Button>
        )}
        <Button onClick={() => returnTo({ at: "list" })}>{words.home.toList}</Button>
      </div>
    </>
  );
}
