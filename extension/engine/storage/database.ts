/**
 * The only module that touches IndexedDB. Rows are sealed on their way in and opened on their way out; everything
 * inside a transaction is synchronous but for IndexedDB itself, because awaiting anything else ends the transaction.
 */
import { CryptoError, openRow, sealRow, tableKey, wipe } from '@aside/wasm-crypto';
import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import {
  contactIdOf,
  decodeRow,
  encodeRow,
  isRow,
  type MessageRow,
  type Rows,
  SCHEMAS,
  type TableName,
} from './rows.ts';

const NAME = 'aside';
/** Raised with every new table: those that a database lacks are made when it is opened, and what none has any more goes. */
const VERSION = 4;
const TABLES = Object.keys(SCHEMAS) as TableName[];

interface SealedRecord {
  readonly key: string;
  readonly sealed: Uint8Array;
  /** Messages only: `contact/from/id`, to find a message by its id. */
  readonly id?: string;
}

type Schema = DBSchema &
  Record<Exclude<TableName, 'messages'>, { key: string; value: SealedRecord }> & {
    messages: {
      key: string;
      value: SealedRecord;
      indexes: { id: string };
    };
    /** The wrapped master key, the device key where that wraps it, and the wrong guesses; never sealed. */
    vault: { key: string; value: unknown };
  };

