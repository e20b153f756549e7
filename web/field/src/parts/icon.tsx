/** Our own few icons, drawn on a grid of 24. They say nothing by themselves: words stand beside each. */

const PATHS = {
  house: "M3 11.5 12 4l9 7.5M5.5 10v9.5h13V10M10 19.5v-5h4v5",
  pin: "M12 21s6.5-6.2 6.5-11A6.5 6.5 0 0 0 5.5 10c0 4.8 6.5 11 6.5 11ZM12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  send: "M12 19V5M6 11l6-6 6 6M4 21h16",
  gear: "M4 7h9M19 7h1M4 17h1M11 17h9M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 21 21",
  erase: "M9 5h11v14H9l-6-7 6-7ZM12.5 9.5l5 5M17.5 9.5l-5 5",
  camera: "M4 8h4l1.5-2.5h5L16 8h4v11H4V8ZM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z",
  qr: "M4 4h6v6H4V4ZM14 4h6v6h-6V4ZM4 14h6v6H4v-6ZM14 14h2.5v2.5H14V14ZM18 18h2v2h-2v-2ZM18 14h2M14 19.5V20",
  alert: "M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.2v.3",
  differs: "M4 8h13l-3-3M20 16H7l3 3",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.9a3.5 3.5 0 0 1 0 6.2M18 14.6c2.1.8 3.5 2.7 3.5 5.4",
  same: "M3 10l5-4.5 5 4.5v8H3v-8ZM13 10.5l3-2.7 5 4.5V18h-8",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.3l3.5 2",
  calendar: "M4 6h16v14H4V6ZM4 10.5h16M8 3.5V7M16 3.5V7",
  lock: "M6 11h12v9H6v-9ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  share: "M12 15V4M8 7.5 12 3.5l4 4M5 12v8h14v-8",
  save: "M12 4v11M8 11.5l4 4 4-4M5 20h14",
  file: "M6 3.5h8l4.5 4.5v12.5H6v-17ZM14 3.5V8h4.5",
  pen: "M4 20l1-4L16 5l3 3L8 19l-4 1ZM14 7l3 3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5",
  target: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM12 2.5V6M12 18v3.5M2.5 12H6M18 12h3.5",
  whole: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  leaf: "M5 19C4 10 10 4.5 20 4c.5 10-5 16-14 15ZM5 19l7-7",
  new: "M12 19a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  refused: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM6.5 17.5l11-11",
  absent: "M7 20V4h10v16M4 20h16M14 12v.5",
} as const;

export type IconName = keyof typeof PATHS | "part" | "done";

/** In em, as the style has it. */
const SIZE = 1.3;

export function Icon({ name, size = SIZE }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" style={size === SIZE ? undefined : { width: `${size}em`, height: `${size}em` }}>
      {name === "done" ? (
        <>
          <circle cx="12" cy="12" r="9" class="icon-filled" />
          <path d="M7.5 12.3l3.2 3.2 5.8-6.3" class="icon-cut" />
        </>
      ) : name === "part" ? (
        <>
          <circle cx="12" cy="12" r="7.5" />
          <path d="M12 4.5a7.5 7.5 0 0 1 0 15Z" class="icon-filled" />
        </>
      ) : (
        <path d={PATHS[name]} />
      )}
    </svg>
  );
}

/** The house with a tick: what the app is known by. */
export function Emblem() {
  return (
    <svg class="emblem" viewBox="0 0 96 96" aria-hidden="true" focusable="false">
      <rect width="96" height="96" rx="22" class="emblem-ground" />
      <path d="M20 49 48 25l28 24" class="emblem-roof" />
      <path d="M28 47v25h40V47" class="emblem-wall" />
      <path d="M38 57l8 8 14-16" class="emblem-tick" />
    </svg>
  );
}
