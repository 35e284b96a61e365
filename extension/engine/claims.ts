/**
 * Somebody who came with another key where a contact was expected (PROTOCOL 2): a *claimant*. Until the person has
 * decided, they are a contact of their own that stands behind the one whom they claim to be, with a session and
 * mailboxes of their own, so that whoever takes an invite cannot cut the real one off. Going on with the new key makes
 * the last claimant the contact; keeping the old one removes them all.
 */
import { BridgeError } from '../bridge/types/errors.ts';
import type { Contact, Contacts, Working } from './contacts.ts';
import type { Conversations } from './conversations.ts';
import { carriedWord } from './hiding.ts';
import type { Live } from './live.ts';
import type { Outbox } from './outbox.ts';
import { beginOrder, NO_ORDER, shiftOrder } from './placing.ts';
import type { Reading } from './reading.ts';
import type { Sealed } from './sealing.ts';
import type { Transaction } from './storage/database.ts';
import { type ContactRow, messageKey, ORDER_MAX, outboxKey, placeOf, quarantineKey } from './storage/rows.ts';

/** Dividers that a conversation keeps: who changes keys more often than that has other troubles. */
const KEY_CHANGES_MAX = 50;

export interface ClaimsOptions {
  readonly contacts: Contacts;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly live: Live;
  readonly reading: Reading;
}

type Claim = Pick<
  ContactRow,
  'claims' | 'direct' | 'clock' | 'heard' | 'begun' | 'floor' | 'floorBefore' | 'keyChanges'
>;

/**
 * What the row of a claimant begins with. A place behind all that there is stays free for saying that the key changed:
 * what the new key writes stands behind it.
 */
export function claimOn({ id, row }: Contact, claimants: readonly Contact[], now: number): Claim {
  const place = Math.min(Math.max(row.clock, ...claimants.map((one) => one.row.clock)) + 1, ORDER_MAX);
  const order = { ...NO_ORDER, clock: place };
  beginOrder(order, false);
  return { ...order, claims: id, direct: carriedWord(row, false), keyChanges: [{ at: now, place }] };
}

export class Claims {
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * The last claimant, who is `chosen`, becomes the contact; `note` says in the row how the person decided. What was
   * written for the old key and has no receipt is not sent to another one: the person is asked. Throws a `BridgeError`
   * with `key-changed` where a claimant came or went meanwhile.
   */
  async goOn(id: string, chosen: Contact, note: (row: ContactRow) => void): Promise<void> {
    const { contacts, outbox, conversations, live, reading } = this.#options;
    const claimants = contacts.claimants(id);
    const moved = await contacts.succeed(id, claimants, async (tx, before) => {
      const present = contacts.claimants(id);
      const isSame = present.length === claimants.length && present.every((one, at) => one === claimants[at]);
      if (!isSame || present.at(-1) !== chosen) throw new BridgeError('key-changed');
      await failForOldKey(tx, id);
      tx.deleteAll('quarantine', `${id}/`);
      const { row, sealed } = await moveIn(tx, before, claimants);
      note(row);
      const { session, earlier, quarantined } = chosen;
      const working: Working = { id, row, session, earlier, quarantined };
      return { working, result: sealed };
    });
    outbox.sending.forget(id);
    for (const claimant of claimants) {
      outbox.sending.forget(claimant.id);
      conversations.forget(claimant.id);
    }
    live.end(id);
    reading.sync(contacts.get(id));
    for (const claimant of claimants) reading.stop(claimant.id);
    for (const sealed of moved) outbox.committed(sealed);
  }

  /** The contact stays who they are: all claimants go, with what they wrote. */
  async turnAway(id: string): Promise<void> {
    for (const claimant of this.#options.contacts.claimants(id)) await this.remove(claimant.id);
  }

  /** Those go whom the contact's row says to be rid of; whoever came since is for the person to judge. */
  async turnAwayUnmeant(id: string): Promise<void> {
    const { contacts } = this.#options;
    const { unmeant = [] } = contacts.get(id).row;
    for (const claimant of contacts.claimants(id))
      if (unmeant.includes(claimant.id)) await this.remove(claimant.id);
    await contacts.change(id, async (_tx, { row }) => {
      const left = row.unmeant?.filter((one) => !unmeant.includes(one)) ?? [];
      delete row.unmeant;
      if (left.length > 0) row.unmeant = left;
    });
  }

  /** First the rows: whatever is under way finds no contact any more, so that nothing can bring a part of them back. */
  async remove(id: string): Promise<void> {
    const { contacts, outbox, conversations, live, reading } = this.#options;
    await contacts.remove(id);
    outbox.sending.forget(id);
    conversations.forget(id);
    live.end(id);
    reading.stop(id);
  }
}

/** The contact's row as the last claimant's, and what any of them wrote moved into the conversation, each behind its line. */
async function moveIn(
  tx: Transaction,
  before: Contact,
  claimants: readonly Contact[],
): Promise<{ readonly row: ContactRow; readonly sealed: Sealed[] }> {
  const { id, row } = before;
  let { clock, unread, readTo } = row;
  let keyChanges = row.keyChanges ?? [];
  const sealed: Sealed[] = [];
  let last = row;
  for (const claimant of claimants) {
    last = { ...claimant.row };
    const [line] = last.keyChanges ?? [];
    // The contact may have written since: all of that stands before the line, whatever its writer says of order.
    const by = line === undefined ? 0 : Math.max(0, clock + 1 - line.place);
    shiftOrder(last, by);
    for (const { key, row: message } of await tx.list('messages', `${claimant.id}/`)) {
      tx.delete('messages', key);
      if (await tx.hasMessage(id, 'them', message.id)) continue;
      const moved = messageKey(id, Math.min(placeOf(key) + by, ORDER_MAX), message.id);
      tx.put('messages', moved, message);
      if (key <= last.readTo) readTo = moved;
    }
    if (line !== undefined) keyChanges = [...keyChanges, { ...line, place: line.place + by }];
    clock = last.clock;
    unread += last.unread;
  }
  const chosen = claimants.at(-1);
  if (chosen !== undefined) {
    for (const { row: item } of await tx.list('outbox', `${chosen.id}/`)) {
      const one = { key: outboxKey(id, item.number), row: { ...item, contact: id } };
      tx.put('outbox', one.key, one.row);
      sealed.push(one);
    }
    for (const { key, row: held } of await tx.list('quarantine', `${chosen.id}/`)) {
      const [, count = '0', tag = ''] = key.split('/');
      tx.put('quarantine', quarantineKey(id, Number.parseInt(count, 16), tag), { ...held, contact: id });
    }
  }
  const { claims: _, ...kept } = last;
  const { introduced, since, alias } = row;
  return {
    row: {
      ...kept,
      ...(alias === undefined ? {} : { alias }),
      introduced,
      since,
      direct: carriedWord(row, false),
      keyChanges: keyChanges.slice(-KEY_CHANGES_MAX),
      unread,
      readTo,
    },
    sealed,
  };
}

/** What was written for a key that is gone is not sent to another one: the person is asked. */
async function failForOldKey(tx: Transaction, id: string): Promise<void> {
  for (const { row } of await tx.list('outbox', `${id}/`)) {
    const message = row.messageKey === undefined ? undefined : await tx.get('messages', row.messageKey);
    if (row.messageKey === undefined || message === undefined) continue;
    tx.put('messages', row.messageKey, { ...message, delivery: { state: 'failed', reason: 'key-changed' } });
  }
  tx.deleteAll('outbox', `${id}/`);
}
