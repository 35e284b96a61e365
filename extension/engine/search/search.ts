/**
 * Looking for words in the messages. No index is kept, which would say on the disk what is in the sealed rows: rows are
 * opened from the newest on, a bounded part of them a call, so that the engine is never busy with it for long.
 */
import { termsIn } from '../../bridge/folding.ts';
import type { CommandResults } from '../../bridge/types/commands.ts';
import type { FoundMessage, MessagesSnapshot, SearchPlace } from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import type { Contact, Contacts } from '../contacts.ts';
import { find } from '../conversations.ts';
import { withoutHeld } from '../held.ts';
import type { Database, Transaction } from '../storage/database.ts';
import { type MessageRow, messageIdOf } from '../storage/rows.ts';
import { Changes } from './changes.ts';
import { excerptOf } from './excerpt.ts';

/** Rows of one conversation that are opened at once, and of all in one call. */
const PAGE = 64;
const ROWS = 256;
/** Characters that are looked through in one call, before the last row: a message can be as long as 60 KB. */
const CHARACTERS = 200_000;
/** A call that has found so many is worth showing. */
const ENOUGH = 40;

type Conversation = SearchPlace['conversations'][number];

interface Entry {
  readonly key: string;
  readonly row: MessageRow;
  readonly contact: Contact;
}

export interface SearchOptions {
  readonly database: Database;
  readonly contacts: Contacts;
  readonly clock: Clock;
}

export class Search {
  readonly #options: SearchOptions;
  readonly #changes: Changes;

