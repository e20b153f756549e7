/** How much room there is to draw in. */

import { useEffect, useState } from "preact/hooks";

/** How wide an element is, in whole pixels; 0 until it is known. */
export function useWidth(of: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = of.current;
    if (!element) return;
    const look = () => setWidth(Math.floor(element.clientWidth));
    const watch = new ResizeObserver(look);
    look();
    watch.observe(element);
    return () => watch.disconnect();
  });
  return width;
}
