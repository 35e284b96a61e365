/** What a conversation shows: its newest messages in causal order, without those that wait behind a gap. */
import type { ConversationSnapshot, MessageView } from '../bridge/types.ts';
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import type { Database } from './storage/database.ts';
import type { MessageRow } from './storage/rows.ts';

/** The most messages that one view may ask for at once. */
const LIMIT_MAX = 2000;

export class Conversations {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #clock: Clock;

  constructor(database: Database, contacts: Contacts, clock: Clock) {
    this.#database = database;
    this.#contacts = contacts;
    this.#clock = clock;
  }

  async snapshot(contactId: string, limit: number): Promise<ConversationSnapshot> {
    const contact = this.#contacts.get(contactId);
    const { readTo, received, theirOffset } = contact.row;
    const holding = contact.holdUntil > this.#clock.now();
    const wanted = Math.min(Math.max(1, Math.trunc(limit)), LIMIT_MAX);
    const rows = await this.#database.read(['messages'], (tx) =>
      tx.list('messages', `${contactId}/`, wanted + 1),
    );
    const page = rows.slice(-wanted);
    const shown = page.filter(
      ({ row }) => !(holding && row.from === 'them' && row.number > received + (theirOffset ?? 0)),
    );
    const firstUnread = shown.find(({ key, row }) => row.from === 'them' && key > readTo);
    return {
      contactId,
      messages: shown.map(({ row }) => messageView(row)),
      hasOlder: rows.length > wanted,
      ...(firstUnread === undefined ? {} : { firstUnread: firstUnread.row.id }),
    };
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
}

export function messageView(row: MessageRow): MessageView {
  return {
    id: row.id,
    from: row.from,
    text: row.text,
    at: row.at,
    ...(row.delivery === undefined ? {} : { delivery: row.delivery as NonNullable<MessageView['delivery']> }),
  };
}
