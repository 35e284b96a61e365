/**
 * What I write to contacts. Sealing, the outbox row and the message commit in one transaction before a byte leaves; the
 * sealed bytes stay until the contact's receipt, and every resend is those bytes (PROTOCOL 5). How they go: sending.ts.
 */

import { randomBytes } from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import type { Clock } from './clock.ts';
import type { Contacts, Working } from './contacts.ts';
import type { Content, Draft } from './content.ts';
import type { Drafts } from './drafts.ts';
import { toHex } from './encoding.ts';
import { accept } from './hiding.ts';
import { noteDelivered } from './placing.ts';
import { runFor, runOf } from './runs.ts';
import { frameOf, placed, putSealed, type Sealed } from './sealing.ts';
import { type Sending, setDelivery } from './sending.ts';
import { step } from './steps.ts';
import type { Database, Transaction } from './storage/database.ts';
import { type MessageRow, messageKey, outboxKey, placeOf } from './storage/rows.ts';

export interface OutboxOptions {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly drafts: Drafts;
  readonly sending: Sending;
  readonly clock: Clock;
  /** A message changed its delivery. */
  changed(contactId: string): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly sending: Sending;
  /** The name of this run of the engine: it is never read back, so that no state that was put back has it. */
  readonly #run = toHex(randomBytes(4));

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.sending = options.sending;
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
    if (content.kind === 'profile') row.toldName = content.name;
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
    this.sending.begin(sealed.key, sealed.row);
  }

  /**
   * Writes a text to a contact, who is accepted by it; resolves with its id when it is safe on disk. It is a draft until
   * then and none from then on, wherever the engine is stopped.
   */
  async write(contactId: string, text: string): Promise<string> {
    const { contacts, drafts, clock, changed } = this.#options;
    const id = toHex(randomBytes(16));
    // At once: what comes after the command is written meanwhile.
    const leaving = drafts.leave(contactId, text);
    if (__ASIDE_STEP_HOOKS__) await step('send:before-commit');
    const write = (tx: Transaction, working: Working) => {
      accept(working.row);
      drafts.take(tx, contactId, leaving);
      return this.seal(tx, working, { kind: 'text', id, text }, clock.now());
    };
    let sealed: Sealed;
    try {
      sealed = await contacts.change(contactId, write, ['drafts']);
    } catch (error) {
      drafts.stay(contactId, leaving);
      changed(contactId);
      throw error;
    }
    if (__ASIDE_STEP_HOOKS__) await step('send:committed');
    drafts.left(contactId, leaving);
    this.committed(sealed);
    changed(contactId);
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
   * Inside the caller's transaction: the contact confirmed these numbers, all of which I gave (`confirmedBy`). Their
   * sealed bytes go, and their messages are delivered. Call `sending.drop` with what it returns after the commit.
   */
  async confirm(
    tx: Transaction,
    working: Working,
    seen: number,
    beyond: readonly number[],
  ): Promise<string[]> {
    const { id, row } = working;
    const numbers = beyond.filter((number) => number > seen);
    for (let number = row.confirmed + 1; number <= seen; number++) numbers.push(number);
    row.confirmed = Math.max(row.confirmed, seen);
    const gone: string[] = [];
    for (const number of numbers) {
      const key = outboxKey(id, number);
      const item = this.sending.item(id, key);
      if (item === undefined) continue;
      tx.delete('outbox', key);
      gone.push(key);
      if (item.messageKey === undefined) continue;
      noteDelivered(row, placeOf(item.messageKey));
      await setDelivery(tx, item.messageKey, { state: 'delivered' });
    }
    return gone;
  }

  /** Tries one failed message again; `false` where it is not in the outbox (any more). */
  async retry(contactId: string, messageId: string): Promise<boolean> {
    const found = await this.#options.database.read(['messages'], (tx) =>
      tx.messageById(contactId, 'me', messageId),
    );
    if (found !== undefined && isForOldKey(found.row)) return this.#writeAnew(contactId, messageId);
    const item = found && this.sending.item(contactId, outboxKey(contactId, numberOf(found.row)));
    if (item === undefined) return false;
    await this.sending.again(item);
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
}

/** The number under which a message of mine is in the outbox. */
function numberOf({ number, sealed }: MessageRow): number {
  return sealed ?? number;
}

function isForOldKey({ delivery }: MessageRow): boolean {
  return delivery?.state === 'failed' && delivery.reason === 'key-changed';
}
