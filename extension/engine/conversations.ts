/**
 * What a conversation shows: its newest messages in causal order, without those that wait behind a gap. What is on a
 * screen is kept in memory and follows the commits, so that a message is shown without asking the database again.
 */
import { type ConversationSnapshot, type MessageView, SHOWN_MAX_MESSAGES } from '../bridge/types.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Drafts } from './drafts.ts';
import type { Database, TouchedMessages, Transaction } from './storage/database.ts';
import { type ContactRow, type MessageRow, placeOf } from './storage/rows.ts';

/** Messages that are counted at once: no more than that are in memory. */
const PAGE = 64;

interface Entry {
  readonly key: string;
  readonly row: MessageRow;
}

/** The newest messages of a conversation, oldest first; `whole` where there are no older ones. */
interface Page {
  readonly entries: Entry[];
  readonly whole: boolean;
}

/** What is shown of a contact's messages, or of a claimant's. */
interface Part {
  readonly row: ContactRow;
  readonly shown: readonly Entry[];
}

export class Conversations {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #drafts: Drafts;
  readonly #clock: Clock;
  readonly #pages = new Map<string, Page>();

  constructor(database: Database, contacts: Contacts, drafts: Drafts, clock: Clock) {
    this.#database = database;
    this.#contacts = contacts;
    this.#drafts = drafts;
    this.#clock = clock;
    database.onMessages((touched) => this.#touched(touched));
  }

  async snapshot(contactId: string, limit: number): Promise<ConversationSnapshot> {
    const wanted = Math.min(Math.max(1, Math.trunc(limit)), SHOWN_MAX_MESSAGES);
    const parts: Part[] = [];
    let left = wanted;
    let hasOlder = false;
    // Whoever claims to be the contact stands behind them; the newest are asked for first.
    for (const contact of this.#contacts.partsOf(contactId).reverse()) {
      const { entries, whole } = await this.#page(contact.id, wanted);
      const newest = left === 0 ? [] : entries.slice(-left);
      left -= newest.length;
      hasOlder ||= !whole || entries.length > newest.length;
      parts.unshift({ row: contact.row, shown: this.#withoutHeld(contact, newest) });
    }
    const unread = parts.flatMap(({ row: { readTo }, shown }) =>
      shown.filter(({ key, row }) => row.from === 'them' && key > readTo),
    );
    return {
      contactId,
      messages: parts.flatMap(({ shown }) => shown.map(({ row }) => messageView(row))),
      hasOlder,
      draft: this.#drafts.of(contactId),
      ...(unread[0] === undefined ? {} : { firstUnread: unread[0].row.id }),
      keyChanges: keyChangesAmong(parts, !hasOlder),
    };
  }

  /** Without what waits for a moment behind a gap. */
  #withoutHeld(
    { row: { received }, hold: { until, above } }: Contact,
    entries: readonly Entry[],
  ): readonly Entry[] {
    if (until <= this.#clock.now()) return entries;
    const shownTo = Math.max(received, above.number);
    const isHeld = ({ key, row }: Entry) =>
      row.from === 'them' && row.number > shownTo && placeOf(key) > above.place;
    return entries.filter((entry) => !isHeld(entry));
  }

  /** No view shows this conversation any more. */
  forget(contactId: string): void {
    this.#pages.delete(contactId);
    if (!this.#contacts.has(contactId)) return;
    for (const { id } of this.#contacts.claimants(contactId)) this.#pages.delete(id);
  }

  /** Everything up to this message was on a screen. Returns whether that is news; `undefined` for an unknown one. */
  async markRead(contactId: string, messageId: string): Promise<boolean | undefined> {
    const parts = this.#contacts.partsOf(contactId);
    const found = await this.#database.read(['messages'], async (tx) => {
      for (const [at, { id }] of parts.entries()) {
        const message =
          (await tx.messageById(id, 'them', messageId)) ?? (await tx.messageById(id, 'me', messageId));
        if (message !== undefined) return { at, key: message.key };
      }
      return undefined;
    });
    if (found === undefined) return undefined;
    let news = false;
    for (const [at, contact] of parts.slice(0, found.at + 1).entries()) {
      const marked = await this.#markUpTo(contact, at === found.at ? found.key : contact.last?.key);
      if (marked === 'moved') return this.markRead(contactId, messageId);
      if (marked === 'marked') news = true;
    }
    return news;
  }

  /** `moved` where a claimant became the contact meanwhile: their messages have other keys now. */
  async #markUpTo(
    { id, row: { readTo, unread } }: Contact,
    key: string | undefined,
  ): Promise<'marked' | 'moved' | 'no-news'> {
    if (key === undefined || (key <= readTo && unread === 0)) return 'no-news';
    return this.#contacts.change(id, async (tx, working) => {
      if (working.id !== id) return 'moved';
      const { row } = working;
      if (key > row.readTo) row.readTo = key;
      row.unread = await theirsBehind(tx, id, row.readTo);
      return 'marked';
    });
  }

  async #page(contactId: string, wanted: number): Promise<Page> {
    const known = this.#pages.get(contactId);
    if (known !== undefined && (known.whole || known.entries.length >= wanted)) return known;
    const rows = await this.#database.read(['messages'], (tx) =>
      tx.list('messages', `${contactId}/`, wanted + 1),
    );
    const whole = rows.length <= wanted;
    const page = { entries: rows.slice(-wanted), whole };
    this.#pages.set(contactId, page);
    return page;
  }

  #touched(touched: TouchedMessages): void {
    for (const [key, row] of touched) {
      const page = this.#pages.get(key.slice(0, key.indexOf('/')));
      if (page === undefined) continue;
      const { entries } = page;
      // Nearly always the newest; so the search begins at the end.
      let at = entries.length;
      while (at > 0 && (entries[at - 1] as Entry).key > key) at--;
      const there = entries[at - 1]?.key === key;
      if (row === undefined) {
        if (there) entries.splice(at - 1, 1);
      } else if (there) entries[at - 1] = { key, row };
      // Before the first of a page that is not whole lies what was never loaded.
      else if (at > 0 || page.whole) entries.splice(at, 0, { key, row });
    }
  }
}

/** How many of a contact's messages stand behind what was read; of what was, no row is opened. */
async function theirsBehind(tx: Transaction, contactId: string, readTo: string): Promise<number> {
  let count = 0;
  for (let behind = readTo; ; ) {
    const page = await tx.page('messages', behind, PAGE, `${contactId}/`);
    count += page.filter(({ row }) => row.from === 'them').length;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return count;
    behind = last.key;
  }
}

/** Where the key changed, among the messages that are shown; what lies before a page's first belongs to older ones. */
function keyChangesAmong(parts: readonly Part[], whole: boolean): ConversationSnapshot['keyChanges'] {
  const shown = parts.flatMap((part) => part.shown);
  return parts.flatMap(({ row, shown: own }, at) => {
    const earlier = parts.slice(0, at).reduce((sum, part) => sum + part.shown.length, 0);
    return (row.keyChanges ?? []).flatMap(({ at, place }) => {
      const found = own.findIndex(({ key }) => placeOf(key) > place);
      const after = earlier + (found < 0 ? own.length : found);
      if (after === 0 && !whole) return [];
      const before = shown[after]?.row.id;
      return [before === undefined ? { at } : { at, before }];
    });
  });
}

function messageView(row: MessageRow): MessageView {
  return {
    id: row.id,
    from: row.from,
    text: row.text,
    at: row.at,
    ...(row.delivery === undefined ? {} : { delivery: row.delivery as NonNullable<MessageView['delivery']> }),
  };
}
