/**
 * How what is sealed reaches contacts: over the connection where there is one, else into their mailbox, in order, the same
 * bytes as often as it takes. What a crash makes this forget is sent once more, and nothing else (PROTOCOL 5).
 */
import type { Refusal } from '@aside/signal/protocol';
import type { FailureReason } from '../bridge/types/snapshots.ts';
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import { sameBytes } from './encoding.ts';
import type { Answer } from './mail/requests.ts';
import { detach } from './report.ts';
import { step } from './steps.ts';
import type { Database, Transaction } from './storage/database.ts';
import { type MessageRow, type OutboxRow, outboxKey } from './storage/rows.ts';
import { Surely } from './surely.ts';

/** Envelopes of one contact that may be under way to a server unanswered: enough to fill a line, few to repeat. */
const PIPELINE = 32;
/** How often it is looked whether a server has dropped what was stored there. Milliseconds. */
const LOOK_FOR_EXPIRED = 3600_000;
/** What is stored by a server that has not said how long it keeps it, as I read nothing there, is kept for so long. Milliseconds. */
const USUAL_RETENTION = 14 * 24 * 3600_000;
/** When this device wakes after a long sleep, what was taken meanwhile is confirmed within this. Milliseconds. */
const CONFIRMED_AFTER = 60_000;
/**
 * What went over a connection is noted only where no receipt has come within this: nearly always one has, with more to note,
 * and the disk and the screens of both have better to do while a message is on its way. Milliseconds.
 */
const NOTED_AFTER = 1000;
/** What was refused and is no message is tried again after this, and each time after twice as long, to the most. Milliseconds. */
const REFUSED_AGAIN = 1000;
const REFUSED_AGAIN_MAX = 3600_000;

export type Delivery = NonNullable<MessageRow['delivery']>;

export interface Item {
  readonly key: string;
  readonly contactId: string;
  readonly number: number | undefined;
  readonly envelope: Uint8Array;
  messageKey: string | undefined;
  via: OutboxRow['via'];
  /** Sealed, or handed to the mailbox since. */
  at: number;
  /** A server has been asked to store it. */
  busy: boolean;
  /** The database knows that it went over the connection. */
  noted: boolean;
  /** How often a server has refused it for good. */
  refusals: number;
}

/** Mailbox and connection are pumped apart, or a server that does not answer would hold up the connection. */
type Lane = 'mailbox' | 'connection';

export interface SendingOptions {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly clock: Clock;
  /** Sends over the open connection; `false` where there is none. */
  overConnection(contactId: string, envelope: Uint8Array): Promise<boolean>;
  isConnected(contactId: string): boolean;
  /** Stores at the contact's server. */
  toMailbox(contactId: string, envelope: Uint8Array): Promise<Answer>;
  /** Milliseconds that the contact's server keeps an envelope, where that is known. */
  retention(contactId: string): number | undefined;
  /** A message changed its delivery. */
  changed(contactId: string): void;
  /** A contact has not taken from their mailbox what was put there, for as long as it is kept. */
  unheard(contactId: string): Promise<void>;
  /** The first envelope for an accepted invite reached the server. */
  reachedMailbox(contactId: string): void;
}

export class Sending {
  readonly #options: SendingOptions;
  readonly #items = new Map<string, Map<string, Item>>();
  readonly #pumping = new Map<string, { again: boolean }>();
  readonly #pausedUntil = new Map<string, number>();
  readonly #surely: Surely;
  /** Contacts of whom it is soon looked what has to be noted as sent. */
  readonly #noting = new Set<string>();

  constructor(options: SendingOptions) {
    this.#options = options;
    this.#surely = new Surely(options.clock);
  }

  async load(): Promise<void> {
    const rows = await this.#options.database.read(['outbox'], (tx) => tx.list('outbox'));
    const lost = new Map<string, Item[]>();
    for (const { key, row } of rows) {
      const item = this.#add(key, row);
      if (row.via === 'connection') lost.set(row.contact, [...(lost.get(row.contact) ?? []), item]);
    }
    // As far as is known nobody has them, which a crash left unsaid.
    for (const items of lost.values()) await this.#note(items, { state: 'waiting' });
    this.#lookForExpired();
  }

