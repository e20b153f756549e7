/** Draws the dots of the map. */

import type { HouseholdRow, VisitState } from "../core/api.ts";
import type { Point } from "../rows.ts";

/** The middle of the map, and pixels for a metre. */
export interface View extends Point {
  scale: number;
}

export const EARTH_METRES_PER_DEGREE = 111_195;

const COLOURS: Record<VisitState, { fill: string; edge: string }> = {
  new: { fill: "#ffffff", edge: "#16201b" },
  part: { fill: "#ffc95c", edge: "#5c3800" },
  done: { fill: "#0b4f40", edge: "#0b4f40" },
  refused: { fill: "#9aa19c", edge: "#3d4843" },
  absent: { fill: "#d8d9d1", edge: "#3d4843" },
};
const DOT = 7;
const EDGE = 40;

/** The view in which all points are seen. */
export function whole(points: Point[], width: number, height: number): View {
  const [south, north] = ends(points.map((point) => point.latitude));
  const [west, east] = ends(points.map((point) => point.longitude));
  const middle = { latitude: (south + north) / 2, longitude: (west + east) / 2 };
  const tall = Math.max(50, (north - south) * EARTH_METRES_PER_DEGREE);
  const wide = Math.max(50, (east - west) * EARTH_METRES_PER_DEGREE * Math.cos((middle.latitude * Math.PI) / 180));
  return { ...middle, scale: Math.min((width - 2 * EDGE) / wide, (height - 2 * EDGE) / tall) };
}

function ends(numbers: number[]): [number, number] {
  return numbers.reduce<[number, number]>(([low, high], number) => [Math.min(low, number), Math.max(high, number)], [Infinity, -Infinity]);
}

export function draw(
  canvas: HTMLCanvasElement,
  view: View,
  rows: (HouseholdRow & { at: Point })[],
  chosen: string | null,
  here: (Point & { accuracy: number }) | null,
  metresWords: (metres: number) => string,
): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio;
    canvas.height = height * ratio;
  }
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = "#eef0e8";
  pen.fillRect(0, 0, width, height);

  const perLongitude = EARTH_METRES_PER_DEGREE * Math.cos((view.latitude * Math.PI) / 180) * view.scale;
  const at = (point: Point) => ({
    x: width / 2 + (point.longitude - view.longitude) * perLongitude,
    y: height / 2 - (point.latitude - view.latitude) * EARTH_METRES_PER_DEGREE * view.scale,
  });

  if (here) {
    const { x, y } = at(here);
    circle(pen, x, y, Math.max(10, here.accuracy * view.scale), "#123f7333", null);
    circle(pen, x, y, 8, "#123f73", "#ffffff");
  }
  for (const row of rows) {
    const { x, y } = at(row.at);
    if (x < -DOT || y < -DOT || x > width + DOT || y > height + DOT) continue;
    const colour = COLOURS[row.state];
    if (row.conflicts || row.tier === 1) circle(pen, x, y, DOT + 5, row.conflicts ? "#c5594d55" : "#b97a1255", null);
    circle(pen, x, y, DOT, colour.fill, colour.edge);
    if (view.scale > 0.5) number(pen, row.houseNumber, x, y);
  }
  const found = rows.find((row) => row.id === chosen);
  if (found) {
    const { x, y } = at(found.at);
    circle(pen, x, y, DOT + 6, null, "#861a10");
  }
  bar(pen, view.scale, height, metresWords);
}

function circle(pen: CanvasRenderingContext2D, x: number, y: number, radius: number, fill: string | null, edge: string | null): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    pen.fillStyle = fill;
    pen.fill();
  }
  if (edge) {
    pen.strokeStyle = edge;
    pen.lineWidth = 2;
    pen.stroke();
  }
}

function number(pen: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  pen.font = "600 14px Samruat, sans-serif";
  pen.textAlign = "center";
  pen.lineWidth = 4;
  pen.strokeStyle = "#eef0e8";
  pen.strokeText(text, x, y - DOT - 5);
  pen.fillStyle = "#16201b";
  pen.fillText(text, x, y - DOT - 5);
}

/** A scale bar of a round length. */
function bar(pen: CanvasRenderingContext2D, scale: number, height: number, metresWords: (metres: number) => string): void {
  const metres = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000].findLast((each) => each * scale <= 120) ?? 10;
  const [x, y, length] = [14, height - 16, metres * scale];
  pen.strokeStyle = "#16201b";
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, y - 6);
  pen.lineTo(x, y);
  pen.lineTo(x + length, y);
  pen.lineTo(x + length, y - 6);
  pen.stroke();
  pen.font = "600 14px Samruat, sans-serif";
  pen.textAlign = "left";
  pen.fillStyle = "#16201b";
  pen.fillText(metresWords(metres), x + length + 8, y + 2);
}
