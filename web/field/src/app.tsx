/** The whole app: what stage it is at, where the person is, and which screen that makes. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Core, Fault, HouseholdId, Status } from "./core/api.ts";
import { AheadContext, AppContext, StandingContext, stops, useApp, useStanding, type App } from "./context.ts";
import { Opening } from "./opening.ts";
import { read, Way, type Route } from "./route.ts";
import { News, Rows } from "./rows.ts";
import { afterFrame, keepDisplay } from "./hooks.ts";
import { faultOf, faultWords, wordsOf } from "./words/index.ts";
import { useUpdate, wakeWhenOnline } from "./update.ts";
import { Button, IconButton, Link, Note } from "./parts/basics.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { HouseholdRoom } from "./screens/household.tsx";
import { ListScreen } from "./screens/list.tsx";
import { MapScreen } from "./screens/map.tsx";
import { RegisterScreen } from "./screens/register.tsx";
import { PinScreen, SettingsScreen } from "./screens/settings.tsx";
import { StopScreen } from "./screens/stop.tsx";
import { RefusedScreen, SyncScreen } from "./screens/sync.tsx";
import { FillingScreen, UnlockScreen, WelcomeScreen } from "./screens/welcome.tsx";

const SAID_FOR_MS = 5000;

/** Where the person is, how far down, and the household that was opened for it. */
interface Place {
  route: Route;
  scroll: number;
  opening: Opening | null;
  /** The household on which a finger lies: its screen is made before the finger leaves. */
  ahead?: Opening;
}

