/**
 * A back-up being read into a profile that has nobody in it. Rows go to the disk as they come, and the row that says who
 * I am is the last: without it they are nobody's, and are cleared away when the file turns out to be damaged, when it is
 * given up, or at the next start. So a file of any length is restored whole or not at all.
 */
import { BackupOpener, CryptoError, decodeBackupHeader, wipe, wipeWithin } from '@aside/wasm-crypto';
import { BridgeError } from '../../bridge/types/errors.ts';
import { type Database, StorageError, type Transaction } from '../storage/database.ts';
import type { PassphraseWork } from '../storage/passphrase-work.ts';
import { type ContactRow, contactIdOf, type Rows } from '../storage/rows.ts';
import { Door } from './door.ts';
import { BACKUP_TABLES, type BackupRecord, RecordError, RecordReader } from './records.ts';

const PROFILE_KEY = 'me';

/** What is unread of a contact's: as their row counts it, and as the file has it; and all that they wrote. */
interface Unread {
  readonly readTo: string;
  readonly counted: number;
  there: number;
  theirs: number;
}

export class Restore {
  readonly #database: Database;
  readonly #opener: BackupOpener;
  readonly #reader = new RecordReader();
  readonly #door = new Door();
  /** Of each contact, how many messages their row counts as unread, and how many of theirs are in the file. */
  readonly #unread = new Map<string, Unread>();
  #profile: Rows['profile'] | undefined;

  /**
   * `head`: the file's first `BACKUP_HEADER_BYTES`. Rejects with a `BridgeError`: `backup-unknown`, `backup-newer`,
   * `backup-damaged`, `passphrase-wrong`.
   */
  static async begin(
    database: Database,
    work: PassphraseWork,
    passphrase: string,
    head: Uint8Array,
  ): Promise<Restore> {
    await clearRows(database);
    const header = await telling(async () => decodeBackupHeader(head), 'backup-unknown');
    const key = await telling(() => work.unwrap(header.wrap, passphrase), 'passphrase-wrong');
    try {
      return new Restore(database, new BackupOpener(header, key));
    } finally {
      wipe(key);
    }
  }

  private constructor(database: Database, opener: BackupOpener) {
    this.#database = database;
    this.#opener = opener;
  }

  /** Takes the next part of the file. Rejects with a `BridgeError` (`backup-damaged`) or a `StorageError`. */
  take(file: Uint8Array): Promise<void> {
    return telling(() => this.#keep(this.#opener.push(file)), 'backup-damaged');
  }

  /** The file is over: keeps who I am, if everything is there. Rejects as {@link take}; then nothing was restored. */
  finish(): Promise<void> {
    return telling(async () => {
      await this.#keep(this.#opener.end());
      this.#reader.end();
      this.#door.end();
      const profile = this.#profile;
      if (profile === undefined) throw new RecordError('nobody');
      await this.#database.write(['profile', 'contacts'], async (tx) => {
        await this.#countUnread(tx);
        tx.put('profile', PROFILE_KEY, profile);
      });
      this.close();
    }, 'backup-damaged');
  }

  async #keep(content: Uint8Array): Promise<void> {
    const records = this.#reader.push(content);
    wipe(content);
    if (records.length === 0) return;
    try {
      const admitted = records.flatMap((record) => this.#door.admit(record) ?? []);
      await this.#put(admitted);
    } finally {
      // Who is in it waits for the end, unless it is refused.
      for (const { table, row } of records)
        if (table !== 'profile' || row.identity !== this.#profile?.identity) wipeWithin(row);
    }
  }

  async #put(records: readonly BackupRecord[]): Promise<void> {
    await this.#database.write(BACKUP_TABLES, async (tx) => {
      // All are looked up at once: one after the other, each would wait for the database.
      const there = await Promise.all(records.map((record) => isThere(tx, record)));
      const put = new Set<string>();
      for (const [at, record] of records.entries()) {
        switch (record.table) {
          case 'profile':
            this.#profile = record.row;
            break;
          case 'contacts': {
            const { readTo, unread } = record.row;
            this.#unread.set(record.key, { readTo, counted: unread, there: 0, theirs: 0 });
            tx.put('contacts', record.key, cameBack(record.row));
            break;
          }
          case 'messages': {
            const { contactId, from, id } = messageOf(record);
            const which = `${contactId}/${from}/${id}`;
            if (there[at] || put.has(which)) break;
            put.add(which);
            const counts = this.#unread.get(contactId);
            if (counts !== undefined && from === 'them') {
              counts.theirs++;
              if (record.key > counts.readTo) counts.there++;
            }
            tx.put('messages', record.key, record.row);
            break;
          }
          default:
            putRecord(record, (table, key, row) => tx.put(table, key, row));
        }
      }
    });
  }

  /** What came while the back-up was made is in it, and its contact's row does not count it (export.ts). */
  async #countUnread(tx: Transaction): Promise<void> {
    for (const [id, { counted, there, theirs }] of this.#unread) {
      const unread = Math.min(Math.max(counted, there), theirs);
      const row = unread === counted ? undefined : await tx.get('contacts', id);
      if (row !== undefined) tx.put('contacts', id, { ...row, unread });
    }
  }

  /** Forgets its key and who is in it, and leaves the rows that it has read. */
  close(): void {
    this.#opener.close();
    this.#reader.close();
    wipeWithin(this.#profile);
    this.#profile = undefined;
  }

  /** Gives it up: nothing of it is left. */
  async cancel(): Promise<void> {
    this.close();
    await clearRows(this.#database);
  }
}

/** A copy knows that it is one: it asks every contact for a new session, and the one in the file is over with that. */
function cameBack(row: ContactRow): ContactRow {
  return { ...row, recovery: { ...row.recovery, suspect: true } };
}

/** Whether it is a message that is restored already: one that was moved while the back-up was made may be in it twice. */
async function isThere(tx: Transaction, record: BackupRecord): Promise<boolean> {
  if (record.table !== 'messages') return false;
  const { contactId, from, id } = messageOf(record);
  return tx.hasMessage(contactId, from, id);
}

function messageOf({ key, row: { from, id } }: Extract<BackupRecord, { table: 'messages' }>) {
  return { contactId: contactIdOf(key), from, id };
}

function putRecord(
  { table, key, row }: BackupRecord,
  put: <T extends BackupRecord['table']>(table: T, key: string, row: Rows[T]) => void,
): void {
  put(table, key, row);
}

/** Clears away what a restore that did not end has left. Only for a profile that has nobody in it. */
export async function clearRows(database: Database): Promise<void> {
  await database.write(BACKUP_TABLES, async (tx) => {
    if ((await tx.get('profile', PROFILE_KEY)) !== undefined) throw new StorageError('storage-failed');
    for (const table of BACKUP_TABLES) tx.deleteAll(table, '');
  });
}

/** Puts what crypto and rows have against a file into the bridge's words; `otherwise` where it is not what it should be. */
async function telling<R>(
  work: () => Promise<R>,
  otherwise: 'backup-unknown' | 'backup-damaged' | 'passphrase-wrong',
): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RecordError) throw new BridgeError('backup-damaged');
    if (!(error instanceof CryptoError)) throw error;
    switch (error.code) {
      case 'wrong-version':
        throw new BridgeError('backup-newer');
      case 'damaged':
      case 'forged':
      case 'too-large':
        throw new BridgeError('backup-damaged');
      case 'wrong-passphrase':
        throw new BridgeError('passphrase-wrong');
      case 'malformed':
        throw new BridgeError(otherwise);
      default:
        throw error;
    }
  }
}
