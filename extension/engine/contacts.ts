/**
 * The contacts in memory and the one way to change them: a durable transaction that reads the rows, lets the caller
 * work on copies, writes them back, and only then lets anybody see the new state (invariants 1 and 4).
 */
import {
  decodeIdentity,
  decodeSession,
  encodeIdentity,
  encodeSession,
  type Identity,
  identityHash,
  type LiveWindow,
  moon,
  newLiveWindow,
  type SafetyNumber,
  type Session,
  safetyNumber,
  wipe,
  wipeWithin,
} from '@aside/wasm-crypto';
import { sameBytes } from './encoding.ts';
import type { Database, TouchedMessages, Transaction } from './storage/database.ts';
import {
  type ContactRow,
  contactIdOf,
  type MessageRow,
  placeOf,
  type Rows,
  type TableName,
} from './storage/rows.ts';

/** What a transaction works on: copies, which become the contact's state when it has committed. */
export interface Working {
  readonly id: string;
  /** A shallow copy: members are replaced, never changed in place. */
  readonly row: ContactRow;
  session: Session;
  earlier: Earlier | undefined;
  quarantined: number;
}

/** The session before the present one, which only opens what is late; `until` is set once the new one has opened something. */
interface Earlier {
  readonly session: Session;
  readonly until?: number | undefined;
}

export class Contact {
  readonly id: string;
  row: ContactRow;
  session: Session;
  earlier: Earlier | undefined;
  readonly peer: Identity;
  /** Replay protection of live envelopes; forgotten with the process, as the attempts only rise. */
  liveWindow: LiveWindow = newLiveWindow();
  liveCounter = 0;
  /**
   * The highest attempt at a connection that I made (PROTOCOL 4). The contact drops what is older than the newest that
   * they saw, so it goes to disk with whatever changes the row: a clock that is set back must not make me mute.
   */
  attempt: number;
  /** The last message of the conversation, with its key. */
  last: { readonly key: string; readonly row: MessageRow } | undefined;
  quarantined = 0;
  /** Until this moment their messages above `above` wait for what is missing before them (PROTOCOL 5). */
  hold = NO_HOLD;

  #moon: ReturnType<typeof moon> | undefined;
  #safetyNumber: SafetyNumber | undefined;

  constructor(id: string, row: ContactRow, session: Session) {
    this.id = id;
    this.row = row;
    this.session = session;
    this.peer = decodeIdentity(row.peer);
    this.attempt = row.attempt ?? 0;
  }

  /** What I call them, or what they call themselves; `undefined` until either is known. */
  get name(): string | undefined {
    const name = this.row.alias ?? this.row.changed?.name ?? this.row.name;
    return name === '' ? undefined : name;
  }

  /** Their moon; it is a different one only when the key is. */
  get moon(): ReturnType<typeof moon> {
    this.#moon ??= moon(this.peer);
    return this.#moon;
  }

  /** What the two of us compare, worked out once: the hash is slow on purpose, and many contacts would make a start slow. */
  safetyNumber(mine: Identity): SafetyNumber {
    this.#safetyNumber ??= safetyNumber(mine, this.peer, this.row.safety);
    return this.#safetyNumber;
  }

  /** What memory knows and goes to disk with whatever changes the row. */
  get alongside(): Pick<ContactRow, 'attempt' | 'safety'> {
    const known = this.#safetyNumber;
    return {
      ...(this.attempt > 0 ? { attempt: this.attempt } : {}),
      ...(known === undefined ? {} : { safety: { qr: known.qr, emoji: [...known.emoji] } }),
    };
  }
}

/** Nothing of a contact's waits for a gap to be filled: what stood up to `place`, and numbers up to `number`, are shown. */
export const NO_HOLD = { until: 0, above: { number: 0, place: 0 } };

export class UnknownContact extends Error {
  override readonly name = 'UnknownContact';
  readonly code = 'unknown-contact';
}

/** The tables that a change of a contact may touch. */
const TABLES: readonly TableName[] = ['contacts', 'sessions', 'messages', 'outbox', 'quarantine', 'invites'];

export class Contacts {
  readonly #database: Database;
  readonly #byId = new Map<string, Contact>();
  /** By the contact whom they claim to be, as what each wrote stands in the conversation. */
  #claimants = new Map<string, Contact[]>();
  /** Who became the contact that they claimed to be: what is under way for them is for that one. */
  readonly #succeeded = new Map<string, string>();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(database: Database) {
    this.#database = database;
    database.onMessages((touched) => this.#touched(touched));
  }