  /** What a server has dropped unread goes there again (PROTOCOL 5). */
  #lookForExpired(): void {
    const { clock, contacts, retention, unheard } = this.#options;
    clock.after(LOOK_FOR_EXPIRED, () => this.#lookForExpired());
    for (const [contactId, items] of this.#items) {
      if (!contacts.has(contactId)) continue;
      const now = clock.now();
      const before = now - (retention(contactId) ?? USUAL_RETENTION);
      const stored = [...items.values()].filter(({ via }) => via === 'mailbox');
      const expired = stored.filter(({ at }) => at < before);
      // Stored by a clock that was put back since: how long it has lain there nobody knows.
      const again = [...expired, ...stored.filter(({ at }) => at > now)];
      if (again.length === 0) continue;
      for (const item of again) item.via = 'none';
      this.pump(contactId);
      const isUnheard = () => expired.some((item) => this.item(contactId, item.key) === item);
      clock.after(CONFIRMED_AFTER, () => {
        void this.#surely.do(`unheard ${contactId}`, () => unheard(contactId), isUnheard);
      });
    }
  }

  /** Takes over what a transaction put into the outbox, and sends it. */
  begin(key: string, row: OutboxRow): void {
    this.#add(key, row);
    this.pump(row.contact);
  }

  /** What is on its way, by its row's key. */
  item(contactId: string, key: string): Item | undefined {
    return this.#items.get(contactId)?.get(key);
  }

  /** These rows are gone: they were confirmed. */
  drop(contactId: string, keys: readonly string[]): void {
    const items = this.#items.get(contactId);
    for (const key of keys) items?.delete(key);
  }

  /** Sends a failed one again. */
  async again(item: Item): Promise<void> {
    const { via } = item;
    item.via = 'none';
    try {
      await this.#mark([item], { state: 'waiting' });
    } catch (error) {
      if (item.via === 'none') item.via = via;
      throw error;
    }
    this.pump(item.contactId);
  }

  /** They hold later numbers but not these: whoever took them did not bring them. The same bytes go again. */
  resend(contactId: string, numbers: readonly number[]): void {
    for (const number of numbers) {
      const item = this.#items.get(contactId)?.get(outboxKey(contactId, number));
      if (item !== undefined) item.via = 'none';
    }
    if (numbers.length > 0) this.pump(contactId);
  }

