/**
 * What a conversation shows: a part of its messages in causal order, without those that wait behind a gap. Of what is on
 * a screen the newest are kept in memory and follow the commits, so that a message is shown without asking the database
 * again; the part around an older one is read anew each time.
 */
import { SHOWN_MAX_MESSAGES } from '../bridge/types/bounds.ts';
import type { ConversationSnapshot, MessageView, Part } from '../bridge/types/snapshots.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Drafts } from './drafts.ts';
import { withoutHeld } from './held.ts';
import type { Database, TouchedMessages, Transaction } from './storage/database.ts';
import { contactIdOf, type MessageRow, placeOf } from './storage/rows.ts';

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

/** What is shown of the messages of one who takes part: the contact, or a claimant. */
interface Share {
  readonly contact: Contact;
  readonly entries: readonly Entry[];
}

interface Cut {
  readonly shares: readonly Share[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
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

  async snapshot(contactId: string, { limit, place }: Part): Promise<ConversationSnapshot> {
    // Whoever claims to be the contact stands behind them.
    const people = this.#contacts.partsOf(contactId);
    const around =
      place && (await this.#around(people, bounded(limit), place.messageId, bounded(place.newer)));
    const cut = around ?? (await this.#newest(people, bounded(limit)));
    const shares = cut.shares.map(({ contact, entries }) => ({
      contact,
      entries: withoutHeld(contact, entries, this.#clock.now()),
    }));
    const firstUnread = await this.#firstUnread(shares);
    return {
      contactId,
      messages: shares.flatMap(({ entries }) => entries.map(({ row }) => messageView(row))),
      hasOlder: cut.hasOlder,
      hasNewer: cut.hasNewer,
      draft: this.#drafts.of(contactId),
      ...(firstUnread === undefined ? {} : { firstUnread }),
      keyChanges: keyChangesAmong(shares, cut),
    };
  }

  async #newest(people: readonly Contact[], wanted: number): Promise<Cut> {
    const shares: Share[] = [];
    let left = wanted;
    let hasOlder = false;
    for (const contact of [...people].reverse()) {
      const { entries, whole } = await this.#page(contact.id, wanted);
      const newest = last(entries, left);
      left -= newest.length;
      hasOlder ||= !whole || entries.length > newest.length;
      shares.unshift({ contact, entries: newest });
    }
    return { shares, hasOlder, hasNewer: false };
  }

  /** `undefined` where there is no such message. */
  async #around(
    people: readonly Contact[],
    older: number,
    messageId: string,
    newer: number,
  ): Promise<Cut | undefined> {
    return this.#database.read(['messages'], async (tx) => {
      const found = await find(tx, people, messageId);
      if (found === undefined) return undefined;
      const shares = people.map((contact) => ({ contact, entries: [] as Entry[] }));
      let hasOlder = false;
      let left = older;
      for (const share of shares.slice(0, found.at + 1).reverse()) {
        const upTo = share.contact === found.contact ? found.key : undefined;
        const before = await tx.list('messages', `${share.contact.id}/`, left + 1, upTo);
        hasOlder ||= before.length > left;
        share.entries = last(before, left);
        left -= share.entries.length;
      }
      let hasNewer = false;
      left = newer;
      for (const share of shares.slice(found.at)) {
        const after = share.contact === found.contact ? found.key : '';
        const behind = await tx.page('messages', after, left + 1, `${share.contact.id}/`);
        hasNewer ||= behind.length > left;
        behind.splice(left);
        share.entries.push(...behind);
        left -= behind.length;
      }
      return { shares, hasOlder, hasNewer };
    });
  }