/** `first` is where things stand, or may stand until the core has `started`. */
export function Samruat({ core, first, started, code: brought }: { core: Core; first: Status; started: Promise<Status> | null; code: string | null }) {
  const [status, setStatus] = useState(first);
  const [rows, setRows] = useState(Rows.unread);
  const [{ route, scroll, opening, ahead }, setPlace] = useState<Place>(() => ({ route: read(location.hash), scroll: 0, opening: null }));
  const [code, setCode] = useState(brought);
  const [told, setTold] = useState<Fault | null>(null);
  const [said, setSaid] = useState("");
  const [passed, setPassed] = useState<ReadonlySet<Fault["code"]>>(new Set());

  const tell = useCallback((thrown: unknown) => setTold(faultOf(thrown)), []);
  const room = useRef<HouseholdId | null>(idOf(route));
  const touched = useRef<Opening | null>(null);
  const touch = useCallback(
    (route: Route) => {
      const id = idOf(route);
      // The room of another household needs the core itself.
      if (id === null || room.current !== null) return;
      void touched.current?.take();
      const opening = (touched.current = new Opening(core, id));
      void opening.soon().then(() => {
        if (touched.current === opening && opening.household) setPlace((place) => ({ ...place, ahead: opening }));
      });
    },
    [core],
  );
  const way = useMemo(() => {
    let arrivals = 0;
    return new Way((route, scroll) => {
      const [arrival, id, left, begun] = [++arrivals, idOf(route), room.current, touched.current];
      room.current = id;
      touched.current = null;
      if (id !== begun?.id) void begun?.take();
      if (id === null && (left !== null || begun)) core.close().catch(tell);
      if (id === null || id === left) return setPlace(({ opening }) => ({ route, scroll, opening }));
      // What was on the screen stays until the household is there, if that is soon.
      const opening = begun?.id === id ? begun : new Opening(core, id);
      void opening.soon().then(() => (arrival === arrivals ? setPlace({ route, scroll, opening }) : void opening.take()));
    });
  }, [core, tell]);
  useEffect(() => way.start(), [way]);
  useLayoutEffect(() => scrollTo(0, scroll), [route, scroll]);

  useLayoutEffect(() => {
    const news = new News((changed, gone) => setRows((before) => before.with(changed, gone)));
    const unsubscribe = core.subscribe((event) => {
      if (event.event === "status") {
        setStatus((before) => unchanged(before, event.status));
        if (event.top) setRows(Rows.top(event.top));
      }
      if (event.event === "households") news.take(event.changed, event.gone);
    });
    void started?.then(setStatus);
    return () => {
      unsubscribe();
      news.stop();
    };
  }, [core, started]);
  const open = status.stage === "open";
  useEffect(() => {
    if (!open) return setRows(Rows.unread);
    return afterFrame(() => void core.households().then((all) => setRows(new Rows(all, true)), tell));
  }, [core, open, status.practice, tell]);

  // Another person's or another storage's work begins at the list; a code is used once.
  const before = useRef({ stage: status.stage, practice: status.practice });
  useEffect(() => {
    const { stage, practice } = before.current;
    before.current = { stage: status.stage, practice: status.practice };
    void touched.current?.take();
    touched.current = null;
    setPlace(({ ahead, ...place }) => place);
    if (status.stage !== "new") setCode(null);
    if (status.practice !== practice || (status.stage === "new" && stage !== "new")) way.go({ at: "list" }, { replace: true });
    if (status.stage !== stage) scrollTo(0, 0);
  }, [status.stage, status.practice, way]);

  const { stage, practice, language, textSize } = status;
  useLayoutEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.style.fontSize = `${textSize}px`;
  }, [language, textSize]);
  useEffect(() => {
    if (!practice) keepDisplay(stage === "new" ? null : { language, textSize });
  }, [stage === "new", practice, language, textSize]);

  const unsent = status.sync.unsent + status.sync.unsentPhotos;
  useEffect(() => {
    if (unsent) wakeWhenOnline();
  }, [unsent > 0]);

  const timer = useRef(0);
  const say = useCallback((text: string) => {
    clearTimeout(timer.current);
    setSaid(text);
    timer.current = window.setTimeout(() => setSaid(""), SAID_FOR_MS);
  }, []);

  const moves = useMemo<Pick<App, "touch" | "go" | "returnTo" | "back">>(
    () => ({ touch, go: (to, how) => way.go(to, how), returnTo: (to) => way.returnTo(to), back: () => way.back() }),
    [touch, way],
  );
  const app = useMemo<App>(
    () => ({
      core,
      words: wordsOf(status.language),
      tongue: status.language,
      ...moves,
      tell,
      say,
    }),
    [core, status.language, moves, tell, say],
  );
  const standing = useMemo(() => ({ status, rows }), [status, rows]);

  // The most pressing fault that nobody has passed by yet.
  const fault = [status.fault, told, status.sync.fault].filter(stops).find((each) => !passed.has(each.code));
  const pass = (code: Fault["code"]) => {
    setTold(null);
    if (fault !== told) setPassed((before) => new Set(before).add(code));
  };
  const shown = useMemo(() => <Stage {...{ stage, practice, route, opening, ahead, code }} />, [stage, practice, route, opening, ahead, code]);
  return (
    <AppContext.Provider value={app}>
      <StandingContext.Provider value={standing}>
        {stage === "broken" || stage === "elsewhere" ? (
          <StopScreen fault={status.fault ?? { code: stage === "elsewhere" ? "open-elsewhere" : "internal" }} />
        ) : fault && stage !== "locked" ? (
          <StopScreen fault={fault} onPass={() => pass(fault.code)} />
        ) : (
          shown
        )}
        <Passing told={told && !stops(told) ? told : null} onClose={() => setTold(null)} said={said} />
      </StandingContext.Provider>
    </AppContext.Provider>
  );
}

function idOf(route: Route): HouseholdId | null {
  return "id" in route ? route.id : null;
}

/** A status with the villages of the one before, where they are the same: a list of 5,000 hangs on them. */
function unchanged(before: Status, { ...status }: Status): Status {
  if (JSON.stringify(before.villages) === JSON.stringify(status.villages)) status.villages = before.villages;
  return status;
}

interface StageProps {
  stage: Status["stage"];
  practice: boolean;
  route: Route;
  opening: Opening | null;
  ahead: Opening | undefined;
  code: string | null;
}

function Stage({ stage, code, ...work }: StageProps) {
  switch (stage) {
    case "new":
      return (
        <main>
          <WelcomeScreen code={code} />
        </main>
      );
    case "filling":
      return (
        <main>
          <FillingScreen />
        </main>
      );
    case "locked":
      return (
        <main>
          <UnlockScreen />
        </main>
      );
    default:
      return <Work {...work} />;
  }
}

