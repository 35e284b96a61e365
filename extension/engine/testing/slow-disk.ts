/** A disk that takes its time: what is written to a table is under way until a test lets it go on. */
import type { TableName } from '../storage/rows.ts';

export class SlowDisk {
  readonly #real = IDBDatabase.prototype.transaction;
  /** Resolves once something waits for the disk. */
  readonly reached: Promise<void>;
  #reach = () => {};
  #isSlow = true;

  constructor(table: TableName) {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    const real = this.#real;
    const [isSlow, reach] = [() => this.#isSlow, () => this.#reach()];
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const tx = real.apply(this, given);
      if (given[1] !== 'readwrite' || ![given[0]].flat().includes(table)) return tx;
      const commit = tx.commit.bind(tx);
      tx.commit = () => {
        if (!isSlow()) return commit();
        reach();
        // A transaction that nobody asks anything commits by itself.
        tx.objectStore(table).count().onsuccess = () => tx.commit();
      };
      return tx;
    };
  }

  /** What waits is written, and the disk is again what it was. */
  end(): void {
    this.#isSlow = false;
    IDBDatabase.prototype.transaction = this.#real;
  }
}
