/** What two people wrote differently: both values, who and when; one tap settles each. */

import { useEffect, useState } from "preact/hooks";
import type { Household, Value } from "../core/api.ts";
import { useApp } from "../context.ts";
import { Button, Head, Link, Note } from "../parts/basics.tsx";
import { Sides } from "../parts/sides.tsx";

export function ConflictsScreen({ household, refresh }: { household: Household; refresh: () => Promise<void> }) {
  const { words, core, returnTo, tell, say } = useApp();
  const [settled, setSettled] = useState<string | null>(null);
  const home = { at: "home", id: household.row.id } as const;
  useEffect(() => void refresh().catch(tell), [refresh, tell]);

  const use = async (page: string, node: Household["conflicts"][number]["node"], value: Value) => {
    try {
      await core.answer(page, node.row, node.field, value);
      const side = node.conflict?.find((each) => each.value === value);
      const shown = words.conflict.settled(side?.shown || (value === null ? words.conflict.cleared : String(value)));
      setSettled(shown);
      say(shown);
      await refresh();
      scrollTo(0, 0);
    } catch (thrown) {
      tell(thrown);
    }
  };
  const left = household.conflicts.length;
  return (
    <>
      <Head title={words.conflict.title} note={[household.row.name, words.house(household.row.houseNumber)].filter(Boolean).join(" · ")} onBack={() => returnTo(home)} />
      {settled && (
        <Note tone="good" icon="check" title={settled}>
          <p>{words.saved}</p>
        </Note>
      )}
      {left === 0 && (
        <div class="empty">
          <p class="empty-title">{words.conflict.none}</p>
          <Button kind="main" onClick={() => returnTo(home)}>
            {words.home.overview}
          </Button>
        </div>
      )}
      {left > 1 && <p class="count">{words.conflict.left(left)}</p>}
      {household.conflicts.map(({ page, node }) => (
        <section key={`${page} ${node.row} ${node.field}`} class="conflict" aria-label={node.label}>
          <h2 class="question-label">{node.label}</h2>
          <Sides node={node} onUse={(value) => use(page, node, value)} />
          <Link to={{ at: "page", id: household.row.id, page }} className="button quiet">
            {words.conflict.otherwise}
          </Link>
        </section>
      ))}
    </>
  );
}
