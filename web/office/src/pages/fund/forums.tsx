/** The village forums (ประชาคม) of a list: which were held, where to show the list on a wall, one for the whole tambon. */

import type { Line, NeedyList } from "../../api-fund.ts";
import { day, mooOf, useOffice } from "../../context.ts";
import { Note } from "../../parts/basics.tsx";
import { addressOf } from "../../route.ts";
import { isDecided, type Listed } from "./decide.tsx";
import { RecordForum } from "./record-forum.tsx";

/** Villages that have a household on the list, in order, with their lines. */
function villagesOf({ lines }: NeedyList): [string, Line[]][] {
  const villages = new Map<string, Line[]>();
  for (const line of lines) villages.set(line.village, [...(villages.get(line.village) ?? []), line]);
  return [...villages].sort(([a], [b]) => a.localeCompare(b));
}

export function Forums({ listed }: { listed: Listed }) {
  const { words, tongue, tambon } = useOffice();
  const says = words.fund.forum;
  const { list } = listed;
  const isOpen = list.state === "forum";
  const heldIn = (village: string | null) => {
    const held = list.forums.find((forum) => forum.village === village);
    return held ? says.held(day(held.held_on, tongue), held.villagers) : says.notHeld;
  };
  return (
    <>
      {list.state === "draft" || list.state === "field_check" ? <Note>{says.notYet}</Note> : !isOpen && <Note>{says.over}</Note>}
      {isOpen && <p class="soft">{says.lead}</p>}
      <ul class="cards">
        {villagesOf(list).map(([village, lines]) => (
          <li key={village} class="card between">
            <div>
              <h2>{mooOf(village, words)}</h2>
              <p>{says.decided(lines.filter(isDecided).length, lines.length)}</p>
              <p class="soft">{heldIn(village)}</p>
            </div>
            {isOpen && (
              <a class="button main" href={addressOf(tambon.code, "lists", list.list_id, list.version, "forum", village)} aria-label={says.showOf(mooOf(village, words))}>
                {says.show}
              </a>
            )}
          </li>
        ))}
        {isOpen && (
          <li class="card">
            <h2>{says.whole}</h2>
            <p>{says.wholeText}</p>
            <p class="soft">{heldIn(null)}</p>
            <RecordForum listed={listed} village={null} />
          </li>
        )}
      </ul>
    </>
  );
}
