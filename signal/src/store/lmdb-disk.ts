import { closeSync, mkdirSync, openSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { SignalError } from '../error.ts';
import type { Disk, Table } from './disk.ts';

/** The shape of keys and values in the file; a file of a later one is left alone. */
const FORMAT = 1;

const FILE = 'mailboxes.mdb';

/** While the file system has so much free, nobody takes it all between two looks. */
const PLENTY_BYTES = 256 * 1024 * 1024;

/** Where it has less, the file is kept so much larger than what is in it. */
const OWN_BYTES = 32 * 1024 * 1024;

const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * The only file that touches lmdb. `overlappingSync` is off: a commit then includes the sync of data and meta page, in
 * that order, so a write's promise means durable and its rejection means not. (With it on, the promise resolves at the
 * commit, a failed sync never settles `flushed`, and it measured slower here: 94,000 against 107,000 records a second.)
 * lmdb groups what one turn of the event loop wrote into one transaction, which is the group commit.
 *
 * `broken` is told when lmdb could not write the page that says what is valid, with the disk's own words where there are
 * any: it then neither reads nor writes in this process, and some of what it was asked is never answered.
 *
 * Throws SignalError `bad-store` for a directory that can't be used, or which another process uses.
 */
export function openLmdbDisk(directory: string, broken: (cause: unknown) => void = () => {}): Disk {
  const root = openRoot(directory);
  const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const table = (name: string) => root.openDB<Buffer, Buffer>({ name, ...options });
  const [meta, envelopes, mailboxes, guests] = [
    table('meta'),
    table('envelopes'),
    table('mailboxes'),
    table('guests'),
  ];
  // Not before the tables are open: opening one gives the place among the readers back.
  requireAlone(root);
  const written: Promise<unknown>[] = [];
  const note = (write: Promise<unknown>) => {
    // One promise stands for all writes of a transaction: most calls add nothing.
    if (written[written.length - 1] === write) return;
    write.catch(failureIsKnown);
    written.push(write);
  };
  // A batch that lmdb begins for itself has a promise that it gives nobody, and which fails with the others. It is there
  // when this turn of the event loop is over; unheard, it would end the process as soon as the disk is full.
  root.on('beforecommit', () => queueMicrotask(() => root.committed.then(undefined, failureIsKnown)));
  const format = meta.get(Buffer.from('format'))?.[0];
  if (format !== undefined && format > FORMAT) {
    throw new SignalError('bad-store', `the store has format ${format}, this server knows ${FORMAT}`);
  }
  if (format === undefined) note(meta.put(Buffer.from('format'), Buffer.of(FORMAT)));
  /** Every question to lmdb: it may be asked between the failure and the news of it. */
  const guarded: Guard =
    (ask) =>
    (...asked) => {
      try {
        return ask(...asked);
      } catch (error) {
        if (isPanic(error)) broken(error);
        throw error;
      }
    };
  const tables = [envelopes, mailboxes, guests];
  const used = guarded(() => tables.reduce((bytes, table) => bytes + usedBytes(table), 0));
  const end = guarded(() => {
    const { lastPageNumber, pageSize } = root.getStats() as Stats;
    return (lastPageNumber + 1) * pageSize;
  });
  const room = new Room(directory, end);
  let flushes = 0;
  return {
    envelopes: tableOf(envelopes, note, guarded),
    mailboxes: tableOf(mailboxes, note, guarded),
    guests: tableOf(guests, note, guarded),
    async flush() {
      const writes = written.splice(0);
      flushes++;
      try {
        await Promise.all(writes);
        await root.flushed;
      } catch (error) {
        const cause = await wordsOf(error);
        if (panics(root)) broken(cause);
        throw new SignalError('store-busy', 'the disk did not take a commit', { cause });
      } finally {
        flushes--;
        // Only now nobody else writes to the file.
        if (flushes === 0 && written.length === 0) room.take();
      }
    },
    usedBytes: used,
    room: () => room.look(used()),
    close: () => root.close(),
  };
}

function openRoot(directory: string) {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return open<Buffer, Buffer>({
      path: join(directory, FILE),
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      maxDbs: 4,
    });
  } catch (cause) {
    throw new SignalError('bad-store', 'the data directory cannot be opened', { cause });
  }
}

/**
 * Two servers on one file would each know readers and counts that the other does not. lmdb keeps a table of all who read
 * the file, and begins it anew for whoever opens it while nobody else has it open. The kernel says so, by locks that end
 * with their process, however it ends and in whatever container it lives. So who finds somebody in the table goes away.
 * Who finds nobody takes a place there by reading, and looks again: of two that came at once at least one sees both.
 */