  async load(): Promise<void> {
    await this.#database.read(['contacts', 'sessions', 'messages', 'quarantine'], async (tx) => {
      const rows = await tx.list('contacts');
      // All at once: one after the other, each would wait for the database three times.
      const contacts = await Promise.all(rows.map(({ key, row }) => loadContact(tx, key, row)));
      for (const contact of contacts) if (contact !== undefined) this.#byId.set(contact.id, contact);
    });
    this.#noteClaims();
  }

  #noteClaims(): void {
    const line = ({ row }: Contact) => row.keyChanges?.[0]?.place ?? 0;
    const claiming = this.all().filter(({ row }) => row.claims !== undefined);
    this.#claimants = new Map();
    for (const one of claiming.sort((a, b) => line(a) - line(b))) {
      const id = one.row.claims as string;
      this.#claimants.set(id, [...(this.#claimants.get(id) ?? []), one]);
    }
  }

  all(): Contact[] {
    return [...this.#byId.values()];
  }

  /** Those whom the person knows: all but claimants. */
  people(): Contact[] {
    return this.all().filter((contact) => this.person(contact) === contact);
  }

  /** The contact whom somebody claims to be, or they themselves. */
  person(contact: Contact): Contact {
    const { claims } = contact.row;
    return (claims === undefined ? undefined : this.#byId.get(claims)) ?? contact;
  }

  /** Those who claim to be a contact, the one who came last at the end. */
  claimants(id: string): readonly Contact[] {
    return this.#claimants.get(id) ?? [];
  }

  /** Whose messages a conversation is made of, in their order on the screen. */
  partsOf(id: string): Contact[] {
    return [this.get(id), ...this.claimants(id)];
  }

  /** How many messages of a conversation are unread. */
  unreadOf(id: string): number {
    return this.partsOf(id).reduce((sum, { row }) => sum + row.unread, 0);
  }

  /** Whether the person has to decide about a key before anything is written here. */
  isDisputed(id: string): boolean {
    const contact = this.get(id);
    if (contact.row.changed !== undefined) return true;
    return this.person(contact) !== contact || this.claimants(contact.id).length > 0;
  }

  /** Throws {@link UnknownContact}. */
  get(id: string): Contact {
    const contact = this.#byId.get(this.#succeeded.get(id) ?? id);
    if (contact === undefined) throw new UnknownContact(id);
    return contact;
  }

  has(id: string): boolean {
    return this.#byId.has(this.#succeeded.get(id) ?? id);
  }

  /** By the whole of it, as the safety number is made: with one of its keys another, it is another identity. */
  byIdentity(identity: Identity): Contact | undefined {
    const whole = encodeIdentity(identity);
    return this.all().find(({ peer }) => sameBytes(encodeIdentity(peer), whole));
  }

  /** Whose invite it is that names this hash of an identity, by the keys about which nothing is to be decided. */
  byHash(hash: Uint8Array): Contact | undefined {
    const decided = this.people().filter(({ row }) => row.changed === undefined);
    return decided.find(({ peer }) => sameBytes(identityHash(peer), hash));
  }

  /**
   * One durable transaction over a contact's rows; changes of one contact follow one another, so that memory holds
   * what the disk does. If the body throws, nothing has happened. `also` names tables of others that the body touches.
   * Throws {@link UnknownContact} and what the body throws.
   */
  change<R>(
    id: string,
    body: (tx: Transaction, working: Working) => Promise<R>,
    also: readonly TableName[] = [],
  ): Promise<R> {
    return this.#inTurn(id, async () => {
      const successor = this.#succeeded.get(id);
      if (successor !== undefined) return this.change(successor, body, also);
      const contact = this.get(id);
      const { row, session, earlier, quarantined } = contact;
      const working: Working = { id, row: { ...row, ...contact.alongside }, session, earlier, quarantined };
      const result = await this.#database.write([...TABLES, ...also], async (tx) => {
        const result = await body(tx, working);
        save(tx, working, working.session !== session || working.earlier !== earlier);
        await this.#keepLast(tx, contact);
        return result;
      });
      takeOver(contact, working.row);
      contact.session = working.session;
      contact.earlier = working.earlier;
      contact.quarantined = working.quarantined;
      return result;
    });
  }

  /** Makes a contact, or a known one anew, in a transaction that may also touch the invite. */
  create<R>(
    id: string,
    body: (tx: Transaction) => Promise<{ readonly working: Working; readonly result: R }>,
  ): Promise<R> {
    return this.#inTurn(id, async () => {
      // They became somebody else's successor a moment ago: whoever asks finds that one when they ask again.
      if (this.#succeeded.has(id)) throw new UnknownContact(id);
      return this.#make(body);
    });
  }

  /** The last of the claimants becomes the contact, in one transaction; nothing of any of them changes meanwhile. */
  succeed<R>(
    id: string,
    claimants: readonly Contact[],
    body: (tx: Transaction, before: Contact) => Promise<{ readonly working: Working; readonly result: R }>,
  ): Promise<R> {
    const succeed = async () => {
      const before = this.get(id);
      const result = await this.#make(async (tx) => {
        const made = await body(tx, before);
        for (const claimant of claimants) deleteAllOf(tx, claimant.id);
        return made;
      });
      for (const claimant of claimants) this.#byId.delete(claimant.id);
      const chosen = claimants.at(-1);
      if (chosen !== undefined) this.#succeeded.set(chosen.id, id);
      this.#noteClaims();
      return result;
    };
    const inTurns = claimants.reduce(
      (work, { id }) =>
        () =>
          this.#inTurn(id, work),
      succeed,
    );
    return this.#inTurn(id, inTurns);
  }

  async #make<R>(
    body: (tx: Transaction) => Promise<{ readonly working: Working; readonly result: R }>,
  ): Promise<R> {
    const { working, result } = await this.#database.write(TABLES, async (tx) => {
      const made = await body(tx);
      save(tx, made.working, true);
      return made;
    });
    const { id, row } = working;
    const known = this.#byId.get(id);
    // What is drawn from an identity, the moon and the safety number, is another one's with another key.
    const contact =
      known !== undefined && sameBytes(known.row.peer, row.peer)
        ? known
        : new Contact(id, row, working.session);
    takeOver(contact, row);
    contact.session = working.session;
    contact.earlier = working.earlier;
    contact.quarantined = working.quarantined;
    contact.liveWindow = newLiveWindow();
    contact.last = await this.#database.read(
      ['messages'],
      async (tx) => (await tx.list('messages', `${id}/`, 1))[0],
    );
    this.#byId.set(id, contact);
    this.#noteClaims();
    return result;
  }

  #inTurn<R>(id: string, work: () => Promise<R>): Promise<R> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work);
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#turns.set(id, settled);
    void settled.then(() => {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    });
    return turn;
  }

  /** Looks for the last message again, where the transaction takes away the one that was. */
  async #keepLast(tx: Transaction, { id, last }: Contact): Promise<void> {
    if (last === undefined || !tx.touched.has(last.key) || tx.touched.get(last.key) !== undefined) return;
    const found = (await tx.list('messages', `${id}/`, 1))[0];
    if (found !== undefined) tx.touched.set(found.key, found.row);
  }

  #touched(touched: TouchedMessages): void {
    for (const [key, row] of touched) {
      const contact = this.#byId.get(contactIdOf(key));
      if (contact === undefined) continue;
      const { last } = contact;
      const gone = last !== undefined && touched.has(last.key) && touched.get(last.key) === undefined;
      if (gone) contact.last = undefined;
      if (row !== undefined && (gone || last === undefined || key >= last.key)) contact.last = { key, row };
    }
  }

  /** Overwrites what is secret in every contact. Once nothing is under way any more, and nothing comes after it. */
  wipe(): void {
    for (const { session, earlier, row } of this.all()) {
      const { read, next, rendezvous, recovery, guestPasses } = row;
      wipeWithin([session, earlier, read, next, rendezvous, recovery, guestPasses]);
    }
  }

  remove(id: string): Promise<void> {
    return this.#inTurn(id, async () => {
      this.get(id);
      await this.#database.write(TABLES, async (tx) => deleteAllOf(tx, id));
      this.#byId.delete(id);
      this.#noteClaims();
    });
  }
}

