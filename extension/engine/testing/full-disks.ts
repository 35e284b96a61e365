/** Disks of browsers that are full, as IndexedDB says it: where a durable transaction is about to be through. */

/** What the database of the tests has beside the standard. */
interface FakeTransaction extends IDBTransaction {
  _abort(error: string): void;
}

export class FullDisks {
  readonly #real = IDBDatabase.prototype.transaction;
  /** By the database's name, how many durable transactions fail from now on. */
  readonly #left = new Map<string, number>();

  constructor() {
    const [real, left] = [this.#real, this.#left];
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const tx = real.apply(this, given) as FakeTransaction;
      if (given[2]?.durability !== 'strict') return tx;
      const commit = tx.commit.bind(tx);
      tx.commit = () => {
        const times = left.get(this.name) ?? 0;
        if (times === 0) return commit();
        left.set(this.name, times - 1);
        tx._abort('QuotaExceededError');
      };
      return tx;
    };
  }

  /** How many more will fail there. */
  left(database: string): number {
    return this.#left.get(database) ?? 0;
  }

  fill(database: string, times: number): void {
    this.#left.set(database, times);
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
