/**
 * Outlines of the provinces, and where a point lies among them. Fetched when a map is shown.
 *
 * The drawing of @svg-maps/thailand (CC BY 4.0, by Tae Noppakun Wongsrinoppakun) is in Mercator's projection. How it
 * lies on the globe follows from its edges and those of Natural Earth's outline of Thailand; the test holds it against
 * the towns that provinces are named after.
 */

import drawing from "@svg-maps/thailand";

/** Units of the drawing to a degree, and what is added. */
const ACROSS = { scale: 67.342972, add: -6555.605006 };
const DOWN = { scale: -67.124583, add: 1402.802083 };
/** Kilometres to a degree at the equator. */
const KM_PER_DEGREE = 111.32;

/** What this module gives. */
export type Outlines = typeof import("./outlines.ts");

export interface Place {
  x: number;
  y: number;
}

/** What is seen of the drawing. */
export interface Sight {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Outline {
  /** Of the province, in English. */
  name: string;
  path: string;
}

/** A lake that lies in two provinces. */
const LAKE = "lksg";

/** Its own types name a package that there is not. */
const { locations, viewBox } = drawing as { viewBox: string; locations: { id: string; name: string; path: string }[] };

export const OUTLINES: Outline[] = locations.filter(({ id }) => id !== LAKE).map(({ name, path }) => ({ name, path }));

/** Where a point of the globe lies in the drawing. */
export function placeOf({ lat, lon }: { lat: number; lon: number }): Place {
  const mercator = (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
  return { x: ACROSS.scale * lon + ACROSS.add, y: DOWN.scale * mercator + DOWN.add };
}

/** Kilometres to a unit of the drawing, this far down. */
export function kmPerUnit(y: number): number {
  const lat = Math.atan(Math.sinh((((y - DOWN.add) / DOWN.scale) * Math.PI) / 180));
  return (KM_PER_DEGREE * Math.cos(lat)) / ACROSS.scale;
}

/** The outline of a province by its name in English, however that is written. */
export function outlineOf(name: string): Outline | undefined {
  return OUTLINES.find((outline) => plain(outline.name) === plain(name));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, "");
}

/** The whole country. */
export function wholeSight(): Sight {
  const [left = 0, top = 0, width = 0, height = 0] = viewBox.split(" ").map(Number);
  return { left, top, width, height };
}

/** Around an outline. */
export function sightOf({ path }: Outline): Sight {
  return around(corners(path), 0.06);
}

/** Around places; never closer than so many units. */
export function around(places: Place[], spare = 0.18, leastUnits = 0): Sight {
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [width, height] = [Math.max(right - left, leastUnits), Math.max(bottom - top, leastUnits)];
  const [x, y] = [(left + right - width) / 2, (top + bottom - height) / 2];
  return { left: x - width * spare, top: y - height * spare, width: width * (1 + 2 * spare), height: height * (1 + 2 * spare) };
}

/** The corners of a path of relative moves; a part begins where the one before began. */
export function corners(path: string): Place[] {
  const found: Place[] = [];
  let begun: Place = { x: 0, y: 0 };
  for (const part of path.split("z")) {
    let at = begun;
    const steps = [...part.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)];
    steps.forEach(([, x, y], step) => {
      at = { x: at.x + Number(x), y: at.y + Number(y) };
      if (step === 0) begun = at;
      found.push(at);
    });
  }
  return found;
}
