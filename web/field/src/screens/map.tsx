/** A dot for each house. There are no tiles: it works where there is no network, and tells nobody where one is. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { HouseholdRow } from "../core/api.ts";
import { useApp, useStanding } from "../context.ts";
import { useWhereabouts } from "../hooks.ts";
import { distance, type Point } from "../rows.ts";
import { Head, IconButton, Note } from "../parts/basics.tsx";
import { draw, EARTH_METRES_PER_DEGREE, whole, type View } from "./map-drawing.ts";
import { HouseRow } from "./list.tsx";

/** How near to a dot a thumb must come, in pixels. */
const THUMB = 28;
const NEARBY = 12;

/** Where the map was left. */
let kept: View | null = null;

export function MapScreen() {
  const { words } = useApp();
  const { rows } = useStanding();
  const placed = useMemo(() => rows.sorted.filter((row): row is HouseholdRow & { at: Point } => row.at !== null), [rows]);
  const [view, setView] = useState<View | null>(kept);
  const [chosen, setChosen] = useState<HouseholdRow | null>(null);
  const [following, setFollowing] = useState(false);
  const here = useWhereabouts(following);
  const canvas = useRef<HTMLCanvasElement>(null);
  kept = view;

  useEffect(() => {
    const shown = canvas.current;
    if (shown && !view && placed.length) setView(whole(placed.map((row) => row.at), shown.clientWidth, shown.clientHeight));
  }, [placed, view]);

  useEffect(() => {
    if (here.state === "here") setView((now) => now && { ...now, latitude: here.latitude, longitude: here.longitude });
  }, [here.state]);

  useEffect(() => {
    const shown = canvas.current;
    if (!shown || !view) return;
    const again = () => draw(shown, view, placed, chosen?.id ?? null, here.state === "here" ? here : null, words.map.metres);
    again();
    addEventListener("resize", again);
    return () => removeEventListener("resize", again);
  }, [view, placed, chosen, here, words]);

  const touch = useTouch(view, setView, (x, y) => {
    const shown = canvas.current;
    if (!shown || !view) return;
    const at = placeAt(view, x - shown.clientWidth / 2, y - shown.clientHeight / 2);
    const reach = THUMB / view.scale;
    const [best] = placed
      .map((row) => ({ row, metres: distance(at, row.at) }))
      .filter(({ metres }) => metres <= reach)
      .sort((a, b) => a.metres - b.metres);
    setChosen(best?.row ?? null);
  });

  const zoom = (factor: number) => setView((now) => now && { ...now, scale: now.scale * factor });
  const nearby = view
    ? placed
        .map((row) => ({ row, metres: distance(view, row.at) }))
        .sort((a, b) => a.metres - b.metres)
        .slice(0, NEARBY)
    : [];
  const missing = rows.sorted.length - placed.length;
  return (
    <>
      <Head title={words.map.title} note={missing > 0 ? words.map.missing(missing) : undefined} />
      {placed.length === 0 ? (
        <div class="empty">
          <p class="empty-title">{words.map.none}</p>
        </div>
      ) : (
        <>
          <div class="map">
            <canvas ref={canvas} class="map-canvas" role="img" aria-label={words.map.canvas} {...touch} />
            <div class="map-tools">
              <IconButton icon="plus" label={words.map.closer} onClick={() => zoom(1.6)} />
              <IconButton icon="minus" label={words.map.wider} onClick={() => zoom(1 / 1.6)} />
              <IconButton icon="whole" label={words.map.whole} onClick={() => setView(null)} />
              <IconButton icon="target" label={words.map.where} pressed={following} onClick={() => setFollowing(!following)} />
            </div>
          </div>
          {here.state === "failed" && <Note tone="warn" icon="alert" title={words.list.nearFailed} live />}
          <div class="map-below">
            {chosen ? (
              <div class="map-chosen" role="status">
                <HouseRow row={rows.get(chosen.id) ?? chosen} />
              </div>
            ) : (
              <h2 class="list-title">{words.map.nearby}</h2>
            )}
            {nearby
              .filter(({ row }) => row.id !== chosen?.id)
              .map(({ row, metres }) => (
                <HouseRow key={row.id} row={row} metres={metres} />
              ))}
          </div>
        </>
      )}
    </>
  );
}

/** What lies `x` and `y` pixels from the middle. */
function placeAt(view: View, x: number, y: number): Point {
  const latitude = view.latitude - y / view.scale / EARTH_METRES_PER_DEGREE;
  return { latitude, longitude: view.longitude + x / view.scale / (EARTH_METRES_PER_DEGREE * Math.cos((view.latitude * Math.PI) / 180)) };
}

/** Dragging with one finger, pinching with two, tapping. */
function useTouch(view: View | null, setView: (change: (now: View | null) => View | null) => void, onTap: (x: number, y: number) => void) {
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const moved = useRef(0);
  return {
    onPointerDown: (event: PointerEvent) => {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      if (!fingers.current.size) moved.current = 0;
      fingers.current.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    },
    onPointerMove: (event: PointerEvent) => {
      const before = fingers.current.get(event.pointerId);
      if (!before || !view) return;
      const [x, y] = [event.offsetX - before.x, event.offsetY - before.y];
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
      moved.current += Math.hypot(x, y);
      fingers.current.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      setView((now) => {
        if (!now) return now;
        if (!other) return { ...now, ...placeAt(now, -x, -y) };
        const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(event.offsetX - other.x, event.offsetY - other.y)];
        return { ...now, scale: now.scale * (is / Math.max(1, was)) };
      });
    },
    onPointerUp: (event: PointerEvent) => {
      if (fingers.current.delete(event.pointerId) && moved.current < 8) onTap(event.offsetX, event.offsetY);
    },
    onPointerCancel: (event: PointerEvent) => void fingers.current.delete(event.pointerId),
    onWheel: (event: WheelEvent) => {
      event.preventDefault();
      setView((now) => now && { ...now, scale: now.scale * (event.deltaY < 0 ? 1.2 : 1 / 1.2) });
    },
  };
}
