/** A list that draws only what is on the screen, however long it is. Heights are known beforehand, in rem. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ComponentChild } from "preact";

export interface Line {
  key: string;
  rem: number;
  draw: () => ComponentChild;
}

/** What is drawn above and below the screen, in pixels, so that scrolling meets no blank. */
const MARGIN = 400;

export function LongList({ lines, rootPixels }: { lines: Line[]; rootPixels: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: innerHeight });

  useEffect(() => {
    let asked = 0;
    const look = () => {
      asked = 0;
      const top = box.current?.getBoundingClientRect().top ?? 0;
      setSeen({ from: -top - MARGIN, to: -top + innerHeight + MARGIN });
    };
    const soon = () => {
      asked ||= requestAnimationFrame(look);
    };
    look();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, []);

  const { tops, height } = useMemo(() => {
    const tops: number[] = [];
    let height = 0;
    for (const line of lines) {
      tops.push(height);
      height += line.rem * rootPixels;
    }
    return { tops, height };
  }, [lines, rootPixels]);
  const first = Math.max(0, place(tops, seen.from) - 1);
  const last = Math.min(lines.length, place(tops, seen.to) + 1);
  return (
    <div class="long-list" role="list" ref={box} style={{ height: `${height}px` }}>
      {lines.slice(first, last).map((line, index) => (
        <div
          key={line.key}
          class="long-list-line"
          role="listitem"
          aria-setsize={lines.length}
          aria-posinset={first + index + 1}
          style={{ transform: `translateY(${tops[first + index]}px)`, height: `${line.rem * rootPixels}px` }}
        >
          {line.draw()}
        </div>
      ))}
    </div>
  );
}

/** The first index whose top lies at or beyond `y`. */
function place(tops: number[], y: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) < y) low = middle + 1;
    else high = middle;
  }
  return low;
}
