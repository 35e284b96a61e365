/**
 * What is on its way to contacts. Sealing, the outbox row and the message commit in one transaction before a byte
 * leaves; the sealed bytes stay until the contact's receipt, and every resend is those bytes (PROTOCOL 5).
 */

import type { Refusal } from '@aside/signal/protocol';
import { randomBytes } from '@aside/wasm-crypto';
import { BridgeError, type FailureReason } from '../bridge/types.ts';
import type { Clock } from './clock.ts';
import type { Contacts, Working } from './contacts.ts';
import type { Content, Draft } from './content.ts';
import type { Drafts } from './drafts.ts';
import { sameBytes, toHex } from './encoding.ts';
import { accept } from './hiding.ts';
import type { Answer } from './mail/requests.ts';
import { noteDelivered } from './placing.ts';
import { detach } from './report.ts';
import { runFor, runOf } from './runs.ts';
import { frameOf, placed, putSealed, type Sealed } from './sealing.ts';
import { step } from './steps.ts';
import type { Database, Transaction } from './storage/database.ts';
import { type MessageRow, messageKey, type OutboxRow, outboxKey, placeOf } from './storage/rows.ts';

/** Envelopes of one contact that may be under way to a server unanswered: enough to fill a line, few to repeat. */
const PIPELINE = 32;
/** How often it is looked whether a server has dropped what was stored there. Milliseconds. */
const LOOK_FOR_EXPIRED = 3600_000;
/** What is stored by a server that has not said how long it keeps it, as I read nothing there, is kept for so long. Milliseconds. */
const USUAL_RETENTION = 14 * 24 * 3600_000;
/** When this device wakes after a long sleep, what was taken meanwhile is confirmed within this. Milliseconds. */
const CONFIRMED_AFTER = 60_000;

type Delivery = NonNullable<MessageRow['delivery']>;

interface Item {
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
}

/** Mailbox and connection are pumped apart, or a server that does not answer would hold up the connection. */
type Lane = 'mailbox' | 'connection';