/** A row that is on the disk becomes the contact's. Keys that wait in it for no answer any more are nobody's. */
function takeOver(contact: Contact, row: ContactRow): void {
  const { mine } = contact.row.recovery;
  if (mine !== undefined && row.recovery.mine?.keys !== mine.keys) wipe(mine.keys);
  contact.row = row;
}

function deleteAllOf(tx: Transaction, id: string): void {
  tx.delete('contacts', id);
  tx.delete('sessions', id);
  for (const table of ['messages', 'outbox', 'quarantine'] as const) tx.deleteAll(table, `${id}/`);
}

/** What memory holds of a contact, from the disk; nothing of a row without a session. */
async function loadContact(tx: Transaction, id: string, row: ContactRow): Promise<Contact | undefined> {
  const [session, [last], quarantined] = await Promise.all([
    tx.get('sessions', id),
    tx.list('messages', `${id}/`, 1),
    tx.count('quarantine', `${id}/`),
  ]);
  if (session === undefined) return undefined;
  const contact = new Contact(id, row, decodeSession(session.state));
  const { earlier } = session;
  if (earlier !== undefined)
    contact.earlier = { session: decodeSession(earlier.state), until: earlier.until };
  wipeWithin(session);
  contact.last = last;
  // Also in rows that knew of no clock: what is written now comes behind all that there is.
  if (last !== undefined) row.clock = Math.max(row.clock, placeOf(last.key));
  contact.quarantined = quarantined;
  return contact;
}

function save(tx: Transaction, { id, row, session, earlier }: Working, advanced: boolean): void {
  tx.put('contacts', id, row);
  if (!advanced) return;
  const state = encodeSession(session);
  const stored = { state, ...(earlier === undefined ? {} : { earlier: encodeEarlier(earlier) }) };
  tx.put('sessions', id, stored);
  wipeWithin(stored);
}

function encodeEarlier({ session, until }: Earlier): NonNullable<Rows['sessions']['earlier']> {
  return { state: encodeSession(session), ...(until === undefined ? {} : { until }) };
}
