/** The map itself, drawn in pixels: outlines, circles, names, a scale. */

import { useOffice } from "../context.ts";
import type { Outlines } from "./outlines.ts";

/** What is drawn of an area. */
export interface Mark {
  key: string;
  name: string;
  nameEn: string;
  /** What stands beside its circle. */
  short: string;
  /** What it says when it is pointed at. */
  told: string;
  /** What its circle is as large as; null: hidden. */
  size: number | null;
  percent: number | null;
  isHidden: boolean;
  place: { x: number; y: number } | null;
}

/** Colours by percent, light to dark. */
export const STEPS = [
  { upTo: 10, colour: "#fdf1d3" },
  { upTo: 25, colour: "#f0c465" },
  { upTo: 50, colour: "#cf8619" },
  { upTo: 75, colour: "#94500c" },
  { upTo: Infinity, colour: "#552004" },
];
export const HATCHED = "url(#hatched)";
export const EMPTY = "#ffffff";
const [LAND, BEYOND] = ["#f7f5ee", "#e3e1d8"];

const RADIUS_MAX = 30;
const RADIUS_MIN = 7;
/** Of a circle whose size is hidden. */
const RADIUS_HIDDEN = 12;
/** Of the drawing's height, in parts of its width and in pixels. */
const TALL = 0.75;
const HEIGHT_MAX = 640;

export function fillOf({ percent, isHidden, size }: Mark): string {
  if (isHidden) return HATCHED;
  if (percent === null || size === 0) return EMPTY;
  return STEPS.find(({ upTo }) => percent <= upTo)?.colour ?? EMPTY;
}

interface Props {
  width: number;
  title: string;
  sight: { left: number; top: number; width: number; height: number };
  marks: Mark[];
  outlines: Outlines;
  /** The province that is looked at; null: all of them. */
  province: string | null;
  /** A click on a province. */
  onChoose: ((code: string) => void) | null;
}

export function MapDrawing({ width, title, sight, marks, outlines, province, onChoose }: Props) {
  const { words } = useOffice();
  const says = words.map;
  const tall = sight.height / sight.width;
  const height = Math.round(Math.min(HEIGHT_MAX, Math.max(width * TALL, Math.min(width * tall, HEIGHT_MAX))));
  const scale = Math.min(width / sight.width, height / sight.height);
  const [x, y] = [(width - sight.width * scale) / 2 - sight.left * scale, (height - sight.height * scale) / 2 - sight.top * scale];
  const most = Math.max(1, ...marks.map(({ size }) => size ?? 0));
  const spots = marks.flatMap((mark) => {
    if (!mark.place) return [];
    const radius = mark.size === null ? RADIUS_HIDDEN : Math.max(RADIUS_MIN, RADIUS_MAX * Math.sqrt(mark.size / most) * Math.min(1, width / 500));
    return [{ mark, radius, at: { x: mark.place.x * scale + x, y: mark.place.y * scale + y } }];
  });
  // Small circles lie above large ones.
  spots.sort((a, b) => b.radius - a.radius);
  const named = withoutOverlap(spots.map(({ mark, radius, at }) => ({ key: mark.key, text: mark.short, x: at.x, y: at.y + radius + 17 })));
  const byOutline = new Map(province === null ? marks.map((mark) => [outlines.outlineOf(mark.nameEn)?.name, mark]) : []);
  return (
    <svg class="map" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={says.label(title)}>
      <defs>
        <pattern id="hatched" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="7" height="7" fill="#ffffff" />
          <rect width="3" height="7" fill="#667069" />
        </pattern>
      </defs>
      <g transform={`translate(${x} ${y}) scale(${scale})`}>
        {outlines.OUTLINES.map(({ name, path }) => {
          const mark = byOutline.get(name);
          const fill = mark ? fillOf(mark) : province === null ? EMPTY : name === province ? LAND : BEYOND;
          const choose = mark && onChoose ? () => onChoose(mark.key) : undefined;
          return (
            <path key={name} d={path} fill={fill} stroke="#667069" stroke-width={name === province ? 2 : 1} vector-effect="non-scaling-stroke" class={choose && "chosen-by-click"} onClick={choose}>
              <title>{mark?.told ?? name}</title>
            </path>
          );
        })}
      </g>
      {spots.map(({ mark, radius, at }) => (
        <circle key={mark.key} cx={at.x} cy={at.y} r={radius} fill={fillOf(mark)} stroke="#16201b" stroke-width="1.5" stroke-dasharray={mark.size === null ? "4 3" : undefined}>
          <title>{mark.told}</title>
        </circle>
      ))}
      {named.map(({ key, text, x, y }) => (
        <text key={key} x={x} y={y} text-anchor="middle" font-size="15" stroke-width="4">
          {text}
        </text>
      ))}
      <ScaleBar kmPerPixel={outlines.kmPerUnit(sight.top + sight.height / 2) / scale} width={width} height={height} />
    </svg>
  );
}

interface Label {
  key: string;
  text: string;
  x: number;
  y: number;
}

/** Names that do not lie over one another; the first ones stay. */
function withoutOverlap(labels: Label[]): Label[] {
  const kept: Label[] = [];
  const half = ({ text }: Label) => text.length * 4.2;
  for (const label of labels) {
    const meets = kept.some((other) => Math.abs(other.x - label.x) < half(other) + half(label) && Math.abs(other.y - label.y) < 18);
    if (!meets) kept.push(label);
  }
  return kept;
}

/** The longest round length that is no wider than a quarter of the map. */
function ScaleBar({ kmPerPixel, width, height }: { kmPerPixel: number; width: number; height: number }) {
  const { words } = useOffice();
  const km = [200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1].find((km) => km / kmPerPixel <= width / 4) ?? 0.1;
  const end = 14 + km / kmPerPixel;
  return (
    <g>
      <path d={`M14 ${height - 20}v6H${end}v-6`} fill="none" stroke="#16201b" stroke-width="2" />
      <text x={end + 8} y={height - 12} font-size="14" stroke-width="4">
        {words.map.scale(String(km))}
      </text>
    </g>
  );
}
