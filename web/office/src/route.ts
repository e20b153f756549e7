/** Where one is: `/office#/650117/conflicts`. A link can be kept, and the browser's own back works. */

import { useEffect, useState } from "preact/hooks";

export interface Route {
  tambon: string | null;
  page: string | null;
}

export function readRoute(hash: string): Route {
  const parts = /^#\/(\d{6})(?:\/([a-z-]+))?$/.exec(hash);
  return { tambon: parts?.[1] ?? null, page: parts?.[2] ?? null };
}

export function addressOf(tambon: string, page: string): string {
  return `#/${tambon}/${page}`;
}

export function useRoute(): Route {
  const [route, set] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const look = () => set(readRoute(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route;
}