function requireAlone(root: RootDatabase<Buffer, Buffer>): void {
  // Without a place of our own: one that is taken under the same process number, which two containers have, is not given twice.
  if (A_READER.test(root.readerList())) throw notAlone(root);
  let places: number;
  try {
    places = (root.getStats() as Stats).numReaders;
  } catch (cause) {
    // Taken under our number since.
    throw notAlone(root, cause);
  }
  if (places > 1) throw notAlone(root);
}

/** A line of lmdb's table of readers: process, thread, and what it reads. */
const A_READER = /^\s*\d+ /m;

function notAlone(root: RootDatabase<Buffer, Buffer>, cause?: unknown): SignalError {
  void root.close();
  return new SignalError('bad-store', 'another server runs on this data directory', { cause });
}

/** Whoever waits for the flush is told. What lmdb hangs on the error is a promise, and it rejects as well. */
function failureIsKnown(error: unknown): void {
  if (!(error instanceof Error && 'commitError' in error)) return;
  Promise.resolve(error.commitError).catch(() => {});
}

/** What the disk said, which lmdb hangs on what it rejects with. */
async function wordsOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  try {
    await error.commitError;
  } catch (cause) {
    return cause;
  }
  return error;
}

/** lmdb's word for a state from which nothing but a new start leads. It gives it no code of its own. */
function isPanic(error: unknown): boolean {
  return error instanceof Error && error.message.includes('MDB_PANIC');
}

function panics(root: RootDatabase<Buffer, Buffer>): boolean {
  try {
    root.getStats();
    return false;
  } catch (error) {
    return isPanic(error);
  }
}

/** Puts something around a question. */
type Guard = <Asked extends unknown[], Answer>(
  ask: (...asked: Asked) => Answer,
) => (...asked: Asked) => Answer;

function tableOf(
  db: Database<Buffer, Buffer>,
  note: (write: Promise<unknown>) => void,
  guarded: Guard,
): Table {
  return {
    put: (key, value) => note(db.put(asBuffer(key), asBuffer(value))),
    remove: (key) => note(db.remove(asBuffer(key))),
    get: guarded((key: Uint8Array) => {
      // A view into memory that lmdb reuses; its `length` is the value's, its real extent is not.
      const shared = db.getBinaryFast(asBuffer(key));
      return shared?.subarray(0, shared.length);
    }),
    keys: guarded((start: Uint8Array, end: Uint8Array, limit: number) => [
      ...db.getKeys({ start: asBuffer(start), end: asBuffer(end), limit }),
    ]),
    count: guarded(() => (db.getStats() as Stats).entryCount),
  };
}

/**
 * Room on the file system, for certain. lmdb must never meet a full one: its write error overruns a buffer and ends the
 * process (`mdb_page_flush`, a message of more than 100 bytes). So where space becomes rare the file takes it before
 * lmdb needs it, as zeros behind its last page. (A file system that copies on write gives no such promise.)
 */
class Room {
  readonly #directory: string;
  readonly #file: string;
  readonly #end: () => number;

  /** `end`: where in the file lmdb's last page ends. */
  constructor(directory: string, end: () => number) {
    this.#directory = directory;
    this.#file = join(directory, FILE);
    this.#end = end;
    this.take();
  }

  /** What can be written, with `used` bytes of the file in use. */
  look(used: number): { readonly within: number; readonly behind: number } {
    const free = this.#free();
    if (free >= PLENTY_BYTES) return { within: free, behind: free };
    const size = statSync(this.#file).size;
    return { within: size - used, behind: size - this.#end() };
  }

  /**
   * Makes the file larger where that is called for, as far as that can be. Nothing may be under way. It throws nothing:
   * what was written before is as durable as it was. What it did not get is not there at the next {@link look}, and
   * whether the disk still works is for the next commit to say.
   */
  take(): void {
    try {
      if (this.#free() >= PLENTY_BYTES) return;
      const wanted = this.#end() + OWN_BYTES;
      if (statSync(this.#file).size < wanted) this.#grow(wanted);
    } catch {
      // The disk is full or failing, or the file may not grow.
    }
  }

  #grow(wanted: number): void {
    const file = openSync(this.#file, 'r+');
    try {
      let { size } = statSync(this.#file);
      while (size < wanted) size += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, wanted - size), size);
    } finally {
      closeSync(file);
    }
  }

  #free(): number {
    const { bavail, bsize } = statfsSync(this.#directory);
    return bavail * bsize;
  }
}

/** lmdb wants Buffers; this is a view. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** What lmdb's getStats answers; its types say nothing. */
interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
  readonly lastPageNumber: number;
  /** Places in the table of readers that were taken since it was begun, with that of the one who asks. */
  readonly numReaders: number;
}

function usedBytes(db: Database<Buffer, Buffer>): number {
  const stats = db.getStats() as Stats;
  return stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
}
