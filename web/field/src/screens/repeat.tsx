/** The rows of a repeat: the members of a household, its needs, its photos. */

import type { Household, Page } from "../core/api.ts";
import { useApp } from "../context.ts";
import { useTask } from "../hooks.ts";
import { Button, Link } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";

export function RowsPage({ page, rows, household }: { page: Page; rows: NonNullable<Page["rows"]>; household: Household }) {
  const { words, core, go } = useApp();
  const { busy, run } = useTask();
  const add = () =>
    run(async () => {
      const { first } = await core.addRow(rows.field, rows.parent);
      go({ at: "page", id: household.row.id, page: first });
    });
  return (
    <div class="repeat">
      {rows.heads.length === 0 && <p class="soft indent">{words.page.rowsNone}</p>}
      <ul class="repeat-rows">
        {rows.heads.map((head, index) => (
          <li key={head.row}>
            <Link to={{ at: "page", id: household.row.id, page: head.first }} className="repeat-row">
              <span class="repeat-number" aria-hidden="true">
                {index + 1}
              </span>
              <span class="repeat-words">
                <span class="repeat-title">{head.title || words.page.rowUntitled}</span>
                <span class={`repeat-state is-${head.state}`}>{words.page.states[head.state]}</span>
              </span>
              <Icon name="right" />
            </Link>
          </li>
        ))}
      </ul>
      {rows.free && (
        <Button icon="plus" busy={busy} onClick={add}>
          {words.page.rowAdd(page.title)}
        </Button>
      )}
    </div>
  );
}
