/**
 * A household that was asked for before its screen is drawn: the core works while the list still stands, and the
 * screen comes with what it shows. To draw an empty one first would cost a slow phone more than the core needs.
 */

import type { Core, Household, HouseholdId } from "./core/api.ts";

/** After this the screen comes without the household, and says that it waits. */
const SOON_MS = 200;

export class Opening {
  #household: Household | null = null;
  #asked: Promise<Household> | null;
  readonly #unsubscribe: () => void;

  constructor(core: Core, readonly id: HouseholdId) {
    this.#asked = core.open(id);
    this.#asked.then((household) => (this.#household = household), () => {});
    this.#unsubscribe = core.subscribe((event) => {
      // Others changed it before its screen was there to hear of it.
      if ((event.event === "household" || event.event === "household-gone") && event.id === id) this.#asked = null;
    });
  }

  /** When there is something to draw, or it has taken long enough. */
  soon(): Promise<void> {
    if (this.#household) return Promise.resolve();
    const waited = new Promise<void>((resolve) => setTimeout(resolve, SOON_MS));
    return Promise.race([waited, (this.#asked ?? waited).then(() => {}, () => {})]);
  }

  /** The household as it was opened, if it is there. */
  get household(): Household | null {
    return this.#household;
  }

  /** What was asked, once and while it holds: else it has to be asked anew. */
  take(): Promise<Household> | null {
    this.#unsubscribe();
    const asked = this.#asked;
    this.#asked = null;
    return asked;
  }
}
