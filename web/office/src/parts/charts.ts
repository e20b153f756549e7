/**
 * The office's charts, by Observable Plot: SVG of the page's own typeface, which prints sharp. A label stands above
 * its bar, so that a chart is as good on a phone as on a desk. Fetched when the first chart is shown; see figure.tsx.
 */

import * as Plot from "@observablehq/plot";
import type { Count } from "../planning.ts";

/** What a chart is drawn into, in pixels. */
export interface Frame {
  width: number;
  /** The size of its text. */
  text: number;
}

/** What this module draws. */
export type Charts = typeof import("./charts.ts");

export interface Bar {
  label: string;
  /** Null: hidden or not known. */
  value: Count;
  /** What is written behind the bar. */
  written: string;
}

/** Part of a bar; its parts stand one behind the other. */
export interface Part {
  label: string;
  series: string;
  value: number;
}

export interface Series {
  name: string;
  colour: string;
}

/** Colours of graphics: 3:1 and more against the card, and apart from each other also without hue. */
export const COLOURS = {
  leaf: "#0b4f40",
  sun: "#b97a12",
  clay: "#861a10",
  sky: "#5d87b8",
  deep: "#123f73",
  pale: "#8b948e",
} as const;

/** The room of a label, its bar and what is between it and the next, in heights of text. */
const [LABEL, BAR, GAP] = [1.6, 1.1, 0.7];
const ROW = LABEL + BAR + GAP;

function drawn(frame: Frame, options: Plot.PlotOptions): Element {
  const plot = Plot.plot({ width: frame.width, marginTop: 2, marginRight: 0, marginBottom: 2, marginLeft: 0, ...options });
  // The page's own style says it; a policy allows no other.
  plot.querySelector("style")?.remove();
  // A picture is one thing to whoever hears it, and says itself what it is.
  for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  plot.setAttribute("font-family", "inherit");
  plot.setAttribute("font-size", String(frame.text));
  return plot;
}

/** Room that a text takes behind the longest bar. */
function room(frame: Frame, texts: string[]): number {
  const longest = Math.max(0, ...texts.map((text) => text.length));
  return Math.min(frame.width / 2, (longest + 1) * frame.text * 0.62);
}

/** Text that is read across whatever it lies on. */
const ink = (frame: Frame) => ({ fontSize: frame.text, fill: "currentColor", stroke: "#ffffff", strokeWidth: 4 });

/** A value behind its bar. */
const behindBar = (frame: Frame) => ({ textAnchor: "start" as const, dx: 6, dy: frame.text * (LABEL + BAR / 2 - ROW / 2), fontWeight: 600, ...ink(frame) });

/** Where a bar stands in its row. */
const inRow = (frame: Frame) => ({ insetTop: frame.text * LABEL, insetBottom: frame.text * GAP });

function labels(frame: Frame, rows: string[]) {
  const lift = frame.text * (LABEL / 2 - ROW / 2);
  return Plot.text(rows, { x: 0, y: (label: string) => label, text: (label: string) => label, textAnchor: "start", dy: lift, ...ink(frame) });
}

interface BarsLook {
  colour?: string;
  /** A value that all are held against. */
  line?: number;
  /** What a full bar is, where no value may reach it. */
  most?: number;
}

/** A bar for each row. */
export function bars(frame: Frame, rows: Bar[], { colour = COLOURS.leaf, line, most: full = 1 }: BarsLook = {}): Element {
  const most = Math.max(line ?? 0, full, ...rows.map(({ value }) => value ?? 0));
  return drawn(frame, {
    height: rows.length * frame.text * ROW + 4,
    marginRight: room(frame, rows.map(({ written }) => written)),
    x: { domain: [0, most], axis: null },
    y: { domain: rows.map(({ label }) => label), axis: null, padding: 0 },
    marks: [
      line === undefined ? null : Plot.ruleX([line], { stroke: COLOURS.clay, strokeWidth: 2, strokeDasharray: "5,4" }),
      Plot.barX(rows, { x: (row: Bar) => row.value ?? 0, y: "label", fill: colour, ...inRow(frame) }),
      labels(frame, rows.map(({ label }) => label)),
      Plot.text(rows, { x: (row: Bar) => row.value ?? 0, y: "label", text: "written", ...behindBar(frame) }),
    ],
  });
}

