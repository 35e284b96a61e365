/**
 * What a conversation shows: its newest messages in causal order, without those that wait behind a gap. What is on a
 * screen is kept in memory and follows the commits, so that a message is shown without asking the database again.
 */
import type { ConversationSnapshot, MessageView } from '../bridge/types.ts';
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import type { Drafts } from './drafts.ts';
import type { Database, TouchedMessages } from './storage/database.ts';
import { type ContactRow, type MessageRow, placeOf } from './storage/rows.ts';

/** The most messages that one view may ask for at once. */
const LIMIT_MAX = 2000;

interface Entry {
  readonly key: string;
  readonly row: MessageRow;
}

/** The newest messages of a conversation, oldest first; `whole` where there are no older ones. */
interface Page {
  readonly entries: Entry[];
  readonly whole: boolean;
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
    const contact = this.#contacts.get(contactId);
    const wanted = Math.min(Math.max(1, Math.trunc(limit)), LIMIT_MAX);
    const { entries, whole } = await this.#page(contactId, wanted);
    const { readTo, received } = contact.row;
    const { until, above } = contact.hold;
    const holds = until > this.#clock.now();
    const shownTo = Math.max(received, above.number);
    const isHeld = ({ key, row }: Entry) =>
      row.from === 'them' && row.number > shownTo && placeOf(key) > above.place;
    const shown = entries.slice(-wanted).filter((entry) => !holds || !isHeld(entry));
    const firstUnread = shown.find(({ key, row }) => row.from === 'them' && key > readTo);
    return {
      contactId,
      messages: shown.map(({ row }) => messageView(row)),
      hasOlder: !whole || entries.length > wanted,
      draft: this.#drafts.of(contactId),
      ...(firstUnread === undefined ? {} : { firstUnread: firstUnread.row.id }),
      keyChanges: keyChangesAmong(contact.row, shown, whole && entries.length <= wanted),
    };
  }

  /** No view shows this conversation any more. */
  forget(contactId: string): void {
    this.#pages.delete(contactId);
  }

  /** Everything up to this message was on a screen. Returns whether that is news; `undefined` for an unknown one. */
  async markRead(contactId: string, messageId: string): Promise<boolean | undefined> {
    const contact = this.#contacts.get(contactId);
    const found = await this.#database.read(['messages'], async (tx) => {
      return (
        (await tx.messageById(contactId, 'them', messageId)) ??
        (await tx.messageById(contactId, 'me', messageId))
      );
    });
    if (found === undefined) return undefined;
    if (found.key <= contact.row.readTo && contact.row.unread === 0) return false;
    await this.#contacts.change(contactId, async (tx, { row }) => {
      if (found.key > row.readTo) row.readTo = found.key;
      const after = await tx.list('messages', `${contactId}/`, row.unread + 50);
      row.unread = after.filter((message) => message.row.from === 'them' && message.key > row.readTo).length;
    });
    return true;
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

/** Where the key changed, among the messages that are shown; what lies before a page's first belongs to older ones. */
function keyChangesAmong(
  { keyChanges }: ContactRow,
  shown: readonly Entry[],
  whole: boolean,
): ConversationSnapshot['keyChanges'] {
  return (keyChanges ?? []).flatMap(({ at, place }) => {
    const after = shown.findIndex(({ key }) => placeOf(key) > place);
    if (after === 0 && !whole) return [];
    const before = shown[after]?.row.id;
    return [before === undefined ? { at } : { at, before }];
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
