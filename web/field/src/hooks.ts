/** Small hooks that several screens use. */

import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import { AheadContext, useApp } from "./context.ts";
import { faultOf } from "./words/index.ts";
import type { Fault, Status } from "./core/api.ts";

/** Runs something that takes a while, once at a time; tells its fault, unless the caller takes it by `onFault`. */
export function useTask(): { busy: boolean; run: (task: () => Promise<void>, onFault?: (fault: Fault) => void) => void } {
  const { tell } = useApp();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(
    (task: () => Promise<void>, onFault?: (fault: Fault) => void) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      task()
        .catch((thrown: unknown) => (onFault ? onFault(faultOf(thrown)) : tell(thrown)))
        .finally(() => {
          running.current = false;
          setBusy(false);
        });
    },
    [tell],
  );
  return { busy, run };
}

/** The time, renewed every `seconds`, for what says how long ago something was. */
export function useNow(seconds = 30): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/** False until a first frame is drawn, unless it is to be `now`: for what nobody sees in that frame. */
export function useLater(now = false): boolean {
  const [later, setLater] = useState(now);
  const ahead = useContext(AheadContext);
  useEffect(() => (ahead ? undefined : afterFrame(() => setLater(true))), [ahead]);
  return later;
}

/** Runs something when a frame was drawn, which on a slow phone is long after an effect; gives what calls it off. */
export function afterFrame(run: () => void): () => void {
  let timer = 0;
  const frame = requestAnimationFrame(() => (timer = window.setTimeout(run)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

const DISPLAY = "samruat-display";

/** How a phone that is enrolled shows things: known before its storage is open, and nothing of anybody. */
export function lastDisplay(): Pick<Status, "language" | "textSize"> | null {
  try {
    return JSON.parse(localStorage.getItem(DISPLAY) ?? "null");
  } catch {
    return null;
  }
}

export function keepDisplay(display: Pick<Status, "language" | "textSize"> | null): void {
  try {
    if (display) localStorage.setItem(DISPLAY, JSON.stringify(display));
    else localStorage.removeItem(DISPLAY);
  } catch {
    // Where the browser keeps nothing, the first screen waits for the core.
  }
}

export type Whereabouts =
  | { state: "off" }
  | { state: "waiting" }
  | { state: "here"; latitude: number; longitude: number; altitude: number; accuracy: number }
  | { state: "failed"; denied: boolean };

/** Follows where the phone is while `on`. */
export function useWhereabouts(on: boolean): Whereabouts {
  const [found, setFound] = useState<Whereabouts>({ state: "off" });
  useEffect(() => {
    if (!on) return setFound({ state: "off" });
    if (!navigator.geolocation) return setFound({ state: "failed", denied: false });
    setFound({ state: "waiting" });
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) =>
        setFound({
          state: "here",
          latitude: coords.latitude,
          longitude: coords.longitude,
          altitude: coords.altitude ?? 0,
          accuracy: coords.accuracy,
        }),
      (error) => setFound((last) => (last.state === "here" ? last : { state: "failed", denied: error.code === error.PERMISSION_DENIED })),
      { enableHighAccuracy: true, timeout: 30_000, maximumAge: 10_000 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [on]);
  return found;
}
