// The hub that the other tests here lean on: it keeps its address and its database, and leaves nothing behind.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";

import { startHub } from "./hub.mjs";

let hub;
before(async () => (hub = await startHub()));
after(() => hub.end());

test("a hub that was killed comes back where it was", async () => {
  const { url } = hub;
  const key = await hub.key("planner");
  await hub.kill();
  await assert.rejects(fetch(`${url}/livez`));
  await hub.restart();
  assert.equal(hub.url, url);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  assert.match(await hub.read(key, "households.csv"), /^.{0,1}รหัสครัวเรือน,/);
});

test("a colleague's device writes what planners then read", async () => {
  const device = await hub.device("สมศรี ใจงาม");
  const made = await device("new", "--village", "65011704");
  await device("sync");
  const list = await hub.read(await hub.key("coordinator"), "households");
  assert.ok(JSON.stringify(list).includes(made.household), JSON.stringify({ made, list }));
});

test("a hub that ended leaves nothing behind", async () => {
  const other = await startHub();
  await other.end();
  assert.ok(!existsSync(other.folder));
  await assert.rejects(fetch(`${other.url}/livez`));
});
