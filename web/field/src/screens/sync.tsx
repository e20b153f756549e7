/** What is sent and what is not, why, and what to do where there is no network at all. */

import { useEffect, useState } from "preact/hooks";
import { ago } from "../../../shared/dates.ts";
import type { PhotoState, RefusedChange } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useNow, useTask } from "../hooks.ts";
import { faultWords, type Words } from "../words/index.ts";
import { Button, Head, Link, Note, Progress } from "../parts/basics.tsx";
import { Icon } from "../parts/icon.tsx";
import { BundleCard } from "./bundle.tsx";

const DAY = 86_400_000;

export function SyncScreen() {
  const { words, core, tongue } = useApp();
  const { status } = useStanding();
  const { busy, run } = useTask();
  const now = useNow(10);
  const { sync } = status;
  const clean = sync.unsent === 0 && sync.unsentPhotos === 0;
  const days = sync.lastAt === null ? 0 : Math.floor((now - sync.lastAt) / DAY);
  if (status.practice) {
    return (
      <>
        <Head title={words.sync.title} />
        <Note tone="info" icon="leaf" title={words.practice.banner}>
          <p>{words.settings.practiceHint}</p>
        </Note>
      </>
    );
  }
  return (
    <>
      <Head title={words.sync.title} note={status.person ?? undefined} />
      <section class={clean ? "sync-card good" : "sync-card"} aria-live="polite">
        <Icon name={clean ? "done" : "send"} size={2} />
        <div>
          <p class="sync-main">{clean ? words.sync.allSent : sync.unsent ? words.sync.unsent(sync.unsent) : words.sync.unsentPhotos(sync.unsentPhotos)}</p>
          {sync.unsent > 0 && sync.unsentPhotos > 0 && <p>{words.sync.unsentPhotos(sync.unsentPhotos)}</p>}
          {!clean && <p>{words.sync.safe}</p>}
          <p class="soft">{sync.lastAt === null ? words.sync.never : words.sync.last(ago(sync.lastAt, now, tongue))}</p>
        </div>
      </section>
      {sync.running && <Progress value={sync.progress} label={words.sync.running} />}
      {status.fault?.code === "clock-wrong" && (
        <Note tone="warn" icon="clock" title={words.faults["clock-wrong"].title}>
          <p>{words.faults["clock-wrong"].todo}</p>
        </Note>
      )}
      {days >= status.unsyncedDays && <Note tone="warn" icon="clock" title={words.sync.warnDays(days)} />}
      {sync.fault && !sync.running && (
        <Note tone={sync.fault.code === "unreachable" || sync.fault.code === "hub-busy" ? "info" : "warn"} icon="alert" title={faultWords(words, sync.fault).title}>
          <p>{faultWords(words, sync.fault).todo}</p>
          {sync.nextAt !== null && sync.nextAt > now && <p class="soft">{words.sync.next(whenWords(sync.nextAt, tongue))}</p>}
        </Note>
      )}
      <div class="stack">
        <Button kind="main" icon="send" busy={busy || sync.running} onClick={() => run(async () => void (await core.sync()))}>
          {sync.running ? words.sync.running : words.sync.now}
        </Button>
      </div>
      {sync.refused > 0 && (
        <Link to={{ at: "refused" }} className="note warn as-link">
          <Icon name="alert" />
          <span class="note-words">
            <span class="note-title">{words.sync.refused(sync.refused)}</span>
            <span>{words.sync.refusedHint}</span>
          </span>
          <Icon name="right" />
        </Link>
      )}
      <Photos />
      <BundleCard />
    </>
  );
}

function whenWords(at: number, tongue: "th" | "en"): string {
  return ago(at, at + 61_000, tongue);
}

function Photos() {
  const { words, core, tell } = useApp();
  const { status } = useStanding();
  const [photos, setPhotos] = useState<PhotoState[]>([]);
  useEffect(() => {
    core.photos().then(setPhotos, tell);
  }, [core, status.sync.unsentPhotos, status.sync.running, tell]);
  const waiting = photos.filter((photo) => photo.sent < photo.bytes);
  if (!photos.length) return null;
  return (
    <>
      <h2 class="list-title">{words.sync.photos}</h2>
      {waiting.length === 0 && <p class="soft indent">{words.sync.photosAll}</p>}
      <ul class="photos">
        {waiting.map((photo) => {
          const percent = Math.floor((photo.sent / photo.bytes) * 100);
          return (
            <li key={photo.sha256}>
              <Icon name="camera" />
              <span class="photo-words">
                <span>
                  {words.sync.kilobytes(photo.bytes)} · {words.sync.photoSent(percent)}
                </span>
                <Progress value={photo.sent / photo.bytes} label={words.sync.photoSent(percent)} />
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

export function RefusedScreen() {
  const { words, core, back, tell } = useApp();
  const { status } = useStanding();
  const [refused, setRefused] = useState<RefusedChange[] | null>(null);
  useEffect(() => {
    core.refused().then(setRefused, tell);
  }, [core, tell, status.sync.refused]);
  return (
    <>
      <Head title={words.sync.refusedTitle} onBack={back} />
      <p class="lead indent">{words.sync.refusedHint}</p>
      {refused?.length === 0 && <p class="soft indent">{words.sync.refusedNone}</p>}
      {refused?.map((change, index) => (
        <section key={index} class="card" aria-label={change.name}>
          <h2 class="card-title">{change.name || words.noName}</h2>
          <p>
            {words.sync.why} {reasonWords(words, change.reason)}
          </p>
          <dl class="answers">
            {change.answers.map((answer, place) => (
              <div key={place}>
                <dt>{answer.label}</dt>
                <dd>{answer.shown}</dd>
              </div>
            ))}
          </dl>
          <Link to={{ at: "home", id: change.household }} className="button plain">
            {words.open}
          </Link>
        </section>
      ))}
    </>
  );
}

const FULL = /^household-(changes|operations|rows|actors|registers|heads)$|^register-values$/;

/** A reason of PROTOCOL.md in words that help; all that a volunteer cannot do anything about share one. */
function reasonWords(words: Words, reason: string): string {
  const said: Record<string, string> = words.sync.reasons;
  if (FULL.test(reason)) return words.sync.reasons["household-full"];
  if (reason === "string-too-long" || reason === "too-large") return words.sync.reasons["too-long"];
  return said[reason] ?? words.sync.reasons.other;
}