export interface OutboxOptions {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly drafts: Drafts;
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
  unheard(contactId: string): void;
  /** The first envelope for an accepted invite reached the server. */
  reachedMailbox(contactId: string): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #items = new Map<string, Map<string, Item>>();
  readonly #pumping = new Map<string, { again: boolean }>();
  readonly #pausedUntil = new Map<string, number>();
  /** The name of this run of the engine: it is never read back, so that no state that was put back has it. */
  readonly #run = toHex(randomBytes(4));

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    const rows = await this.#options.database.read(['outbox'], (tx) => tx.list('outbox'));
    for (const { key, row } of rows) this.#add(key, row);
    this.#lookForExpired();
  }

  /** What a server has dropped unread goes there again (PROTOCOL 5). */
  #lookForExpired(): void {
    const { clock, contacts, retention, unheard } = this.#options;
    clock.after(LOOK_FOR_EXPIRED, () => this.#lookForExpired());
    for (const [contactId, items] of this.#items) {
      if (!contacts.has(contactId)) continue;
      const before = clock.now() - (retention(contactId) ?? USUAL_RETENTION);
      const expired = [...items.values()].filter(({ via, at }) => via === 'mailbox' && at < before);
      if (expired.length === 0) continue;
      for (const item of expired) item.via = 'none';
      this.pump(contactId);
      clock.after(CONFIRMED_AFTER, () => {
        if (expired.some((item) => this.#items.get(contactId)?.get(item.key) === item)) unheard(contactId);
      });
    }
  }

  /**
   * Seals content inside the caller's transaction and puts it into the outbox; {@link committed} follows. Throws a
   * `BridgeError` with `key-changed` while that is undecided.
   */
  async seal(tx: Transaction, working: Working, draft: Draft, at: number): Promise<Sealed> {
    const { id, row } = working;
    // Until the person has decided about a changed key, either gets nothing but what keeps the two in step.
    if (draft.kind === 'text' && this.#options.contacts.isDisputed(id)) throw new BridgeError('key-changed');
    const content = placed(row, draft, this.#run);
    if (content.kind !== 'receipt') row.sent = content.number;
    row.receiptDue = false;
    let key: string | undefined;
    if (content.kind === 'text') {
      key = messageKey(id, content.order, content.id);
      tx.put('messages', key, {
        id: content.id,
        from: 'me',
        number: content.number,
        text: content.text,
        at,
        delivery: { state: 'waiting' },
      });
    }
    return putSealed(tx, working, content, at, key);
  }

  /** Seals a text of mine anew, after the session was. Where it stands stays, on both screens. */
  sealAgain(tx: Transaction, working: Working, key: string, message: MessageRow): Sealed {
    const { row } = working;
    const number = ++row.sent;
    const { id, text, at } = message;
    tx.put('messages', key, { ...message, delivery: { state: 'waiting' }, sealed: number });
    const frame = { ...frameOf(row), run: runFor(row, this.#run, number) } as const;
    const order = placeOf(key);
    return putSealed(
      tx,
      working,
      { ...frame, kind: 'text', number, id, order, begun: row.begun, text },
      at,
      key,
    );
  }

  /** Takes over what {@link seal} made, once its transaction is on disk. */
  committed(sealed: Sealed): void {
    this.#add(sealed.key, sealed.row);
    this.pump(sealed.row.contact);
  }

  /**
   * Writes a text to a contact, who is accepted by it; resolves with its id when it is safe on disk. It is a draft until
   * then and none from then on, wherever the engine is stopped.
   */
  async write(contactId: string, text: string): Promise<string> {
    const { contacts, drafts, clock } = this.#options;
    const id = toHex(randomBytes(16));
    if (__ASIDE_STEP_HOOKS__) await step('send:before-commit');
    const write = (tx: Transaction, working: Working) => {
      accept(working.row);
      drafts.take(tx, contactId, text);
      return this.seal(tx, working, { kind: 'text', id, text }, clock.now());
    };
    const sealed = await contacts.change(contactId, write, ['drafts']);
    if (__ASIDE_STEP_HOOKS__) await step('send:committed');
    drafts.taken(contactId, text);
    this.committed(sealed);
    this.#options.changed(contactId);
    return id;
  }

  /** Sends a receipt, where one is owed. */
  async writeReceipt(contactId: string): Promise<void> {
    const sealed = await this.#options.contacts.change(contactId, async (tx, working) =>
      working.row.receiptDue
        ? this.seal(tx, working, { kind: 'receipt' }, this.#options.clock.now())
        : undefined,
    );
    if (__ASIDE_STEP_HOOKS__) await step('receive:receipt-committed');
    if (sealed !== undefined) this.committed(sealed);
  }

  /**
   * Inside the caller's transaction: the contact confirmed these numbers of mine. Their sealed bytes go, and their
   * messages are delivered. Call {@link confirmedInMemory} after the commit.
   */
  async confirm(
    tx: Transaction,
    working: Working,
    seen: number,
    beyond: readonly number[],
  ): Promise<string[]> {
    const { id, row } = working;
    // A number that I never sent would come from a copy of theirs that met another copy of mine; it confirms nothing.
    const upTo = Math.min(seen, row.sent);
    const numbers = beyond.filter((number) => number > upTo && number <= row.sent);
    for (let number = row.confirmed + 1; number <= upTo; number++) numbers.push(number);
    row.confirmed = Math.max(row.confirmed, upTo);
    const gone: string[] = [];
    for (const number of numbers) {
      const key = outboxKey(id, number);
      const item = this.#items.get(id)?.get(key);
      if (item === undefined) continue;
      tx.delete('outbox', key);
      gone.push(key);
      if (item.messageKey === undefined) continue;
      noteDelivered(row, placeOf(item.messageKey));
      await setDelivery(tx, item.messageKey, { state: 'delivered' });
    }
    return gone;
  }

  confirmedInMemory(contactId: string, keys: readonly string[]): void {
    const items = this.#items.get(contactId);
    for (const key of keys) items?.delete(key);
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
    for (const item of this.#items.get(contactId)?.values() ?? []) {
      if (item.via === 'connection') item.via = 'none';
    }
    this.pump(contactId);
  }

  /** The connection is open: everything without a receipt goes over it, as whatever the server holds may be late. */
  connected(contactId: string): void {
    for (const item of this.#items.get(contactId)?.values() ?? []) {
      if (item.via !== 'connection') item.via = 'none';
    }
    this.pump(contactId);
  }

  /** The contact can be reached again (a new mailbox, a sign of life): failures get another chance. */
  revive(contactId: string): void {
    for (const item of this.#items.get(contactId)?.values() ?? [])
      if (item.via === 'failed') item.via = 'none';
    this.#pausedUntil.delete(contactId);
    this.pump(contactId);
  }

  /** Tries one failed message again; `false` where it is not in the outbox (any more). */
  async retry(contactId: string, messageId: string): Promise<boolean> {
    const found = await this.#options.database.read(['messages'], (tx) =>
      tx.messageById(contactId, 'me', messageId),
    );
    if (found !== undefined && isForOldKey(found.row)) return this.#writeAnew(contactId, messageId);
    const item = found && this.#items.get(contactId)?.get(outboxKey(contactId, numberOf(found.row)));
    if (item === undefined) return false;
    item.via = 'none';
    await this.#mark([item], { state: 'waiting' });
    this.pump(contactId);
    return true;
  }

  /** A message for a key that is gone, written once more, to the present one. */
  async #writeAnew(contactId: string, messageId: string): Promise<boolean> {
    const { contacts, clock, changed } = this.#options;
    const sealed = await contacts.change(contactId, async (tx, working) => {
      const found = await tx.messageById(contactId, 'me', messageId);
      if (found === undefined || !isForOldKey(found.row)) return undefined;
      tx.delete('messages', found.key);
      return this.seal(tx, working, { kind: 'text', id: messageId, text: found.row.text }, clock.now());
    });
    if (sealed === undefined) return false;
    this.committed(sealed);
    changed(contactId);
    return true;
  }

  /**
   * Removes a failed message of mine. Its number is filled by an empty content, or the contact would wait for it for
   * ever; should the message have arrived all the same, the filling is ignored there.
   */
  async discard(contactId: string, messageId: string): Promise<boolean> {
    const sealed = await this.#options.contacts.change(contactId, async (tx, working) => {
      const found = await tx.messageById(contactId, 'me', messageId);
      if (found?.row.delivery?.state !== 'failed') return 'unknown';
      tx.delete('messages', found.key);
      // Its number was another key's: the present one does not wait for it.
      if (isForOldKey(found.row)) return 'gone';
      const number = numberOf(found.row);
      const content: Content = {
        ...frameOf(working.row),
        kind: 'void',
        number,
        run: runOf(working.row.runs, number),
      };
      return putSealed(tx, working, content, this.#options.clock.now(), undefined);
    });
    if (sealed === 'unknown') return false;
    if (sealed !== 'gone') this.committed(sealed);
    this.#options.changed(contactId);
    return true;
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
    const sent: Item[] = [];
    for (const item of this.#waiting(contactId)) {
      if (!(await this.#options.overConnection(contactId, item.envelope))) break;
      item.via = 'connection';
      sent.push(item);
    }
    if (sent.length === 0) return;
    if (__ASIDE_STEP_HOOKS__) await step('send:handed-over');
    await this.#mark(sent, { state: 'sent' });
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
      await this.#mark([item], { state: 'sent' });
      this.#options.reachedMailbox(item.contactId);
      if (__ASIDE_STEP_HOOKS__) await step('send:marked');
      return 'stored';
    }
    if (answer.kind !== 'refused') return 'later';
    const reason = failureOf(answer.reason);
    if (reason === undefined) {
      const wait = Math.max(answer.retryAfter, 500);
      this.#pausedUntil.set(item.contactId, this.#options.clock.now() + wait);
      this.#options.clock.after(wait + 1, () => this.pump(item.contactId));
      return 'later';
    }
    item.via = 'failed';
    await this.#mark([item], { state: 'failed', reason });
    return 'failed';
  }

  /** Notes where things are; a crash that forgets it costs a resend of the same bytes and nothing else. */
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

  #add(key: string, row: OutboxRow): void {
    const items = this.#items.get(row.contact) ?? new Map<string, Item>();
    this.#items.set(row.contact, items);
    // After a start nothing is connected, so what went over a connection starts from the beginning.
    const via = row.via === 'connection' ? 'none' : row.via;
    items.set(key, {
      key,
      contactId: row.contact,
      number: row.number,
      envelope: row.envelope,
      messageKey: row.messageKey,
      via,
      at: row.at,
      busy: false,
    });
  }
}

/** The number under which a message of mine is in the outbox. */
function numberOf({ number, sealed }: MessageRow): number {
  return sealed ?? number;
}

function isForOldKey({ delivery }: MessageRow): boolean {
  return delivery?.state === 'failed' && delivery.reason === 'key-changed';
}

async function setDelivery(tx: Transaction, key: string, delivery: Delivery): Promise<void> {
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
