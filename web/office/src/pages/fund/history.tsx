/** What happened to a version of a list: who decided what, when and why. */

import { useMemo } from "preact/hooks";
import type { ListEvent, NeedyList } from "../../api-fund.ts";
import { dayAndTime, useOffice, whoOf } from "../../context.ts";
import { Loading, Note, useLoad } from "../../parts/basics.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { actText, reasonOf } from "./decide.tsx";

export function History({ list }: { list: NeedyList }) {
  const { hub, tambon, words, tongue } = useOffice();
  const says = words.fund.history;
  const path = `tambons/${tambon.code}/needy-lists/${list.list_id}/events?version=${list.version}`;
  const { found, problem, again } = useLoad(() => hub.get<{ events: ListEvent[] }>(path), [hub, path, list.revision]);
  const columns = useMemo<Column<ListEvent>[]>(
    () => [
      { key: "number", head: "#", value: ({ number }) => number, numeric: true },
      { key: "what", head: says.what, value: ({ act }) => actText(act, list, words), long: true },
      { key: "why", head: says.why, value: ({ act }) => (act.act === "hold_forum" ? says.people(act.villagers) : reasonOf(act) || null), long: true },
      { key: "who", head: says.who, value: ({ by }) => whoOf(by, words) },
      { key: "when", head: says.when, value: ({ at }) => at, draw: ({ at }) => dayAndTime(at, tongue) },
    ],
    [list, words, tongue],
  );
  if (!found) return <Loading problem={problem} again={again} />;
  return (
    <>
      <p class="soft">{says.lead}</p>
      {found.events.length === 0 ? (
        <Note>{says.none}</Note>
      ) : (
        <Table cards caption={says.ofVersion(list.version)} columns={columns} rows={found.events} keyOf={({ number }) => String(number)} sortedBy="number" />
      )}
    </>
  );
}
