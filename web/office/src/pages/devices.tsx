/** The volunteers' devices: who carries which, when it last sent, and taking a lost one's access away. */

import { useMemo, useState } from "preact/hooks";
import type { Device, Problem } from "../api.ts";
import { moment, useOffice } from "../context.ts";
import { Confirm, Fault, Head, Loading, Told, useLoad } from "../parts/basics.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { moos } from "./coverage.tsx";

export function Devices() {
  const { hub, tambon, words, tongue, go } = useOffice();
  const { found, problem, again } = useLoad(() => hub.all<Device>(`tambons/${tambon.code}/devices`, "devices"), [hub, tambon.code]);
  const [lost, setLost] = useState<Device | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [told, setTold] = useState("");
  const says = words.devices;
  const columns = useMemo<Column<Device>[]>(
    () => [
      { key: "person", head: says.person, value: ({ person }) => person },
      { key: "villages", head: says.villages, value: moos },
      { key: "enrolled", head: says.enrolled, value: ({ enrolled_at }) => enrolled_at, draw: ({ enrolled_at }) => moment(enrolled_at, tongue) },
      { key: "sent", head: says.sent, value: ({ pushed_at }) => pushed_at, draw: ({ pushed_at }) => moment(pushed_at, tongue) },
      { key: "state", head: says.state, value: ({ revoked_at }) => (revoked_at ? says.revoked(moment(revoked_at, tongue)) : says.valid) },
      {
        key: "action",
        head: says.action,
        value: () => null,
        fixed: true,
        draw: (device) =>
          !device.revoked_at && (
            <button type="button" class="button small" aria-label={says.revokeOf(device.person)} onClick={() => setLost(device)}>
              {says.revoke}
            </button>
          ),
      },
    ],
    [words],
  );
  const revoke = async (device: Device) => {
    try {
      await hub.post(`tambons/${tambon.code}/devices/${device.device_id}/revoke`);
      setTold(says.done(device.person));
      setRefused(null);
      await again();
    } catch (thrown) {
      setRefused(thrown as Problem);
    }
    setLost(null);
  };
  if (!found) return <Loading problem={problem} again={again} />;
  const add = (
    <button type="button" class="button main" onClick={() => go("enrolment")}>
      {says.add}
    </button>
  );
  return (
    <>
      <Head title={words.pages.devices} lead={says.lead} aside={add} />
      <Told>{told}</Told>
      {refused && <Fault problem={refused} tongue={tongue} />}
      <Table caption={words.pages.devices} columns={columns} rows={found.filter(({ villages }) => villages.length > 0)} keyOf={({ device_id }) => device_id} />
      {lost && (
        <Confirm title={says.sure} yes={says.revoke} onYes={() => revoke(lost)} onClose={() => setLost(null)}>
          <p>{says.sureText(lost.person)}</p>
        </Confirm>
      )}
    </>
  );
}
