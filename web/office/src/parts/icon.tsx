/** The office's few icons, drawn on a grid of 24. They say nothing by themselves: words stand beside each. */

const PATHS = {
  chart: "M4 20h16M7 20v-7M12 20V5M17 20v-10",
  differs: "M4 8h13l-3-3M20 16H7l3 3",
  same: "M3 10l5-4.5 5 4.5v8H3v-8ZM13 10.5l3-2.7 5 4.5V18h-8",
  hold: "M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.2v.3",
  phone: "M8 3h8v18H8V3ZM11 18h2",
  qr: "M4 4h6v6H4V4ZM14 4h6v6h-6V4ZM4 14h6v6H4v-6ZM14 14h2.5v2.5H14V14ZM18 18h2v2h-2v-2ZM18 14h2M14 19.5V20",
  out: "M13 4H5v16h8M10 12h10M16.5 8.5 20 12l-3.5 3.5",
  save: "M12 4v11M8 11.5l4 4 4-4M5 20h14",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7v-6Z",
  menu: "M4 6h16M4 12h16M4 18h16",
  check: "M5 12.5l4.5 4.5L19 7.5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.5M4 12h.5M4 18h.5",
  money: "M3 7h18v10H3V7ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  map: "M9 5 4 7v12l5-2 6 2 5-2V5l-5 2-6-2ZM9 5v12M15 7v12",
  view: "M4 4h7v7H4V4ZM13 4h7v7h-7V4ZM4 13h7v7H4v-7ZM13 13h7v7h-7v-7Z",
  levels: "M4 5h6M8 5v14M8 12h6M12 12v7M12 19h8M8 19h0",
  trend: "M4 20V4M4 20h16M7 15l4-5 3 3 5-7",
  strength: "M5 20V9l7-5 7 5v11M9 20v-6h6v6",
  papers: "M7 3h8l4 4v14H7V3ZM15 3v4h4M10 12h6M10 16h6",
  target: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 11a3 3 0 1 0-1-5.8M17.5 14.2a6 6 0 0 1 4 5.8",
  home: "M3 11l9-7 9 7M6 9.5V20h12V9.5M10 20v-6h4v6",
  back: "M11 5l-7 7 7 7M4 12h16",
  next: "M13 5l7 7-7 7M20 12H4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
