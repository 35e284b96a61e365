/** Disks of browsers that are full, as IndexedDB says it: where a transaction that wrote is about to be through. */

import type { TableName } from '../storage/rows.ts';

/** What the database of the tests has beside the standard. */
interface FakeTransaction extends IDBTransaction {
  _abort(error: string): void;
}

interface Left {
  readonly through: number;
  readonly fail: number;
  /** Where it is given, none counts but what takes a row out of this table. */
  readonly from: TableName | undefined;
}

export class FullDisks {
  readonly #real = IDBDatabase.prototype.transaction;
  readonly #realDelete = IDBObjectStore.prototype.delete;
  /** By the database's name, how many transactions that write go through from now on, and how many behind them fail. */
  readonly #left = new Map<string, Left>();

  constructor() {
    const [real, realDelete, left] = [this.#real, this.#realDelete, this.#left];
    const takesOut = new WeakMap<IDBTransaction, Set<string>>();
    IDBObjectStore.prototype.delete = function (this: IDBObjectStore, ...given) {
      takesOut.get(this.transaction)?.add(this.name);
      return realDelete.apply(this, given);
    };
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const tx = real.apply(this, given) as FakeTransaction;
      if (given[1] !== 'readwrite') return tx;
      const commit = tx.commit.bind(tx);
      const tables = new Set<string>();
      takesOut.set(tx, tables);
      tx.commit = () => {
        const { through, fail, from } = left.get(this.name) ?? { through: 0, fail: 0, from: undefined };
        if (fail === 0 || (from !== undefined && !tables.has(from))) return commit();
        const next = through > 0 ? { through: through - 1, fail } : { through, fail: fail - 1 };
        left.set(this.name, { ...next, from });
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

  /** So many fail, behind some that do not; with a table, of those that take a row out of it. */
  fill(database: string, times: number, behind = 0, from?: TableName): void {
    this.#left.set(database, { through: behind, fail: times, from });
  }

  /** There is room again, on every disk. */
  empty(): void {
    this.#left.clear();
  }

  /** Disks are again what they were. */
  end(): void {
    IDBDatabase.prototype.transaction = this.#real;
    IDBObjectStore.prototype.delete = this.#realDelete;
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
