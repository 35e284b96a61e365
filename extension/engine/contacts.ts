/**
 * The contacts in memory and the one way to change them: a durable transaction that reads the rows, lets the caller
 * work on copies, writes them back, and only then lets anybody see the new state (invariants 1 and 4).
 */
import {
  compareIdentities,
  decodeIdentity,
  decodeSession,
  encodeSession,
  type Identity,
  type LiveWindow,
  moon,
  newLiveWindow,
  type Session,
  safetyNumber,
} from '@aside/wasm-crypto';
import type { Database, Transaction } from './storage/database.ts';
import { type ContactRow, type MessageRow, placeOf, type TableName } from './storage/rows.ts';

/** What a transaction works on: copies of the rows, written back at its end. */
export interface Working {
  readonly id: string;
  readonly row: ContactRow;
  session: Session;
}

export class Contact {
  readonly id: string;
  row: ContactRow;
  session: Session;
  peer: Identity;
  /** Replay protection of live envelopes; forgotten with the process, as the attempts only rise. */
  liveWindow: LiveWindow = newLiveWindow();
  liveCounter = 0;
  last: MessageRow | undefined;
  quarantined = 0;
  /** Until this moment messages beyond a gap wait for what is missing (PROTOCOL 5). */
  holdUntil = 0;

  #moon: ReturnType<typeof moon> | undefined;
  #safetyNumber: string | undefined;

  constructor(id: string, row: ContactRow, session: Session) {
    this.id = id;
    this.row = row;
    this.session = session;
    this.peer = decodeIdentity(row.peer);
  }

  get name(): string {
    return this.row.alias ?? this.row.name;
  }

  /** Their moon; it is a different one only when the key is. */
  get moon(): ReturnType<typeof moon> {
    this.#moon ??= moon(this.peer);
    return this.#moon;
  }

  /** The 60 digits over both identities, worked out once: the hash is slow on purpose. */
  safetyNumber(mine: Identity): string {
    const digits = this.#safetyNumber ?? safetyNumber(mine, this.peer).digits;
    this.#safetyNumber = digits;
    return digits;
  }
}

export class UnknownContact extends Error {
  override readonly name = 'UnknownContact';
  readonly code = 'unknown-contact';
}

/** The tables that a change of a contact may touch. */
const TABLES: readonly TableName[] = ['contacts', 'sessions', 'messages', 'outbox', 'quarantine', 'invites'];

export class Contacts {
  readonly #database: Database;
  readonly #byId = new Map<string, Contact>();

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<void> {
    await this.#database.read(['contacts', 'sessions', 'messages', 'quarantine'], async (tx) => {
      for (const { key, row } of await tx.list('contacts')) {
        const session = await tx.get('sessions', key);
        if (session === undefined) continue;
        const contact = new Contact(key, row, decodeSession(session.state));
        contact.last = (await tx.list('messages', `${key}/`, 1))[0]?.row;
        contact.quarantined = await tx.count('quarantine', `${key}/`);
        this.#byId.set(key, contact);
      }
    });
  }

  all(): Contact[] {
    return [...this.#byId.values()];
  }

  /** Throws {@link UnknownContact}. */
  get(id: string): Contact {
    const contact = this.#byId.get(id);
    if (contact === undefined) throw new UnknownContact(id);
    return contact;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  byIdentity(identity: Identity): Contact | undefined {
    return this.all().find((contact) => compareIdentities(contact.peer, identity) === 0);
  }

  /**
   * One durable transaction over a contact's rows. If the body throws, nothing has happened. Throws
   * {@link UnknownContact} and what the body throws.
   */
  async change<R>(id: string, body: (tx: Transaction, working: Working) => Promise<R>): Promise<R> {
    const contact = this.get(id);
    const { working, result, last, quarantined } = await this.#database.write(TABLES, async (tx) => {
      const row = await tx.get('contacts', id);
      const stored = await tx.get('sessions', id);
      if (row === undefined || stored === undefined) throw new UnknownContact(id);
      const session = decodeSession(stored.state);
      const working: Working = { id, row, session };
      const result = await body(tx, working);
      await save(tx, working, working.session !== session);
      return {
        working,
        result,
        last: (await tx.list('messages', `${id}/`, 1))[0]?.row,
        quarantined: await tx.count('quarantine', `${id}/`),
      };
    });
    contact.row = working.row;
    contact.session = working.session;
    contact.last = last;
    contact.quarantined = quarantined;
    return result;
  }

  /** Makes a contact in a transaction of the caller's that may also touch its invite. */
  async create<R>(
    id: string,
    body: (tx: Transaction) => Promise<{ readonly working: Working; readonly result: R }>,
  ): Promise<R> {
    const { working, result } = await this.#database.write(TABLES, async (tx) => {
      const made = await body(tx);
      await save(tx, made.working, true);
      return made;
    });
    const known = this.#byId.get(id);
    if (known === undefined) this.#byId.set(id, new Contact(id, working.row, working.session));
    else {
      known.row = working.row;
      known.session = working.session;
      known.liveWindow = newLiveWindow();
    }
    return result;
  }

  async remove(id: string): Promise<void> {
    this.get(id);
    await this.#database.write(TABLES, async (tx) => {
      await tx.delete('contacts', id);
      await tx.delete('sessions', id);
      for (const table of ['messages', 'outbox', 'quarantine'] as const) await tx.deleteAll(table, `${id}/`);
    });
    this.#byId.delete(id);
  }
}

async function save(tx: Transaction, { id, row, session }: Working, advanced: boolean): Promise<void> {
  await tx.put('contacts', id, row);
  if (advanced) await tx.put('sessions', id, { state: encodeSession(session) });
}

/** The causal place of the last message of one side that has at most this number; 0 before the first. */
export async function placeUpTo(
  tx: Transaction,
  contactId: string,
  from: MessageRow['from'],
  number: number,
): Promise<number> {
  const found = await tx.messageUpTo(contactId, from, number);
  return found === undefined ? 0 : placeOf(found.key);
}
