/** The frame around every page: who is signed in, which tambon, the navigation. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Hub, Problem, type Session, type Tambon } from "./api.ts";
import type { Look } from "./app.tsx";
import { OfficeContext, type Office } from "./context.ts";
import { pagesFor } from "./pages.ts";
import { Fault, Note } from "./parts/basics.tsx";
import { Icon } from "./parts/icon.tsx";
import { TEXT_SIZES } from "./preferences.ts";
import { addressOf, useRoute } from "./route.ts";

interface Props {
  hub: Hub;
  session: Session;
  look: Look;
  fault: Problem | null;
  onSignOut: () => void;
}

export function Shell({ hub, session, look, fault, onSignOut }: Props) {
  const { words, tongue } = look;
  const route = useRoute();
  const tambon = session.tambons.find(({ code }) => code === route.tambon) ?? session.tambons[0];
  const pages = pagesFor(session.role);
  const page = pages.find(({ id }) => id === route.page) ?? pages[0];
  const content = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  /** On a narrow screen the navigation is folded away. */
  const [unfolded, setUnfolded] = useState(false);

  // A page that was gone to is read out from its beginning.
  useEffect(() => {
    if (!isFirst.current) content.current?.focus();
    isFirst.current = false;
    setUnfolded(false);
  }, [page?.id, tambon?.code, route.rest.join("/")]);

  const office = useMemo<Office | null>(() => {
    if (!tambon) return null;
    const go = (id: string, ...rest: (string | number)[]) => void (location.hash = addressOf(tambon.code, id, ...rest));
    return { hub, session, tambon, tongue, words, go };
  }, [hub, session, tambon, tongue, words]);

  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), content.current?.focus())}>
        {words.skip}
      </a>
      <header class="bar">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <div class="bar-title">
          <strong>{words.title}</strong>
          <Area session={session} tambon={tambon} look={look} page={page?.id ?? ""} />
        </div>
        <button type="button" class="button menu-button" aria-expanded={unfolded} aria-controls="menu" onClick={() => setUnfolded(!unfolded)}>
          <Icon name="menu" /> {words.menuShort}
        </button>
        <div class="bar-person">
          <span>
            {session.name ?? words.apiKey} · {words.roles[session.role]}
          </span>
          <button type="button" class="button quiet" onClick={onSignOut}>
            <Icon name="out" /> {words.signOut}
          </button>
        </div>
      </header>
      <nav id="menu" class={unfolded ? "nav unfolded" : "nav"} aria-label={words.menu}>
        <ul>
          {tambon &&
            pages.map(({ id, icon }) => (
              <li key={id}>
                <a href={addressOf(tambon.code, id)} aria-current={id === page?.id ? "page" : undefined}>
                  <Icon name={icon} /> <span>{words.pages[id]}</span>
                </a>
              </li>
            ))}
        </ul>
        <LookChoices look={look} />
      </nav>
      <main id="content" class="content" tabIndex={-1} ref={content}>
        {fault && <Fault problem={fault} tongue={tongue} />}
        {office && page ? (
          <OfficeContext.Provider value={office}>
            <page.View key={`${page.id}/${office.tambon.code}`} />
          </OfficeContext.Provider>
        ) : (
          <Note tone="warn">{words.nothingServed}</Note>
        )}
      </main>
    </div>
  );
}

/** The tambon: its name, or a choice where there are several. */
function Area({ session, tambon, look, page }: { session: Session; tambon: Tambon | undefined; look: Look; page: string }) {
  const { words, tongue } = look;
  const name = (of: Tambon) =>
    tongue === "th" ? `ต.${of.name_th} อ.${of.amphoe_th} จ.${of.province_th}` : `${of.name_en}, ${of.amphoe_en}, ${of.province_en}`;
  if (!tambon) return <span>{tongue === "th" ? session.area_th : session.area_en}</span>;
  if (session.tambons.length === 1) return <span>{name(tambon)}</span>;
  return (
    <select
      class="area"
      aria-label={words.area}
      value={tambon.code}
      onChange={(event) => void (location.hash = addressOf(event.currentTarget.value, page))}
    >
      {session.tambons.map((of) => (
        <option key={of.code} value={of.code}>
          {name(of)}
        </option>
      ))}
    </select>
  );
}

/** Language and text size. */
export function LookChoices({ look }: { look: Look }) {
  const { words, tongue, setTongue, size, setSize } = look;
  return (
    <div class="look">
      <button type="button" class="chip" lang={tongue === "th" ? "en" : "th"} onClick={() => setTongue(tongue === "th" ? "en" : "th")}>
        {words.otherLanguage}
      </button>
      <div class="look-sizes" role="group" aria-label={words.textSize}>
        {TEXT_SIZES.map((of, index) => (
          <button key={of} type="button" class={`chip size-${index}`} aria-pressed={of === size} aria-label={words.textSizes[index]} onClick={() => setSize(of)}>
            ก
          </button>
        ))}
      </div>
    </div>
  );
}
