/**
 * A back-up being made. Everything but the messages is read in one transaction when it begins; the messages follow
 * page by page, as nothing holds a transaction open while a view saves. What is written meanwhile: a message of theirs
 * may be in the file although its contact's row does not count it yet: they bring it again, when it is known by its id, and
 * restoring counts it as unread; one of mine is left out, as the outbox of the file would not know it and never deliver it.
 */
import {
  type BackupHeader,
  BackupSealer,
  newBackup,
  newMasterKey,
  type PassphraseWrap,
  wipe,
  wipeWithin,
} from '@aside/wasm-crypto';
import { BACKUP_PART_BYTES } from '../../bridge/types/bounds.ts';
import type { Database, Transaction } from '../storage/database.ts';
import type { PassphraseWork } from '../storage/passphrase-work.ts';
import { contactIdOf, type MessageRow, placeOf } from '../storage/rows.ts';
import { type BackupRecord, encodeRecord } from './records.ts';

/** Messages that are read at once: a few megabytes at the most. */
const PAGE = 64;
const BEFORE_MESSAGES = ['profile', 'contacts', 'sessions', 'outbox', 'invites', 'drafts', 'passes'] as const;

export interface BackupPart {
  /** At most {@link BACKUP_PART_BYTES}. */
  readonly bytes: Uint8Array;
  /** Nothing comes after it. */
  readonly done: boolean;
  /** Of the whole, 0 to 1. */
  readonly progress: number;
}

export class Export {
  readonly #database: Database;
  readonly #sealer: BackupSealer;
  /** What is sealed and not handed out yet. */
  #ready: Uint8Array[];
  /** Where each conversation ended when it began. */
  readonly #ends: ReadonlyMap<string, End>;
  readonly #total: number;
  #read = 0;
  /** The key of the last message that was read. */
  #after = '';
  #ended = false;

  /** `now`: when it is made, milliseconds since the epoch. Rejects with a `CryptoError` or a `StorageError`. */
  static async begin(
    database: Database,
    work: PassphraseWork,
    passphrase: string,
    now: number,
  ): Promise<Export> {
    const key = newMasterKey();
    let header: BackupHeader;
    let sealer: BackupSealer;
    try {
      const wrap: PassphraseWrap = await work.wrap(key, passphrase);
      header = newBackup(wrap);
      sealer = new BackupSealer(header, key);
    } finally {
      wipe(key);
    }
    try {
      const first = await database.read([...BEFORE_MESSAGES, 'messages'], (tx) => readFirst(tx, now));
      const sealed = first.records.map((record) => push(sealer, record));
      return new Export(database, sealer, [header.bytes, ...sealed], first);
    } catch (error) {
      sealer.close();
      throw error;
    }
  }

  private constructor(database: Database, sealer: BackupSealer, ready: Uint8Array[], first: First) {
    this.#database = database;
    this.#sealer = sealer;
    this.#ready = ready;
    this.#ends = first.ends;
    this.#total = first.messages;
  }

  /** The next part of the file. Rejects with a `StorageError`. */
  async next(): Promise<BackupPart> {
    while (!this.#ended && length(this.#ready) < BACKUP_PART_BYTES) await this.#page();
    const all = join(this.#ready);
    const bytes = all.slice(0, BACKUP_PART_BYTES);
    this.#ready = [all.slice(BACKUP_PART_BYTES)];
    const done = this.#ended && length(this.#ready) === 0;
    return { bytes, done, progress: done ? 1 : this.#read / Math.max(this.#total, this.#read + 1) };
  }

  async #page(): Promise<void> {
    const page = await this.#database.read(['messages'], (tx) => tx.page('messages', this.#after, PAGE));
    for (const { key, row } of page) {
      this.#after = key;
      this.#read++;
      const end = this.#ends.get(contactIdOf(key));
      if (end === undefined || (row.from === 'me' && isSince(end, row, key))) continue;
      this.#ready.push(push(this.#sealer, { table: 'messages', key, row }));
    }
    if (page.length === PAGE) return;
    this.#ready.push(this.#sealer.end());
    this.#ended = true;
  }

  /** Gives it up, or lets it go when it is whole. */
  close(): void {
    this.#sealer.close();
    this.#ended = true;
    this.#ready = [];
  }
}

interface End {
  /** My last number. */
  readonly sent: number;
  /** The highest place. */
  readonly place: number;
}

/**
 * Whether a text of mine was written since. Neither tells it alone: numbers begin anew with another key, and places
 * become later where two conversations become one.
 */
function isSince({ sent, place }: End, { number }: MessageRow, key: string): boolean {
  return number > sent && placeOf(key) > place;
}

interface First {
  readonly records: readonly BackupRecord[];
  readonly ends: ReadonlyMap<string, End>;
  readonly messages: number;
}

async function readFirst(tx: Transaction, now: number): Promise<First> {
  const records: BackupRecord[] = [{ table: 'backups', key: 'state', row: { made: now } }];
  const ends = new Map<string, End>();
  for (const table of BEFORE_MESSAGES) {
    for (const { key, row } of await tx.list(table)) {
      const record = { table, key, row } as BackupRecord;
      if (record.table === 'contacts') {
        const [last] = await tx.list('messages', `${key}/`, 1);
        const { sent, clock } = record.row;
        ends.set(key, { sent, place: Math.max(clock, last === undefined ? 0 : placeOf(last.key)) });
      }
      // Nothing is left of a used invite but its clearing away, and nobody sees one that went by words.
      if (record.table === 'invites' && (record.row.state === 'spent' || record.row.spoken)) continue;
      records.push(record);
    }
  }
  return { records, ends, messages: await tx.count('messages', '') };
}

/** The row is nobody else's, and is overwritten. */
function push(sealer: BackupSealer, record: BackupRecord): Uint8Array {
  const content = encodeRecord(record);
  const sealed = sealer.push(content);
  wipe(content);
  wipeWithin(record.row);
  return sealed;
}

const length = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(length(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
