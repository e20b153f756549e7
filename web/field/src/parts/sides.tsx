/** Both sides of a conflict, each with a button that settles it. */

import { ago } from "../../../shared/dates.ts";
import type { Node, Value } from "../core/api.ts";
import { useApp } from "../context.ts";
import { Button } from "./basics.tsx";
import { Picture } from "./answers/picture.tsx";
import { Icon } from "./icon.tsx";

export function Sides({ node, onUse }: { node: Node; onUse: (value: Value) => Promise<void> }) {
  const { words, tongue } = useApp();
  const sides = node.conflict ?? [];
  const picture = node.kind === "image" || node.kind === "signature";
  return (
    <div class="sides" role="group" aria-label={words.conflict.title}>
      <p class="sides-lead">
        <Icon name="differs" /> {words.conflict.lead(sides.length)}
      </p>
      {sides.map((side, index) => {
        const shown = side.shown || (side.value === null ? words.conflict.cleared : String(side.value));
        const who = words.conflict.by(side.mine ? words.me : side.person, ago(side.at, Date.now(), tongue));
        return (
          <div key={index} class="side">
            {picture ? <Picture value={side.value} alt={words.photo.alt(who)} /> : <p class="side-value">{shown}</p>}
            <p class="side-who">{who}</p>
            <Button kind="main" icon="check" label={`${words.conflict.use}: ${picture ? who : shown}`} onClick={() => void onUse(side.value)}>
              {words.conflict.use}
            </Button>
          </div>
        );
      })}
    </div>
  );
}
