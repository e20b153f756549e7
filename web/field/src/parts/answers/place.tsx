/** Where a house stands: read from the phone's GPS, with how exact that is. */

import { useState } from "preact/hooks";
import { useApp } from "../../context.ts";
import { useWhereabouts, type Whereabouts } from "../../hooks.ts";
import { Button, Note } from "../basics.tsx";
import type { AnswerProps } from "./props.ts";

/** A reading that is this exact, in metres, is as good as a phone gives. */
const GOOD = 15;

export function PlaceAnswer({ node, give }: AnswerProps) {
  const { words } = useApp();
  const [measuring, setMeasuring] = useState(false);
  const here = useWhereabouts(measuring);
  const point = readPoint(node.value);
  const keep = () => {
    if (here.state !== "here") return;
    setMeasuring(false);
    void give(writePoint(here));
  };
  return (
    <>
      {point && !measuring && (
        <div class="place">
          <p class="place-numbers">
            <span class="unseen">{words.place.latitude} </span>
            {point.latitude.toFixed(5)}, <span class="unseen">{words.place.longitude} </span>
            {point.longitude.toFixed(5)}
          </p>
          {point.accuracy > 0 && <p class="soft">{words.place.accuracy(point.accuracy)}</p>}
        </div>
      )}
      {measuring ? (
        <Measuring here={here}>
          <Button kind="main" icon="check" disabled={here.state !== "here"} onClick={keep}>
            {words.place.use}
          </Button>
          <Button onClick={() => setMeasuring(false)}>{words.cancel}</Button>
        </Measuring>
      ) : (
        <Button kind={point ? "plain" : "main"} icon="target" onClick={() => setMeasuring(true)}>
          {point ? words.place.again : words.place.here}
        </Button>
      )}
      {point && !measuring && !node.required && (
        <Button kind="quiet" icon="cross" onClick={() => void give(null)}>
          {words.clear}
        </Button>
      )}
    </>
  );
}

/** A line or an area, point by point as somebody walks it. */
export function WayAnswer({ node, give }: AnswerProps) {
  const { words } = useApp();
  const [measuring, setMeasuring] = useState(false);
  const here = useWhereabouts(measuring);
  const points = String(node.value ?? "")
    .split(";")
    .map((text) => text.trim())
    .filter(Boolean);
  const shape = node.kind === "geoshape";
  const open = shape && points.length > 1 && points[0] === points.at(-1) ? points.slice(0, -1) : points;
  const write = (next: string[]) => void give(next.length ? (shape && next.length > 2 ? [...next, next[0]] : next).join("; ") : null);
  return (
    <>
      <p class="place-numbers" role="status">
        {words.place.points(open.length)}
      </p>
      {measuring ? (
        <Measuring here={here}>
          <Button
            kind="main"
            icon="plus"
            disabled={here.state !== "here"}
            onClick={() => here.state === "here" && write([...open, writePoint(here)])}
          >
            {words.place.addPoint}
          </Button>
          <Button onClick={() => setMeasuring(false)}>{words.done}</Button>
        </Measuring>
      ) : (
        <Button kind="main" icon="target" onClick={() => setMeasuring(true)}>
          {words.place.addPoint}
        </Button>
      )}
      {open.length > 0 && (
        <Button kind="quiet" icon="erase" onClick={() => write(open.slice(0, -1))}>
          {words.place.removePoint}
        </Button>
      )}
    </>
  );
}

function Measuring({ here, children }: { here: Whereabouts; children: preact.ComponentChildren }) {
  const { words } = useApp();
  return (
    <div class="measuring">
      <div role="status">
        {here.state === "failed" ? (
          <Note tone="warn" icon="alert" title={here.denied ? words.place.denied : words.place.failed} />
        ) : here.state === "here" ? (
          <Note tone={here.accuracy <= GOOD ? "good" : "warn"} icon="target" title={words.place.accuracy(here.accuracy)}>
            {here.accuracy > GOOD && <p>{words.place.poor}</p>}
          </Note>
        ) : (
          <Note tone="info" icon="target" title={words.place.measuring} />
        )}
      </div>
      {children}
    </div>
  );
}

/** Reads `13.75 100.5 0 8`: latitude, longitude, altitude, accuracy. */
export function readPoint(value: unknown): { latitude: number; longitude: number; accuracy: number } | null {
  const [latitude = NaN, longitude = NaN, , accuracy = 0] = typeof value === "string" ? value.trim().split(/\s+/).map(Number) : [];
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude, accuracy } : null;
}

function writePoint(here: Extract<Whereabouts, { state: "here" }>): string {
  return `${here.latitude.toFixed(6)} ${here.longitude.toFixed(6)} ${here.altitude.toFixed(1)} ${here.accuracy.toFixed(1)}`;
}
