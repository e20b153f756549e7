// What of the app's core needs no browser: the core in wasm behind its binding, and the text of bundles. It
// runs what the build put into web/dist.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const WEB = resolve(fileURLToPath(import.meta.url), "../../..");
const ASSETS = join(WEB, "dist/assets");

/** What a file of the core exports. */
async function core(name) {
  const entryPoints = [join(WEB, "field/src/core", name)];
  const built = await build({ entryPoints, bundle: true, write: false, format: "esm" });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}

function asset(pattern) {
  return readFileSync(join(ASSETS, readdirSync(ASSETS).find((name) => pattern.test(name))));
}

async function started() {
  const { Binding } = await core("binding.ts");
  const binding = await Binding.of(await WebAssembly.compile(asset(/^core-.*\.wasm$/)));
  binding.call({ enrolled: { device: "00000000000000aa", person: "สมศรี", villages: ["65011704"] } });
  binding.call({ forms: { forms: [{ villages: ["65011704"], tables: [] }] } }, [new Uint8Array(asset(/^practice-.*\.json$/))]);
  return binding;
}

test("the core registers, asks and answers, and says what to write", async () => {
  const binding = await started();
  const register = { village: "65011704", house_number: "๑๒/๓", house_code: "6501-009876-5", family: 1 };
  const { told, writes } = binding.call({ register });
  assert.equal(told.existed, false);
  assert.deepEqual(writes.map(({ store, key }) => [store, key]), [["drafts", told.id]]);
  assert.ok(writes[0].bytes.length > 50);
  binding.call({ settle: { ok: true } });
  const household = binding.call({ household: {} }).told;
  assert.equal(household.row.houseNumber, "12/3");
  const page = binding.call({ page: { key: household.resume } }).told;
  assert.equal(page.key, household.resume);
  binding.call({ close: {} });
  assert.equal(binding.call({ settle: { ok: true } }).told.touched[0], told.id);
  assert.equal(binding.call({ register }).told.existed, true, "the same house is the same household");
});

test("a failure has a code, and a question that is none does not stop the core", async () => {
  const binding = await started();
  assert.throws(() => binding.call({ open: { household: "0".repeat(26) } }), { code: "household-gone" });
  assert.throws(() => binding.call({ nothing: {} }), { code: "internal" });
  assert.throws(() => binding.call({ bundle_import: {} }, [new Uint8Array([1])]), { code: "not-a-bundle" });
  assert.equal(binding.isBroken, false);
  assert.equal(binding.call({ counts: {} }).told.unsent, 0);
});

test("a bundle is opened by its passcode alone, however its text was passed on", async () => {
  const { drawPasscode, unwrapBundle, wrapBundle } = await core("bundle.ts");
  const content = crypto.getRandomValues(new Uint8Array(5_000));
  const passcode = drawPasscode();
  assert.match(passcode, /^\d{8}$/);
  const text = await wrapBundle(content, "650117", passcode);
  assert.ok(text.split("\n").every((line) => line.length <= 76));
  const thai = [...passcode].map((digit) => String.fromCharCode(0xe50 + Number(digit))).join("");
  for (const [passed, typed] of [
    [text, passcode],
    [`\uFEFF${text.replaceAll("\n", "\r\n")}`, ` ${passcode.slice(0, 4)} ${passcode.slice(4)}`],
    [text.replaceAll("\n", "\n\n"), thai],
  ]) {
    assert.deepEqual(await unwrapBundle(new Blob([passed]), "650117", typed), content);
  }
  const changed = text.replace(/.(?=.{20}\n$)/s, (letter) => (letter === "A" ? "B" : "A"));
  for (const [passed, tambon, code] of [
    [changed, "650117", "wrong-passcode"],
    [text, "650118", "bundle-of-another-tambon"],
    [text.replace("650117", "650118"), "650118", "wrong-passcode"],
    [text.replace("bundle 1", "bundle 2"), "650117", "app-too-old"],
    ["samruat bundle 1 650117\nก", "650117", "not-a-bundle"],
    ["", "650117", "not-a-bundle"],
  ]) {
    await assert.rejects(unwrapBundle(new Blob([passed]), tambon, passcode), { code });
  }
});
