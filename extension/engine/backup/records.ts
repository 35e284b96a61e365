/** A back-up's content (SPEC 14.3): one row after the other, each with its table and its key. */
import { wipe } from '@aside/wasm-crypto';
import { decodeRow, encodeRow, type Rows } from '../storage/rows.ts';

/**
 * The tables that are in a back-up, by their numbers in it less one. Not in it: the vault, whose keys are this
 * browser's; the quarantine, which only the sessions of the moment could open; exchanges by words, which last ten minutes.
 */
export const BACKUP_TABLES = [
  'profile',
  'contacts',
  'sessions',
  'messages',
  'outbox',
  'invites',
  'drafts',
  'passes',
  'backups',
] as const;
type BackupTable = (typeof BACKUP_TABLES)[number];

/** Longer than the longest draft whose every letter is written as six. */
const RECORD_MAX_BYTES = 2 * 1024 * 1024;
const LENGTH_BYTES = 4;
/** Table and the key's length. */
const HEAD_BYTES = 3;

export type BackupRecord = {
  [T in BackupTable]: { readonly table: T; readonly key: string; readonly row: Rows[T] };
}[BackupTable];

/** What is authentic and yet no record of this version. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code = 'not-a-record';
}

export function encodeRecord({ table, key, row }: BackupRecord): Uint8Array {
  const name = new TextEncoder().encode(key);
  const body = encodeRow(row);
  const length = HEAD_BYTES + name.length + body.length;
  if (length > RECORD_MAX_BYTES) throw new RecordError('too long');
  const bytes = new Uint8Array(LENGTH_BYTES + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint8(LENGTH_BYTES, BACKUP_TABLES.indexOf(table) + 1);
  view.setUint16(LENGTH_BYTES + 1, name.length, true);
  bytes.set(name, LENGTH_BYTES + HEAD_BYTES);
  bytes.set(body, LENGTH_BYTES + HEAD_BYTES + name.length);
  wipe(body);
  return bytes;
}

/** Takes content piece by piece and gives the records that are whole. */
export class RecordReader {
  #waiting = new Uint8Array(0);

  /** Throws a {@link RecordError}. */
  push(content: Uint8Array): BackupRecord[] {
    const bytes = new Uint8Array(this.#waiting.length + content.length);
    bytes.set(this.#waiting);
    bytes.set(content, this.#waiting.length);
    this.close();
    try {
      const view = new DataView(bytes.buffer);
      const records: BackupRecord[] = [];
      let at = 0;
      while (bytes.length - at >= LENGTH_BYTES) {
        const length = view.getUint32(at, true);
        if (length < HEAD_BYTES || length > RECORD_MAX_BYTES) throw new RecordError('length');
        const end = at + LENGTH_BYTES + length;
        if (end > bytes.length) break;
        records.push(decodeRecord(bytes.subarray(at + LENGTH_BYTES, end)));
        at = end;
      }
      this.#waiting = bytes.slice(at);
      return records;
    } finally {
      wipe(bytes);
    }
  }

  /** Throws a {@link RecordError} where a record was begun and is not there. */
  end(): void {
    if (this.#waiting.length > 0) throw new RecordError('cut short');
  }

  /** Forgets the record that has begun. */
  close(): void {
    wipe(this.#waiting);
    this.#waiting = new Uint8Array(0);
  }
}

function decodeRecord(bytes: Uint8Array): BackupRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const table = BACKUP_TABLES[view.getUint8(0) - 1];
  const start = HEAD_BYTES + view.getUint16(1, true);
  if (table === undefined || start > bytes.length) throw new RecordError('head');
  const key = new TextDecoder().decode(bytes.subarray(HEAD_BYTES, start));
  try {
    return { table, key, row: decodeRow(table, bytes.subarray(start)) } as BackupRecord;
  } catch {
    throw new RecordError('row');
  }
}
