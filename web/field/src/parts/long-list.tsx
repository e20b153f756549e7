/** A list that draws only what is on the screen, however long it is. Heights are known beforehand, in rem. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChild } from "preact";
import { afterFrame } from "../hooks.ts";

/** Lines of one height, each made when it is drawn. */
export interface Lines {
  rem: number;
  count: number;
  key: (at: number) => string;
  draw: (at: number) => ComponentChild;
}

/** What is drawn above and below the screen, in pixels, so that scrolling meets no blank. */
const MARGIN = 400;

/** Of the screen's height what a list draws before it knows where it stands: about what its head leaves. */
const FIRST = 0.6;

export function LongList({ lines, rootPixels }: { lines: Lines[]; rootPixels: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ from: 0, to: innerHeight * FIRST });

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
    const first = afterFrame(look);
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    return () => {
      first();
      cancelAnimationFrame(asked);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, []);

  const { seenLines, count, height } = within(lines, rootPixels, seen);
  return (
    <div class="long-list" role="list" ref={box} style={{ height: `${height}px` }}>
      {seenLines.map(({ of, at, place, top }) => (
        <div
          key={of.key(at)}
          class="long-list-line"
          role="listitem"
          aria-setsize={count}
          aria-posinset={place + 1}
          style={{ top: `${top}px`, height: `${of.rem * rootPixels}px` }}
        >
          {of.draw(at)}
        </div>
      ))}
    </div>
  );
}

/** A line that is to be drawn: which of its kind, which of all, and how far down. */
interface SeenLine {
  of: Lines;
  at: number;
  place: number;
  top: number;
}

/** The lines that touch what is seen, how many there are in all, and how high all are together. */
function within(lines: Lines[], rootPixels: number, seen: { from: number; to: number }) {
  const seenLines: SeenLine[] = [];
  let [count, height] = [0, 0];
  for (const of of lines) {
    const each = of.rem * rootPixels;
    const first = Math.max(0, Math.floor((seen.from - height) / each));
    const last = Math.min(of.count, Math.ceil((seen.to - height) / each));
    for (let at = first; at < last; at += 1) seenLines.push({ of, at, place: count + at, top: height + at * each });
    count += of.count;
    height += of.count * each;
  }
  return { seenLines, count, height };
}
