/** Practice: a made-up village in a database of its own, which no hub ever hears of. */

import type { Enrolment } from "./hub.ts";
import { Failure } from "./fault.ts";
import { Store } from "./store.ts";
import { Vault } from "./vault.ts";

export const PRACTICE_DATABASE = "samruat-practice";
/** Nothing in it is anybody's: the vault is there so that practice runs the same code. */
const PIN = "000000";
/** As `web/core/src/practice.rs` has them. */
const COLLEAGUE = "eeeeeeeeeeeeeeee";
const TAMBON = "999999";
const VILLAGES = ["99999901", "99999902"];
const FORM = "practice";

/** An empty practice storage with its forms; its core fills it with households. */
export async function practiceStore(): Promise<{ store: Store; vault: Vault }> {
  const answer = await fetch(__PRACTICE_FORM__);
  if (!answer.ok) throw new Failure("unreachable", "the form for practice is not here");
  const model = new Uint8Array(await answer.arrayBuffer());
  await Store.delete(PRACTICE_DATABASE);
  const store = await Store.open(PRACTICE_DATABASE);
  const { vault, record } = await Vault.make(PIN);
  const enrolment: Enrolment = {
    device: "0000000000000001",
    token: "",
    person: "ผู้ฝึกหัด",
    tambon: TAMBON,
    tambon_th: "ฝึกหัด",
    tambon_en: "Practice",
    villages: VILLAGES.map((code, at) => ({ code, moo: at + 1, name_th: `บ้านฝึกหัด ${at + 1}` })),
  };
  const sealed = async (setting: string, value: unknown) => ({
    store: "settings" as const,
    key: setting,
    value: await vault.seal(`settings/${setting}`, new TextEncoder().encode(JSON.stringify(value))),
  });
  await store.write([
    { store: "settings", key: "vault", value: record },
    await sealed("enrolment", enrolment),
    await sealed("forms", [{ hash: FORM, built_in: true, villages: VILLAGES }]),
    await sealed("people", { [COLLEAGUE]: "เพื่อนอาสาสมัคร" }),
    { store: "forms", key: FORM, value: model },
  ]);
  return { store, vault };
}
