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
  /** My last number to each contact. */
  readonly #sent: ReadonlyMap<string, number>;
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
    this.#sent = first.sent;
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
      const sent = this.#sent.get(key.slice(0, key.indexOf('/')));
      if (sent === undefined || (row.from === 'me' && row.number > sent)) continue;
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

interface First {
  readonly records: readonly BackupRecord[];
  readonly sent: ReadonlyMap<string, number>;
  readonly messages: number;
}

async function readFirst(tx: Transaction, now: number): Promise<First> {
  const records: BackupRecord[] = [{ table: 'backups', key: 'state', row: { made: now } }];
  const sent = new Map<string, number>();
  for (const table of BEFORE_MESSAGES) {
    for (const { key, row } of await tx.list(table)) {
      const record = { table, key, row } as BackupRecord;
      if (record.table === 'contacts') sent.set(key, record.row.sent);
      // Nothing is left of a used invite but its clearing away, and nobody sees one that went by words.
      if (record.table === 'invites' && (record.row.state === 'spent' || record.row.spoken)) continue;
      records.push(record);
    }
  }
  return { records, sent, messages: await tx.count('messages', '') };
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
