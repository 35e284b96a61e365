/** What nothing else would lead to again for as long as the engine runs, should a disk be full at that moment. */
import type { Clock } from './clock.ts';
import { report } from './report.ts';

/** What a disk did not take is tried again after this long. Milliseconds. */
const TRY_AGAIN = 60_000;

export class Surely {
  readonly #clock: Clock;
  /** What is to be tried again, by its name. */
  readonly #untaken = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does some work if it is wanted, and where it fails again after a while, for as long as it is. One more try waits under a name,
   * however often that is asked for meanwhile. Resolves after the first try, and never rejects.
   */
  async do(name: string, work: () => Promise<unknown>, isWanted: () => boolean = () => true): Promise<void> {
    if (!isWanted()) return;
    try {
      await work();
    } catch (error) {
      report(error);
      this.later(name, work, isWanted);
    }
  }

  /** The same for work that has failed, of which whoever asked for it is told. */
  later(name: string, work: () => Promise<unknown>, isWanted: () => boolean): void {
    if (this.#untaken.has(name)) return;
    this.#untaken.add(name);
    this.#clock.after(TRY_AGAIN, () => {
      this.#untaken.delete(name);
      void this.do(name, work, isWanted);
    });
  }
}
