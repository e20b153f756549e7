/** What stands there while something opens; it appears only if that takes long enough to be noticed. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../context.ts";

const SOON_MS = 250;

export function Waiting() {
  const { words } = useApp();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SOON_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="waiting" role="status">
      {late && words.loading}
    </p>
  );
}
