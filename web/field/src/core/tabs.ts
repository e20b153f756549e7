/** One tab at a time holds the storage. The others say so, and may take it over. */

const LOCK = "samruat-store";
/** How long a tab has to close its household before the storage is taken from it. */
const LET_GO_WITHIN_MS = 3_000;

export class Tabs {
  readonly #channel = new BroadcastChannel("samruat");
  readonly #letGo: () => Promise<void>;
  #release: (() => void) | undefined;

  /** `letGo` closes everything; the lock is given back when it is done. */
  constructor(letGo: () => Promise<void>) {
    this.#letGo = letGo;
    this.#channel.onmessage = ({ data }) => {
      if (data === "let-go" && this.#release) void this.#letGo().finally(() => this.#release?.());
    };
  }

  /** Takes the storage if no other tab has it. */
  take(): Promise<boolean> {
    return this.#request({ ifAvailable: true });
  }

  /** Asks the tab that has the storage to let go of it, and takes it; by force if there is no answer. */
  async takeOver(): Promise<void> {
    this.#channel.postMessage("let-go");
    const signal = AbortSignal.timeout(LET_GO_WITHIN_MS);
    if (!(await this.#request({ signal }).catch(() => false))) await this.#request({ steal: true });
  }

  #request(options: LockOptions): Promise<boolean> {
    if (this.#release) return Promise.resolve(true);
    return new Promise((resolve, reject) => {
      navigator.locks
        .request(LOCK, options, (lock) => {
          if (!lock) return resolve(false);
          resolve(true);
          return new Promise<void>((release) => {
            this.#release = () => {
              this.#release = undefined;
              release();
            };
          });
        })
        .catch((thrown: unknown) => {
          reject(thrown);
          // Another tab took it by force.
          if (this.#release) {
            this.#release = undefined;
            void this.#letGo();
          }
        });
    });
  }
}