/** A bar of several parts for each row; `written` stands behind each. */
export function stacks(frame: Frame, parts: Part[], series: Series[], written: Map<string, string>): Element {
  const rows = [...written.keys()];
  const sums = new Map(rows.map((row) => [row, 0]));
  for (const { label, value } of parts) sums.set(label, (sums.get(label) ?? 0) + value);
  const behind = rows.map((label) => ({ label, at: sums.get(label) ?? 0, text: written.get(label) ?? "" }));
  return drawn(frame, {
    height: rows.length * frame.text * ROW + 4,
    marginRight: room(frame, behind.map(({ text }) => text)),
    x: { domain: [0, Math.max(1, ...sums.values())], axis: null },
    y: { domain: rows, axis: null, padding: 0 },
    color: { domain: series.map(({ name }) => name), range: series.map(({ colour }) => colour) },
    marks: [
      Plot.barX(parts, { x: "value", y: "label", fill: "series", order: series.map(({ name }) => name), ...inRow(frame), insetRight: 1 }),
      labels(frame, rows),
      Plot.text(behind, { x: "at", y: "label", text: "text", ...behindBar(frame) }),
    ],
  });
}

export interface Band {
  label: string;
  left: Count;
  right: Count;
}

/** Two bars back to back for each band, the last band below. */
export function pyramid(frame: Frame, bands: Band[], names: { left: string; right: string }): Element {
  const most = Math.max(1, ...bands.flatMap(({ left, right }) => [left ?? 0, right ?? 0]));
  const upward = [...bands].reverse();
  const middle = Math.min(frame.width * 0.24, frame.text * 6.2);
  const half = (frame.width - middle) / 2;
  const side = room(frame, [String(most)]);
  /** Pixels from the side at which bars end to `value`. */
  const scale = (value: Count) => ((value ?? 0) * (half - side)) / most;
  const row = frame.text * 1.55;
  const rows = upward.map((band) => ({
    ...band,
    leftEnd: half - scale(band.left),
    rightEnd: half + middle + scale(band.right),
    leftText: band.left === null ? "*" : String(band.left),
    rightText: band.right === null ? "*" : String(band.right),
  }));
  const text = { fontSize: frame.text * 0.92, fill: "currentColor" };
  return drawn(frame, {
    height: row * (rows.length + 1.4),
    marginTop: row * 1.3,
    x: { domain: [0, frame.width], axis: null },
    y: { domain: rows.map(({ label }) => label), axis: null, padding: 0.12 },
    marks: [
      Plot.barX(rows, { x1: "leftEnd", x2: () => half, y: "label", fill: COLOURS.deep }),
      Plot.barX(rows, { x1: () => half + middle, x2: "rightEnd", y: "label", fill: COLOURS.sun }),
      Plot.text(rows, { x: () => half + middle / 2, y: "label", text: "label", ...text }),
      Plot.text(rows, { x: "leftEnd", y: "label", text: "leftText", textAnchor: "end", dx: -5, ...text }),
      Plot.text(rows, { x: "rightEnd", y: "label", text: "rightText", textAnchor: "start", dx: 5, ...text }),
      Plot.text([names.left], { x: half, frameAnchor: "top", text: (name: string) => name, textAnchor: "end", dy: -row, fontWeight: 600, ...text, fill: COLOURS.deep }),
      Plot.text([names.right], { x: half + middle, frameAnchor: "top", text: (name: string) => name, textAnchor: "start", dy: -row, fontWeight: 600, ...text, fill: "#7d4f05" }),
    ],
  });
}

export interface Point {
  label: string;
  /** Null: hidden or not known; the line has a gap there. */
  value: Count;
  written: string;
}

/** A line over what stands in an order; every point has its value above it. */
export function line(frame: Frame, points: Point[]): Element {
  const numbered = points.map((point, at) => ({ ...point, at, height: point.value ?? 0 }));
  const known = numbered.filter(({ value }) => value !== null);
  const most = Math.max(1, ...known.map(({ height }) => height));
  const side = Math.min(frame.width / 5, frame.text * 4.5);
  return drawn(frame, {
    height: frame.text * 17,
    marginTop: frame.text * 2,
    marginBottom: frame.text * 2.4,
    marginLeft: side,
    marginRight: side,
    x: { domain: points.length > 1 ? [0, points.length - 1] : [-1, 1], axis: null },
    y: { domain: [0, most], axis: null },
    marks: [
      Plot.ruleY([0], { stroke: COLOURS.pale }),
      Plot.lineY(numbered, { x: "at", y: "value", stroke: COLOURS.leaf, strokeWidth: 3 }),
      Plot.dot(known, { x: "at", y: "height", r: 6, fill: COLOURS.leaf }),
      Plot.text(numbered, { x: "at", y: "height", text: "written", dy: -frame.text * 1.1, fontWeight: 600, ...ink(frame) }),
      Plot.text(numbered, { x: "at", y: 0, text: "label", dy: frame.text * 1.3, fontSize: frame.text * 0.88, fill: "currentColor" }),
    ],
  });
}
