/** Where one is: `/office#/650117/conflicts`. A link can be kept, and the browser's own back works. */

import { useLayoutEffect, useState } from "preact/hooks";

export interface Route {
  tambon: string | null;
  page: string | null;
  /** What of the page: the words of the address behind its name. */
  rest: string[];
}

export function readRoute(hash: string): Route {
  const parts = /^#\/(\d{6})(?:\/([a-z-]+)((?:\/[\w-]+)*))?$/.exec(hash);
  return { tambon: parts?.[1] ?? null, page: parts?.[2] ?? null, rest: (parts?.[3] ?? "").split("/").filter(Boolean) };
}

export function addressOf(tambon: string, page: string, ...rest: (string | number)[]): string {
  return ["#", tambon, page, ...rest].join("/");
}

export function useRoute(): Route {
  const [route, set] = useState(() => readRoute(location.hash));
  useLayoutEffect(() => {
    const look = () => set(readRoute(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route;
}
