/** Language and text size, kept in this browser. */

import { useLayoutEffect, useState } from "preact/hooks";
import type { Tongue } from "../../shared/dates.ts";

/** Pixels of the body text. */
export const TEXT_SIZES = [18, 20, 24] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

function kept(name: string): string | null {
  try {
    return localStorage.getItem(`samruat-office-${name}`);
  } catch {
    return null; // A browser that keeps nothing.
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`samruat-office-${name}`, value);
  } catch {
    // A browser that keeps nothing.
  }
}

export function useTongue(): [Tongue, (tongue: Tongue) => void] {
  const [tongue, set] = useState<Tongue>(kept("language") === "en" ? "en" : "th");
  useLayoutEffect(() => {
    document.documentElement.lang = tongue;
    keep("language", tongue);
  }, [tongue]);
  return [tongue, set];
}

export function useTextSize(): [TextSize, (size: TextSize) => void] {
  const [size, set] = useState<TextSize>(TEXT_SIZES.find((known) => String(known) === kept("text-size")) ?? 18);
  useLayoutEffect(() => {
    document.documentElement.dataset["text"] = String(size);
    keep("text-size", String(size));
  }, [size]);
  return [size, set];
}