  constructor(options: SearchOptions) {
    this.#options = options;
    this.#changes = new Changes(options);
    options.database.onMessages((touched) => this.#changes.note(touched));
  }

  /** What views that have searched watch: whether there is something new. */
  snapshot(): MessagesSnapshot {
    return { revision: this.#changes.revision };
  }

  /** Throws an `UnknownContact`. */
  async find(
    text: string,
    contactId: string | undefined,
    after: SearchPlace | undefined,
  ): Promise<CommandResults['search-messages']> {
    const { contacts } = this.#options;
    const terms = termsIn(text);
    const since = this.#changes.shown;
    const whose = contactId === undefined ? contacts.people() : [contacts.get(contactId)];
    if (terms.length === 0) return { found: [], since };
    const open = (after?.conversations ?? whose.flatMap((one) => this.#beginning(one))).filter((one) =>
      contacts.has(one.contactId),
    );
    const found: FoundMessage[] = [];
    const left = { rows: ROWS, characters: CHARACTERS };
    while (open.length > 0 && left.rows > 0 && left.characters > 0 && found.length < ENOUGH) {
      const newest = open.reduce(
        (best, one, at) => (one.reached > (open[best]?.reached ?? 0) ? at : best),
        0,
      );
      const [conversation] = open.splice(newest, 1) as [Conversation];
      const next = await this.#through(conversation, terms, left, found);
      if (next !== undefined) open.push(next);
    }
    return { found, since, ...(open.length === 0 ? {} : { next: { conversations: open } }) };
  }

  /** Looks at what changed since another search for the same. Throws an `UnknownContact`. */
  async look(
    text: string,
    contactId: string | undefined,
    since: number,
  ): Promise<CommandResults['search-changes']> {
    const { contacts, database, clock } = this.#options;
    const terms = termsIn(text);
    const whose = contactId === undefined ? undefined : contacts.get(contactId);
    const changes = this.#changes.since(since);
    if (changes === undefined) return { lost: true };
    const looked: { contactId: string; messageId: string }[] = [];
    const found: FoundMessage[] = [];
    const shown = this.#changes.shown;
    let reached = changes.length === 0 ? Math.max(since, shown) : since;
    await database.read(['messages'], async (tx) => {
      let characters = CHARACTERS;
      for (const change of changes.slice(0, PAGE)) {
        if (characters <= 0) return;
        reached = Math.min(change.revision, Math.max(since, shown));
        if (!contacts.has(change.contactId)) continue;
        const writer = contacts.get(change.contactId);
        const person = contacts.person(writer);
        if (whose !== undefined && person !== whose) continue;
        looked.push({ contactId: person.id, messageId: change.messageId });
        const entries = await bothBy(tx, writer, change.messageId);
        for (const { row } of withoutHeld(writer, entries, clock.now())) {
          characters -= row.text.length;
          const excerpt = excerptOf(row.text, terms);
          if (excerpt !== undefined)
            found.push({ contactId: person.id, id: row.id, from: row.from, at: row.at, excerpt });
        }
      }
    });
    return { looked, found, since: reached };
  }

  /** Where a conversation's search begins; nowhere, where nobody has written. */
  #beginning({ id }: Contact): Conversation[] {
    const last = this.#options.contacts.partsOf(id).findLast((part) => part.last !== undefined)?.last;
    return last === undefined ? [] : [{ contactId: id, reached: last.row.at }];
  }

  /** Looks through the next page of a conversation. Returns where it goes on, unless it is through. */
  async #through(
    { contactId, before, reached }: Conversation,
    terms: readonly string[],
    left: { rows: number; characters: number },
    found: FoundMessage[],
  ): Promise<Conversation | undefined> {
    const { contacts, database, clock } = this.#options;
    // Removed meanwhile: there is nothing to look through.
    if (!contacts.has(contactId)) return undefined;
    const limit = Math.min(PAGE, left.rows);
    const parts = contacts.partsOf(contactId).reverse();
    const entries = await database.read(['messages'], (tx) => pageOf(tx, parts, before, limit));
    const shown = new Set(
      parts.flatMap((contact) => withoutHeld(contact, ofOne(entries, contact), clock.now())),
    );
    let next: Conversation = { contactId, reached, ...(before === undefined ? {} : { before }) };
    for (const entry of entries) {
      if (left.characters <= 0) return next;
      const { key, row } = entry;
      left.rows--;
      left.characters -= row.text.length;
      next = { contactId, before: key, reached: Math.min(next.reached, row.at) };
      const excerpt = shown.has(entry) ? excerptOf(row.text, terms) : undefined;
      if (excerpt !== undefined) found.push({ contactId, id: row.id, from: row.from, at: row.at, excerpt });
    }
    return entries.length < limit ? undefined : next;
  }
}

const ofOne = (entries: readonly Entry[], contact: Contact) =>
  entries.filter((one) => one.contact === contact);

/** What either of two wrote under an id: one of mine, or of theirs. */
async function bothBy(tx: Transaction, contact: Contact, messageId: string): Promise<Entry[]> {
  const both = [
    await tx.messageById(contact.id, 'them', messageId),
    await tx.messageById(contact.id, 'me', messageId),
  ];
  return both.flatMap((one) => (one === undefined ? [] : [{ ...one, contact }]));
}

/** The next messages of a conversation before a key, the newest first. */
async function pageOf(
  tx: Transaction,
  parts: readonly Contact[],
  before: string | undefined,
  limit: number,
): Promise<Entry[]> {
  const from = before === undefined ? undefined : await keyNow(tx, parts, before);
  const first = parts.findIndex(({ id }) => from?.startsWith(`${id}/`));
  const entries: Entry[] = [];
  for (const contact of first < 0 ? parts : parts.slice(first)) {
    const prefix = `${contact.id}/`;
    const upTo = from?.startsWith(prefix) ? from : undefined;
    const left = limit - entries.length;
    if (left === 0) break;
    // With the one that lies at the key, where it is still there: that was looked at.
    const rows = await tx.list('messages', prefix, left + 1, upTo);
    const older = rows.filter(({ key }) => key !== from).slice(-left);
    for (const { key, row } of older.reverse()) entries.push({ key, row, contact });
  }
  return entries;
}

/**
 * What a message's key is now: whoever claimed to be the contact may have become them since, and what they wrote has
 * moved. `undefined` where it went with them, or was given up: then the conversation is looked through from its end.
 */
async function keyNow(tx: Transaction, parts: readonly Contact[], key: string): Promise<string | undefined> {
  if (parts.some(({ id }) => key.startsWith(`${id}/`))) return key;
  return (await find(tx, parts, messageIdOf(key)))?.key;
}