export type StorageProblem = 'newer-data' | 'storage-full' | 'storage-failed' | 'closed';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageProblem;
  constructor(code: StorageProblem, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

function asStorageError(error: unknown): unknown {
  if (error instanceof StorageError) return error;
  if (error instanceof DOMException) {
    if (error.name === 'VersionError') return new StorageError('newer-data', error);
    if (error.name === 'QuotaExceededError') return new StorageError('storage-full', error);
    return new StorageError('storage-failed', error);
  }
  return error;
}

type Mode = 'readonly' | 'readwrite';

/** A message as a transaction left it; `undefined` where it removed it. */
export type TouchedMessages = ReadonlyMap<string, MessageRow | undefined>;

/**
 * One transaction's view of the tables. Its reads may be awaited inside it, and nothing else may; its writes are
 * queued behind them and need no waiting, as one that fails takes the transaction with it.
 */
export class Transaction {
  /** Messages that were put or deleted, by key. */
  readonly touched = new Map<string, MessageRow | undefined>();
  readonly #inner: IDBPTransaction<Schema, TableName[], Mode>;
  readonly #keys: Record<TableName, Uint8Array>;

  constructor(inner: IDBPTransaction<Schema, TableName[], Mode>, keys: Record<TableName, Uint8Array>) {
    this.#inner = inner;
    this.#keys = keys;
  }

  /** Throws a {@link StorageError}: whatever is wrong with a row, it is the storage that failed. */
  #open<T extends TableName>(table: T, record: SealedRecord): Rows[T] {
    let plaintext: Uint8Array | undefined;
    try {
      plaintext = openRow(this.#keys[table], record.key, record.sealed);
      return decodeRow(table, plaintext);
    } catch (error) {
      const newer = error instanceof CryptoError && error.code === 'wrong-version';
      throw new StorageError(newer ? 'newer-data' : 'storage-failed', error);
    } finally {
      if (plaintext !== undefined) wipe(plaintext);
    }
  }

  async get<T extends TableName>(table: T, key: string): Promise<Rows[T] | undefined> {
    const record = await this.#inner.objectStore(table).get(key);
    return record === undefined ? undefined : this.#open(table, record);
  }

  /** Rows whose keys begin with the prefix, in key order, or the last `newest` of them, up to and including a key. */
  async list<T extends TableName>(
    table: T,
    prefix = '',
    newest = Number.POSITIVE_INFINITY,
    upTo = `${prefix}\uffff`,
  ): Promise<{ readonly key: string; readonly row: Rows[T] }[]> {
    const store = this.#inner.objectStore(table);
    let range = IDBKeyRange.bound(prefix, upTo);
    if (newest !== Number.POSITIVE_INFINITY) {
      // Where they begin is found by the keys alone, in two steps however many they are.
      let first = await store.openKeyCursor(range, 'prev');
      if (newest > 1) first = (await first?.advance(newest - 1)) ?? null;
      if (first !== null) range = IDBKeyRange.bound(first.key, upTo);
    }
    const records: SealedRecord[] = await store.getAll(range);
    return records.map((record) => ({ key: record.key, row: this.#open(table, record) }));
  }

  /** The next rows behind a key, in key order, of those whose keys begin with the prefix. */
  async page<T extends TableName>(
    table: T,
    after: string,
    limit: number,
    prefix = '',
  ): Promise<{ readonly key: string; readonly row: Rows[T] }[]> {
    const range = IDBKeyRange.bound(after > prefix ? after : prefix, `${prefix}\uffff`, true);
    const records: SealedRecord[] = await this.#inner.objectStore(table).getAll(range, limit);
    return records.map((record) => ({ key: record.key, row: this.#open(table, record) }));
  }

  /** Keys that begin with the prefix, in their order; no row is opened. */
  async keys(table: TableName, prefix: string): Promise<string[]> {
    return this.#inner.objectStore(table).getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }

  /** How many rows have keys that begin with the prefix. */
  async count(table: TableName, prefix: string): Promise<number> {
    return this.#inner.objectStore(table).count(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }

  /**
   * Throws a {@link StorageError} for what its table could not be read back with: one such row, made of what a contact sent
   * perhaps, would keep the whole profile from ever starting again.
   */
  put<T extends TableName>(table: T, key: string, row: Rows[T]): void {
    if (!isRow(table, row)) throw new StorageError('storage-failed', new TypeError(`no row of ${table}`));
    const plaintext = encodeRow(row);
    const sealed = sealRow(this.#keys[table], key, plaintext);
    wipe(plaintext);
    queued(this.#writable(table).put({ key, sealed, ...indexes(table, key, row) }));
    if (table === 'messages') this.touched.set(key, row as MessageRow);
  }

  delete(table: TableName, key: string): void {
    queued(this.#writable(table).delete(key));
    if (table === 'messages') this.touched.set(key, undefined);
  }

  /** Deletes rows whose keys begin with the prefix; of a whole conversation only, since nobody is told of each. */
  deleteAll(table: TableName, prefix: string): void {
    queued(this.#writable(table).delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
  }

  /** Whether a message is there, by who wrote it and its id. */
  async hasMessage(contactId: string, from: MessageRow['from'], id: string): Promise<boolean> {
    const key = `${contactId}/${from}/${id}`;
    return (await this.#inner.objectStore('messages').index('id').getKey(key)) !== undefined;
  }

  /** A message by who wrote it and its id, with its key. */
  async messageById(
    contactId: string,
    from: MessageRow['from'],
    id: string,
  ): Promise<{ readonly key: string; readonly row: MessageRow } | undefined> {
    const record = await this.#inner.objectStore('messages').index('id').get(`${contactId}/${from}/${id}`);
    return record === undefined ? undefined : { key: record.key, row: this.#open('messages', record) };
  }

  #writable(table: TableName) {
    // idb types `put` and `delete` by the transaction's mode; `Database.write` is the only one to hand out writers.
    const store = (this.#inner as IDBPTransaction<Schema, TableName[], 'readwrite'>).objectStore(table);
    return store;
  }
}

/** A write's failure aborts its transaction, whose end is waited for; its own promise is nobody's. */
function queued(write: Promise<unknown>): void {
  write.catch(() => {});
}

function indexes<T extends TableName>(table: T, key: string, row: Rows[T]): Pick<SealedRecord, 'id'> {
  if (table !== 'messages') return {};
  const { id, from } = row as MessageRow;
  return { id: `${contactIdOf(key)}/${from}/${id}` };
}

export class Database {
  readonly #db: IDBPDatabase<Schema>;
  #keys: Record<TableName, Uint8Array> | undefined;
  #closed = false;
  /** Transactions that are under way: the keys are theirs until they end. */
  #busy = 0;
  readonly #ended: (() => void)[] = [];
  readonly #listeners: ((touched: TouchedMessages) => void)[] = [];
  readonly #lost: () => void;

  private constructor(db: IDBPDatabase<Schema>, lost: () => void) {
    this.#db = db;
    this.#lost = lost;
  }

  /**
   * Opens or makes the database. `lost` is called when the browser takes it away: the person clears the extension's
   * data, or the disk fails. Throws a {@link StorageError} (`newer-data` where a later version wrote it).
   */
  static async open(name: string = NAME, lost: () => void = () => {}): Promise<Database> {
    try {
      let database: Database | undefined;
      const db = await openDB<Schema>(name, VERSION, {
        terminated() {
          if (database !== undefined) database.#taken();
        },
        upgrade(fresh, _from, _to, tx) {
          for (const table of TABLES) {
            if (fresh.objectStoreNames.contains(table)) continue;
            const store = fresh.createObjectStore(table, { keyPath: 'key' });
            if (table === 'messages') {
              const messages = store as unknown as IDBObjectStore;
              // Not unique: a contact who uses an id twice must not be able to make a transaction fail.
              messages.createIndex('id', 'id');
            }
          }
          if (!fresh.objectStoreNames.contains('vault')) fresh.createObjectStore('vault');
          const messages = tx.objectStore('messages') as unknown as IDBObjectStore;
          for (const index of messages.indexNames) if (index !== 'id') messages.deleteIndex(index);
        },
      });
      database = new Database(db, lost);
      return database;
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** The browser closed it: what was under way has failed, and nothing can begin. */
  #taken(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lost();
  }

  /** Hands over the master key, without which no sealed row can be read or written. */
  unlock(masterKey: Uint8Array): void {
    this.#keys = Object.fromEntries(TABLES.map((table) => [table, tableKey(masterKey, table)])) as Record<
      TableName,
      Uint8Array
    >;
  }

  async vaultItem(key: string): Promise<unknown> {
    return this.#db.get('vault', key);
  }

  /**
   * Puts items into the vault, or takes out those that are `undefined`, in one durable transaction. Throws `closed`,
   * and changes nothing, where an item is no longer what the caller began with.
   */
  async changeVault(
    items: Readonly<Record<string, unknown>>,
    began?: { readonly key: string; readonly bytes: Uint8Array },
  ): Promise<void> {
    if (this.#closed) throw new StorageError('closed');
    try {
      const tx = this.#db.transaction('vault', 'readwrite', { durability: 'strict' });
      tx.done.catch(() => {});
      if (began !== undefined && !sameBytes(await tx.store.get(began.key), began.bytes)) {
        throw new StorageError('closed');
      }
      for (const [key, value] of Object.entries(items)) {
        queued(value === undefined ? tx.store.delete(key) : tx.store.put(value, key));
      }
      tx.commit();
      await tx.done;
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** Calls back after every commit that touched messages, before whoever made it goes on. */
  onMessages(listener: (touched: TouchedMessages) => void): void {
    this.#listeners.push(listener);
  }

  async read<R>(tables: readonly TableName[], body: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#run(tables, 'readonly', 'default', body);
  }

  /** One durable transaction: what it wrote is on disk when the promise resolves. */
  async write<R>(tables: readonly TableName[], body: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#run(tables, 'readwrite', 'strict', body);
  }

  /** One transaction whose loss in a crash is harmless, because its writes can be made again. */
  async writeLazily<R>(tables: readonly TableName[], body: (tx: Transaction) => Promise<R>): Promise<R> {
    return this.#run(tables, 'readwrite', 'relaxed', body);
  }

  async #run<R>(
    tables: readonly TableName[],
    mode: Mode,
    durability: IDBTransactionDurability,
    body: (tx: Transaction) => Promise<R>,
  ): Promise<R> {
    if (this.#keys === undefined) throw new StorageError('storage-failed');
    if (this.#closed) throw new StorageError('closed');
    const inner = this.#begin(tables, mode, durability);
    this.#busy++;
    // An abort rejects `done` as well as the body; without this it would be reported as unhandled.
    inner.done.catch(() => {});
    try {
      const tx = new Transaction(inner as IDBPTransaction<Schema, TableName[], Mode>, this.#keys);
      const result = await body(tx);
      // Without this the browser waits for the last request's answer before it begins to commit.
      if (mode === 'readwrite') inner.commit();
      await inner.done;
      if (tx.touched.size > 0) for (const listener of this.#listeners) listener(tx.touched);
      return result;
    } catch (error) {
      // What the body met may only be that its transaction was gone: the first write to fail says why.
      const cause = inner.error ?? error;
      try {
        inner.abort();
      } catch {
        // Already over.
      }
      throw asStorageError(error instanceof DOMException ? cause : error);
    } finally {
      this.#busy--;
      if (this.#busy === 0) for (const ended of this.#ended.splice(0)) ended();
    }
  }

  #begin(tables: readonly TableName[], mode: Mode, durability: IDBTransactionDurability) {
    try {
      return this.#db.transaction([...tables], mode, { durability });
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /**
   * Refuses everything from now on. Resolves when what was under way has ended, its callers have gone on, and the keys are
   * overwritten; a transaction that lost them in its middle would seal its rows under nothing.
   */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#busy > 0) {
      await new Promise<void>((resolve) => this.#ended.push(resolve));
    }
    // Whoever waited for the last of them takes over what was written, before anybody clears up behind them.
    await new Promise((resolve) => setTimeout(resolve));
    this.#db.close();
    if (this.#keys !== undefined) wipe(...Object.values(this.#keys));
  }

  /** Destroys what wraps the master key, durably and at once, whatever else goes on: every sealed row is noise then. */
  static async destroyKeys(name: string = NAME): Promise<void> {
    // Without a version: also where a later one wrote it.
    const db = await openDB<Schema>(name);
    try {
      if (!db.objectStoreNames.contains('vault')) return;
      const tx = db.transaction('vault', 'readwrite', { durability: 'strict' });
      queued(tx.store.clear());
      await tx.done;
    } finally {
      db.close();
    }
  }

  /** Deletes the whole database, once everybody has closed it. */
  static async remove(name: string = NAME): Promise<void> {
    await deleteDB(name);
  }
}

function sameBytes(kept: unknown, bytes: Uint8Array): boolean {
  return (
    kept instanceof Uint8Array && kept.length === bytes.length && kept.every((byte, at) => byte === bytes[at])
  );
}