  /** Also where it is not among what is shown; of what waits behind a gap, none. */
  async #firstUnread(shares: readonly Share[]): Promise<string | undefined> {
    for (const { contact, entries } of shares) {
      const { id, row } = contact;
      const unread = entries.filter((entry) => isTheirs(entry) && entry.key > row.readTo);
      const first =
        unread.length >= row.unread
          ? unread[0]
          : await this.#database.read(['messages'], (tx) => firstOfTheirs(tx, id, row.readTo));
      const shown = first && withoutHeld(contact, [first], this.#clock.now())[0];
      if (shown !== undefined) return shown.row.id;
    }
    return undefined;
  }

  /** No view shows this conversation any more. */
  forget(contactId: string): void {
    this.#pages.delete(contactId);
    if (!this.#contacts.has(contactId)) return;
    for (const { id } of this.#contacts.claimants(contactId)) this.#pages.delete(id);
  }

  /** Everything up to this message was on a screen. Returns whether that is news; `undefined` for an unknown one. */
  async markRead(contactId: string, messageId: string): Promise<boolean | undefined> {
    const people = this.#contacts.partsOf(contactId);
    const found = await this.#database.read(['messages'], (tx) => find(tx, people, messageId));
    if (found === undefined) return undefined;
    let news = false;
    for (const [at, contact] of people.slice(0, found.at + 1).entries()) {
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
      const page = this.#pages.get(contactIdOf(key));
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

/** A contact's messages behind what was read, a page at a time; of what was, no row is opened. */
async function* pagesBehind(tx: Transaction, contactId: string, readTo: string): AsyncGenerator<Entry[]> {
  for (let behind = readTo; ; ) {
    const page = await tx.page('messages', behind, PAGE, `${contactId}/`);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    behind = last.key;
  }
}

/** How many of theirs stand behind what was read. */
async function theirsBehind(tx: Transaction, contactId: string, readTo: string): Promise<number> {
  let count = 0;
  for await (const page of pagesBehind(tx, contactId, readTo)) count += page.filter(isTheirs).length;
  return count;
}

/** The first of theirs behind what was read. */
async function firstOfTheirs(tx: Transaction, contactId: string, readTo: string): Promise<Entry | undefined> {
  for await (const page of pagesBehind(tx, contactId, readTo)) {
    const first = page.find(isTheirs);
    if (first !== undefined) return first;
  }
  return undefined;
}

function isTheirs({ row }: Entry): boolean {
  return row.from === 'them';
}

/** Where a message stands, among those of all who take part. */
export async function find(
  tx: Transaction,
  people: readonly Contact[],
  messageId: string,
): Promise<{ readonly at: number; readonly contact: Contact; readonly key: string } | undefined> {
  for (const [at, contact] of people.entries()) {
    const message =
      (await tx.messageById(contact.id, 'them', messageId)) ??
      (await tx.messageById(contact.id, 'me', messageId));
    if (message !== undefined) return { at, contact, key: message.key };
  }
  return undefined;
}

/** Where the key changed, among the messages that are shown; what lies beyond them belongs to older or newer ones. */
function keyChangesAmong(
  shares: readonly Share[],
  { hasOlder, hasNewer }: Cut,
): ConversationSnapshot['keyChanges'] {
  const shown = shares.flatMap(({ entries }) => entries);
  return shares.flatMap(({ contact: { row }, entries }, at) => {
    const earlier = shares.slice(0, at).reduce((sum, share) => sum + share.entries.length, 0);
    return (row.keyChanges ?? []).flatMap(({ at, place }) => {
      const found = entries.findIndex(({ key }) => placeOf(key) > place);
      const after = earlier + (found < 0 ? entries.length : found);
      if (after === 0 && hasOlder) return [];
      const before = shown[after]?.row.id;
      if (before === undefined && hasNewer) return [];
      return [before === undefined ? { at } : { at, before }];
    });
  });
}

function last(entries: readonly Entry[], count: number): Entry[] {
  return count === 0 ? [] : entries.slice(-count);
}

/** At least one: what is shown goes on from there. */
function bounded(count: number): number {
  return Math.min(Math.max(1, Math.trunc(count)), SHOWN_MAX_MESSAGES);
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
