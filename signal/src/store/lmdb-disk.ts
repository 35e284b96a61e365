import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open } from 'lmdb';
import { SignalError } from '../error.ts';
import type { Disk, Table } from './disk.ts';

/** The shape of keys and values in the file; a file of a later one is left alone. */
const FORMAT = 1;

/**
 * The only file that touches lmdb. `overlappingSync` is off: a commit then includes the sync of data and meta page, in
 * that order, so a write's promise means durable and its rejection means not. (With it on, the promise resolves at the
 * commit, a failed sync never settles `flushed`, and it measured slower here: 94,000 against 107,000 records a second.)
 * lmdb groups what one turn of the event loop wrote into one transaction, which is the group commit.
 *
 * Throws SignalError `bad-store` for a directory that can't be used.
 */
export function openLmdbDisk(directory: string): Disk {
  const root = openRoot(directory);
  const written: Promise<unknown>[] = [];
  const note = (write: Promise<unknown>) => {
    // One promise stands for all writes of a transaction: most calls add nothing.
    if (written[written.length - 1] !== write) written.push(write);
  };
  const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const meta = root.openDB<Buffer, Buffer>({ name: 'meta', ...options });
  const format = meta.get(Buffer.from('format'))?.[0];
  if (format !== undefined && format > FORMAT) {
    throw new SignalError('bad-store', `the store has format ${format}, this server knows ${FORMAT}`);
  }
  if (format === undefined) note(meta.put(Buffer.from('format'), Buffer.of(FORMAT)));
  const envelopes = root.openDB<Buffer, Buffer>({ name: 'envelopes', ...options });
  const mailboxes = root.openDB<Buffer, Buffer>({ name: 'mailboxes', ...options });
  return {
    envelopes: tableOf(envelopes, note),
    mailboxes: tableOf(mailboxes, note),
    async flush() {
      const writes = written.splice(0);
      await Promise.all(writes);
      await root.flushed;
    },
    usedBytes: () => usedBytes(envelopes) + usedBytes(mailboxes),
    close: () => root.close(),
  };
}

function openRoot(directory: string) {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return open<Buffer, Buffer>({
      path: join(directory, 'mailboxes.mdb'),
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
      maxDbs: 3,
    });
  } catch (cause) {
    throw new SignalError('bad-store', 'the data directory cannot be opened', { cause });
  }
}

function tableOf(db: Database<Buffer, Buffer>, note: (write: Promise<unknown>) => void): Table {
  return {
    put: (key, value) => note(db.put(asBuffer(key), asBuffer(value))),
    remove: (key) => note(db.remove(asBuffer(key))),
    get: (key) => {
      // A view into memory that lmdb reuses; its `length` is the value's, its real extent is not.
      const shared = db.getBinaryFast(asBuffer(key));
      return shared?.subarray(0, shared.length);
    },
    keys: (start, end, limit) => [...db.getKeys({ start: asBuffer(start), end: asBuffer(end), limit })],
    count: () => (db.getStats() as Stats).entryCount,
  };
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
}

function usedBytes(db: Database<Buffer, Buffer>): number {
  const stats = db.getStats() as Stats;
  return stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);
}
