/** Language, size, PIN, storage, practice, leaving, version. */

import { useState } from "preact/hooks";
import type { Fault, Language, TextSize } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useTask } from "../hooks.ts";
import { useUpdate } from "../update.ts";
import { faultWords } from "../words/index.ts";
import { Button, Head, Note, Progress, Radios, Sheet } from "../parts/basics.tsx";
import { PIN_LENGTH, PinPad } from "../parts/pin-pad.tsx";
import { FaultNote, NewPin } from "./welcome.tsx";

const LANGUAGES: { value: Language; label: string }[] = [
  { value: "th", label: "ไทย" },
  { value: "en", label: "English" },
];
const SIZES: TextSize[] = [18, 20, 24];

export function SettingsScreen() {
  const { words, core, go } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const update = useUpdate();
  return (
    <>
      <Head title={words.settings.title} />
      {(update.ready || status.updateReady) && (
        <Note tone="info" icon="save" title={words.update.ready}>
          <p>{words.update.hint}</p>
          <Button kind="main" busy={busy} onClick={() => run(() => update.take(core))}>
            {words.update.now}
          </Button>
        </Note>
      )}
      <section class="card">
        {status.person && (
          <p>
            <span class="soft">{words.settings.person}</span>
            <br />
            <span class="strong">{status.person}</span>
          </p>
        )}
        {status.tambon && (
          <p>
            <span class="soft">{words.settings.area}</span>
            <br />
            {words.tambon(status.tambon.code, status.tambon[status.language])} · {status.villages.map((village) => words.moo(village.moo)).join(", ")}
          </p>
        )}
        {!status.practice && (
          <>
            <Button icon="lock" busy={busy} onClick={() => run(async () => void (await core.lock()))}>
              {words.settings.lock}
            </Button>
            <Button icon="pen" onClick={() => go({ at: "pin" })}>
              {words.settings.pin}
            </Button>
          </>
        )}
      </section>

      <section class="card" aria-label={words.settings.language}>
        <h2 class="card-title">{words.settings.language}</h2>
        <Radios
          name="language"
          legend={words.settings.language}
          value={status.language}
          options={LANGUAGES}
          onChange={(language) => run(async () => void (await core.setLanguage(language)))}
        />
        <h2 class="card-title">{words.settings.size}</h2>
        <Radios
          name="size"
          legend={words.settings.size}
          value={status.textSize}
          options={SIZES.map((size) => ({ value: size, label: words.settings.sizes[size] }))}
          onChange={(size) => run(async () => void (await core.setTextSize(size)))}
        />
      </section>

      {!status.practice && <Storage />}

      <section class="card" aria-label={words.settings.practice}>
        <h2 class="card-title">{words.settings.practice}</h2>
        <p>{words.settings.practiceHint}</p>
        <Button icon="leaf" busy={busy} onClick={() => run(async () => void (await core.practise(!status.practice)))}>
          {status.practice ? words.settings.practiceOff : words.settings.practiceOn}
        </Button>
      </section>

      {!status.practice && <LogOut />}
      <p class="soft indent">
        {words.appLong} · {words.settings.version(status.version)}
      </p>
    </>
  );
}

function Storage() {
  const { words, core } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const [refused, setRefused] = useState(false);
  const { persisted, usedBytes, quotaBytes } = status.storage;
  const used = words.settings.used(words.settings.megabytes(usedBytes), words.settings.megabytes(quotaBytes));
  return (
    <section class="card" aria-label={words.settings.storage}>
      <h2 class="card-title">{words.settings.storage}</h2>
      {quotaBytes > 0 && (
        <>
          <p>{used}</p>
          <Progress value={Math.min(1, usedBytes / quotaBytes)} label={used} />
        </>
      )}
      <Note tone={persisted ? "good" : "warn"} icon={persisted ? "check" : "alert"} title={persisted ? words.settings.persisted : words.settings.notPersisted}>
        {refused && !persisted && <p>{words.settings.persistNo}</p>}
      </Note>
      {!persisted && (
        <Button
          busy={busy}
          onClick={() =>
            run(async () => {
              const { storage } = await core.persistStorage();
              setRefused(!storage.persisted);
            })
          }
        >
          {words.settings.persist}
        </Button>
      )}
    </section>
  );
}

function LogOut() {
  const { words, core, go } = useApp();
  const { busy, run } = useTask();
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);
  const leave = () => run(async () => void (await core.logOut()), setFault);
  return (
    <div class="stack">
      <Button kind="quiet" icon="trash" onClick={() => setAsking(true)}>
        {words.settings.logOut}
      </Button>
      {asking && (
        <Sheet
          title={words.settings.logOutAsk}
          onClose={() => {
            setAsking(false);
            setFault(null);
          }}
        >
          {fault?.code === "unsent-work" ? (
            <>
              <Note tone="warn" icon="send" title={words.settings.unsentWork} live />
              <Button
                kind="main"
                onClick={() => {
                  setAsking(false);
                  go({ at: "sync" });
                }}
              >
                {words.sync.title}
              </Button>
            </>
          ) : (
            <>
              <p>{words.settings.logOutHint}</p>
              {fault && <FaultNote fault={fault} />}
              <div class="stack">
                <Button kind="danger" icon="trash" busy={busy} onClick={leave}>
                  {words.settings.logOutYes}
                </Button>
                <Button onClick={() => setAsking(false)}>{words.cancel}</Button>
              </div>
            </>
          )}
        </Sheet>
      )}
    </div>
  );
}

export function PinScreen() {
  const { words, core, back, say } = useApp();
  const { busy, run } = useTask();
  const [before, setBefore] = useState<string | null>(null);
  const [pin, setPin] = useState("");
  const [fault, setFault] = useState<Fault | null>(null);
  const change = (after: string) =>
    run(
      async () => {
        await core.changePin(before ?? "", after);
        say(words.pin.changed);
        back();
      },
      (why) => {
        setFault(why);
        setBefore(null);
        setPin("");
      },
    );
  return (
    <>
      <Head title={before === null ? words.pin.before : words.pin.after} onBack={back} />
      {fault && (
        <p class="problem" role="alert">
          {faultWords(words, fault).title} {faultWords(words, fault).todo}
        </p>
      )}
      {busy ? (
        <p class="lead indent">{words.saving}</p>
      ) : before === null ? (
        <PinPad
          pin={pin}
          onPin={(next) => {
            setPin(next);
            setFault(null);
            if (next.length === PIN_LENGTH) setBefore(next);
          }}
        />
      ) : (
        <NewPin hint={words.pin.after} onChosen={change} />
      )}
    </>
  );
}