function Work({ practice, route, opening, ahead }: Omit<StageProps, "stage" | "code">) {
  const { words, core, tell } = useApp();
  const tabs = route.at === "list" || route.at === "map" || route.at === "sync" || route.at === "settings";
  return (
    <>
      {practice && (
        <div class="practice" role="note">
          <Icon name="leaf" />
          <span>{words.practice.banner}</span>
          <button type="button" class="practice-leave" onClick={() => void core.practise(false).catch(tell)}>
            {words.practice.leave}
          </button>
        </div>
      )}
      <Main key={idOf(route)} route={route} opening={opening} className={tabs ? "with-tabs" : route.at === "page" ? "with-steps" : ""} />
      {ahead && <Main key={ahead.id} route={{ at: "home", id: ahead.id }} opening={ahead} className="ahead" />}
      {tabs && <Tabs at={route.at} />}
    </>
  );
}

function Main({ route, opening, className }: Pick<StageProps, "route" | "opening"> & { className: string }) {
  const ahead = className === "ahead";
  return (
    <main class={className} inert={ahead}>
      <AheadContext.Provider value={ahead}>
        {route.at === "list" && <UpdateNote />}
        <Screen route={route} opening={opening} />
      </AheadContext.Provider>
    </main>
  );
}

function Screen({ route, opening }: Pick<StageProps, "route" | "opening">) {
  switch (route.at) {
    case "list":
      return <ListScreen />;
    case "map":
      return <MapScreen />;
    case "sync":
      return <SyncScreen />;
    case "refused":
      return <RefusedScreen />;
    case "settings":
      return <SettingsScreen />;
    case "pin":
      return <PinScreen />;
    case "register":
      return <RegisterScreen />;
    default:
      return <HouseholdRoom route={route} opening={opening} />;
  }
}

const TABS: { at: "list" | "map" | "sync" | "settings"; icon: IconName }[] = [
  { at: "list", icon: "house" },
  { at: "map", icon: "pin" },
  { at: "sync", icon: "send" },
  { at: "settings", icon: "gear" },
];

function Tabs({ at }: { at: Route["at"] }) {
  const { words } = useApp();
  const { status } = useStanding();
  const unsent = status.sync.unsent + status.sync.unsentPhotos;
  return (
    <nav class="tabs" aria-label={words.menu}>
      {TABS.map((tab) => (
        <Link key={tab.at} to={{ at: tab.at }} className="tab" current={tab.at === at}>
          <Icon name={tab.icon} size={1.5} />
          <span>{words.tabs[tab.at]}</span>
          {tab.at === "sync" && unsent > 0 && (
            <span class="badge">
              <span aria-hidden="true">{unsent > 99 ? "99+" : unsent}</span>
              <span class="unseen">{words.sync.unsent(unsent)}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

function UpdateNote() {
  const { words, core, tell } = useApp();
  const { status } = useStanding();
  const update = useUpdate();
  const [later, setLater] = useState(false);
  if (later || !(update.ready || status.updateReady)) return null;
  return (
    <Note tone="info" icon="save" title={words.update.ready} live>
      <p>{words.update.hint}</p>
      <div class="pair">
        <Button kind="main" onClick={() => void update.take(core).catch(tell)}>
          {words.update.now}
        </Button>
        <Button onClick={() => setLater(true)}>{words.update.later}</Button>
      </div>
    </Note>
  );
}

/** What is said in passing: a fault that stops nothing, or something that went well. */
function Passing({ told, said, onClose }: { told: Fault | null; said: string; onClose: () => void }) {
  const { words } = useApp();
  return (
    <>
      <div class="passing" role="status">
        {said && <p class="passing-said">{said}</p>}
      </div>
      <div class="passing" role="alert">
        {told && (
          <div class="passing-fault">
            <Icon name="alert" />
            <p>
              <span class="strong">{faultWords(words, told).title}</span> {faultWords(words, told).todo}
            </p>
            <IconButton icon="cross" label={words.close} onClick={onClose} />
          </div>
        )}
      </div>
    </>
  );
}
