/** The files in which the hub gives an annex: one list. */

import type { Tongue } from "../context.ts";

interface Asked {
  /** Id of the snapshot; null: as it stands now. */
  snapshot: string | null;
  year: number;
  tongue: Tongue;
}

interface Format {
  name: string;
  /** Below `/api/v1/`. */
  path: (tambon: string, asked: Asked) => string;
  file: (tambon: string) => string;
}

const at = (tambon: string, { snapshot, year }: Asked) => (snapshot ? `tambons/${tambon}/snapshots/${snapshot}` : `tambons/${tambon}/annex?fiscal_year=${year}`);

export const FORMATS: Format[] = [{ name: "JSON", path: at, file: (tambon) => `annex-${tambon}.json` }];