  /** The connection is gone: what went over it without a receipt goes to the mailbox. */
  disconnected(contactId: string): void {
    const lost = [...(this.#items.get(contactId)?.values() ?? [])].filter(({ via }) => via === 'connection');
    for (const item of lost) item.via = 'none';
    // Before the mailbox takes them: nobody has them until then, as far as is known here.
    detach(
      this.#note(
        lost.filter(({ noted }) => noted),
        { state: 'waiting' },
      ),
    );
    this.pump(contactId);
  }

  /** The connection is open: everything without a receipt goes over it, as whatever the server holds may be late. */
  connected(contactId: string): void {
    for (const item of this.#items.get(contactId)?.values() ?? []) item.via = 'none';
    this.pump(contactId);
  }

  /** The contact can be reached again (a new mailbox, a sign of life): failures get another chance. */
  revive(contactId: string): void {
    for (const item of this.#items.get(contactId)?.values() ?? [])
      if (item.via === 'failed') item.via = 'none';
    this.#pausedUntil.delete(contactId);
    this.pump(contactId);
  }

  /** Whether nothing of mine has reached the contact's mailbox yet. */
  waitingForFirst(contactId: string): boolean {
    return [...(this.#items.get(contactId)?.values() ?? [])].some(
      ({ number, via }) =>
        number === this.#options.contacts.get(contactId).row.confirmed + 1 &&
        (via === 'none' || via === 'failed'),
    );
  }

  forget(contactId: string): void {
    this.#items.delete(contactId);
  }

  /** Pumps every contact: a server came online. */
  pumpAll(): void {
    for (const contactId of this.#items.keys()) this.pump(contactId);
  }

  /** Sends what waits, in order, over whatever stands; asked for while it runs, it runs once more. */
  pump(contactId: string): void {
    const lane: Lane = this.#options.isConnected(contactId) ? 'connection' : 'mailbox';
    const name = `${lane} ${contactId}`;
    const running = this.#pumping.get(name);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const state = { again: false };
    this.#pumping.set(name, state);
    detach(this.#pumpWhile(contactId, lane, name, state));
  }

  async #pumpWhile(contactId: string, lane: Lane, name: string, state: { again: boolean }): Promise<void> {
    try {
      do {
        state.again = false;
        if (lane === 'connection') await this.#pumpConnection(contactId);
        else await this.#pumpMailbox(contactId);
      } while (state.again);
    } finally {
      this.#pumping.delete(name);
    }
    // What could not be finished here, because the connection came or went meanwhile, is the other lane's.
    const other = this.#options.isConnected(contactId) ? 'connection' : 'mailbox';
    if (other !== lane && this.#waiting(contactId).length > 0) this.pump(contactId);
  }

  #waiting(contactId: string): Item[] {
    return [...(this.#items.get(contactId)?.values() ?? [])].filter(({ via }) => via === 'none');
  }

  async #pumpConnection(contactId: string): Promise<void> {
    let sent = false;
    for (const item of this.#waiting(contactId)) {
      if (!(await this.#options.overConnection(contactId, item.envelope))) break;
      item.via = 'connection';
      item.noted = false;
      sent = true;
    }
    if (!sent) return;
    if (__ASIDE_STEP_HOOKS__) await step('send:handed-over');
    this.#noteSoon(contactId);
  }

  /** Notes after a moment, and all at once, what went over the connection and has no receipt. */
  #noteSoon(contactId: string): void {
    if (this.#noting.has(contactId)) return;
    this.#noting.add(contactId);
    this.#options.clock.after(NOTED_AFTER, () => {
      this.#noting.delete(contactId);
      const items = [...(this.#items.get(contactId)?.values() ?? [])];
      detach(this.#noteSent(items.filter(({ via, noted }) => via === 'connection' && !noted)));
    });
  }

  async #noteSent(sent: readonly Item[]): Promise<void> {
    if (sent.length === 0) return;
    for (const item of sent) item.noted = true;
    await this.#note(sent, { state: 'sent' });
    if (__ASIDE_STEP_HOOKS__) await step('send:marked');
  }

  async #pumpMailbox(contactId: string): Promise<void> {
    if ((this.#pausedUntil.get(contactId) ?? 0) > this.#options.clock.now()) return;
    const waiting = this.#waiting(contactId).filter(({ busy }) => !busy);
    for (let at = 0; at < waiting.length; at += PIPELINE) {
      // The connection may have come, or the contact may have been removed, since the last of them.
      const batch = waiting.slice(at, at + PIPELINE).filter((item) => this.#isPresent(item));
      if (this.#options.isConnected(contactId)) return;
      const answers = await Promise.all(batch.map((item) => this.#store(item)));
      if (answers.includes('later')) return;
    }
  }

  #isPresent(item: Item): boolean {
    return item.via === 'none' && this.#items.get(item.contactId)?.get(item.key) === item;
  }

  async #store(item: Item): Promise<'stored' | 'failed' | 'later'> {
    item.busy = true;
    const answer = await this.#options.toMailbox(item.contactId, item.envelope);
    item.busy = false;
    if (!this.#isPresent(item)) return 'stored';
    if (answer.kind === 'done' && answer.outcome === 'stored') {
      if (__ASIDE_STEP_HOOKS__) await step('send:handed-over');
      item.via = 'mailbox';
      item.at = this.#options.clock.now();
      await this.#note([item], { state: 'sent' });
      this.#options.reachedMailbox(item.contactId);
      if (__ASIDE_STEP_HOOKS__) await step('send:marked');
      return 'stored';
    }
    if (answer.kind !== 'refused') return 'later';
    const reason = failureOf(answer.reason);
    if (reason === undefined) {
      const wait = Math.max(answer.retryAfter, 500);
      this.#pausedUntil.set(item.contactId, this.#options.clock.now() + wait);
      this.#options.clock.after(wait + 1, () => {
        // Also by a clock that was put back meanwhile.
        this.#pausedUntil.delete(item.contactId);
        this.pump(item.contactId);
      });
      return 'later';
    }
    item.via = 'failed';
    await this.#note([item], { state: 'failed', reason });
    if (item.messageKey === undefined) this.#againLater(item);
    return 'failed';
  }

  /** Of what is no message nobody sees that it has failed, or asks for it again: it goes again by itself. */
  #againLater(item: Item): void {
    const wait = Math.min(REFUSED_AGAIN * 2 ** item.refusals++, REFUSED_AGAIN_MAX);
    this.#options.clock.after(wait, () => {
      if (item.via !== 'failed' || this.item(item.contactId, item.key) !== item) return;
      item.via = 'none';
      this.pump(item.contactId);
    });
  }

  /** Notes where things are, later where the disk does not take it: what else waits must not wait for that. */
  async #note(items: readonly Item[], delivery: Delivery): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    const { via } = first;
    const left = () =>
      items.filter((item) => item.via === via && this.item(item.contactId, item.key) === item);
    await this.#surely.do(`${first.key} ${via}`, () => this.#mark(left(), delivery));
  }

  /** A crash that forgets it costs a resend of the same bytes and nothing else. */
  async #mark(items: readonly Item[], delivery: Delivery): Promise<void> {
    if (items.length === 0) return;
    const contactId = items[0]!.contactId;
    await this.#options.database.writeLazily(['outbox', 'messages'], async (tx) => {
      for (const item of items) {
        const row = await tx.get('outbox', item.key);
        if (row === undefined) continue;
        // A newer receipt, or what fills a discarded number, may have taken the row: this one's bytes are gone.
        if (!sameBytes(row.envelope, item.envelope)) continue;
        if (item.number === undefined && delivery.state === 'sent') tx.delete('outbox', item.key);
        else tx.put('outbox', item.key, { ...row, via: item.via, at: item.at });
        if (row.messageKey !== undefined) await setDelivery(tx, row.messageKey, delivery);
      }
    });
    for (const item of items) {
      const present = this.#items.get(contactId)?.get(item.key);
      if (present === item && item.number === undefined && delivery.state === 'sent') {
        this.#items.get(contactId)?.delete(item.key);
      }
    }
    this.#options.changed(contactId);
  }

  #add(key: string, row: OutboxRow): Item {
    const items = this.#items.get(row.contact) ?? new Map<string, Item>();
    this.#items.set(row.contact, items);
    // After a start nothing is connected, so what went over a connection starts from the beginning. What is no message
    // has nobody who asks for it again.
    const isLost = row.via === 'connection' || (row.via === 'failed' && row.messageKey === undefined);
    const via = isLost ? 'none' : row.via;
    const item: Item = {
      key,
      contactId: row.contact,
      number: row.number,
      envelope: row.envelope,
      messageKey: row.messageKey,
      via,
      at: row.at,
      busy: false,
      noted: false,
      refusals: 0,
    };
    items.set(key, item);
    return item;
  }
}

/** Notes on a message how far it has come, inside the caller's transaction. */
export async function setDelivery(tx: Transaction, key: string, delivery: Delivery): Promise<void> {
  const row = await tx.get('messages', key);
  // Nothing comes after delivered: a late word of a server is no news.
  if (row === undefined || row.delivery?.state === 'delivered') return;
  tx.put('messages', key, { ...row, delivery });
}

/** Reasons that a person has to know of; for the others time is the answer. */
function failureOf(reason: Refusal): FailureReason | undefined {
  switch (reason) {
    case 'mailbox-full':
      return 'mailbox-full';
    case 'mailbox-unknown':
      return 'mailbox-gone';
    case 'too-large':
      return 'too-large';
    case 'server-busy':
    case 'rate':
      return undefined;
    default:
      return 'refused';
  }
}
