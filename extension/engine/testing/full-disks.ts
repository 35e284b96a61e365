/** Disks of browsers that are full, as IndexedDB says it: where a transaction that wrote is about to be through. */

/** What the database of the tests has beside the standard. */
interface FakeTransaction extends IDBTransaction {
  _abort(error: string): void;
}

export class FullDisks {
  readonly #real = IDBDatabase.prototype.transaction;
  /** By the database's name, how many transactions that write go through from now on, and how many behind them fail. */
  readonly #left = new Map<string, { readonly through: number; readonly fail: number }>();

  constructor() {
    const [real, left] = [this.#real, this.#left];
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const tx = real.apply(this, given) as FakeTransaction;
      if (given[1] !== 'readwrite') return tx;
      const commit = tx.commit.bind(tx);
      tx.commit = () => {
        const { through, fail } = left.get(this.name) ?? { through: 0, fail: 0 };
        if (fail === 0) return commit();
        left.set(this.name, through > 0 ? { through: through - 1, fail } : { through, fail: fail - 1 });
        if (through > 0) return commit();
        tx._abort('QuotaExceededError');
      };
      return tx;
    };
  }

  /** How many more will fail there. */
  left(database: string): number {
    return this.#left.get(database)?.fail ?? 0;
  }

  /** So many fail, behind some that do not. */
  fill(database: string, times: number, behind = 0): void {
    this.#left.set(database, { through: behind, fail: times });
  }

  /** There is room again, on every disk. */
  empty(): void {
    this.#left.clear();
  }

  /** Disks are again what they were. */
  end(): void {
    IDBDatabase.prototype.transaction = this.#real;
  }
}

/** Whether the disk took it. Rejects with what else is wrong. */
export function taken(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== 'storage-full') throw error;
      return false;
    },
  );
}
