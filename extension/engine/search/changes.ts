/**
 * Which messages changed last, so that whoever has searched need not search again: which, and nothing of what is in
 * them. It is kept in memory, and a bounded number of them.
 */
import type { Clock } from '../clock.ts';
import type { Contact, Contacts } from '../contacts.ts';
import type { TouchedMessages } from '../storage/database.ts';
import { contactIdOf, messageIdOf } from '../storage/rows.ts';

/** More than come while a view that is open does not ask. */
const KEPT = 512;
/** An engine's first revision is below this, and far from all that an earlier engine gave. */
const FIRST_BELOW = 2 ** 48;

/** A message that came, changed, or went. */
export interface Change {
  /** Who takes part in the conversation; a claimant's messages are the claimant's. */
  readonly contactId: string;
  readonly messageId: string;
  readonly revision: number;
}

export interface ChangesOptions {
  readonly contacts: Contacts;
  readonly clock: Clock;
}

export class Changes {
  readonly #options: ChangesOptions;
  /** The oldest first, each message once. */
  readonly #last = new Map<string, Change>();
  #revision = Math.floor(Math.random() * FIRST_BELOW);
  /** What changed up to here is not known any more. */
  #forgotten = this.#revision;
  #people: readonly string[] = [];

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  note(touched: TouchedMessages): void {
    for (const key of touched.keys()) {
      const contactId = contactIdOf(key);
      const messageId = messageIdOf(key);
      const name = `${contactId}/${messageId}`;
      this.#last.delete(name);
      this.#last.set(name, { contactId, messageId, revision: ++this.#revision });
    }
    for (const [name, { revision }] of this.#last) {
      if (this.#last.size <= KEPT) break;
      this.#last.delete(name);
      this.#forgotten = revision;
    }
  }

  /** It is raised with every change. */
  get revision(): number {
    this.#look();
    return this.#revision;
  }

  /** Up to here all that changed can be seen: what waits behind a gap is a change to come. */
  get shown(): number {
    const { contacts, clock } = this.#options;
    const now = clock.now();
    const waits = ({ contactId }: Change) =>
      contacts.has(contactId) && contacts.get(contactId).hold.until > now;
    const { revision } = this;
    const waiting = [...this.#last.values()].find(waits);
    return waiting === undefined ? revision : waiting.revision - 1;
  }

  /** What changed behind a revision; `undefined` where that is not known (any more). */
  since(revision: number): readonly Change[] | undefined {
    if (revision > this.revision || revision < this.#forgotten) return undefined;
    return [...this.#last.values()].filter((change) => change.revision > revision);
  }

  /** Who is gone has taken along what they wrote, which nobody noted one by one. */
  #look(): void {
    const people = this.#options.contacts.all().map(({ id }: Contact) => id);
    const present = new Set(people);
    if (this.#people.some((id) => !present.has(id))) {
      this.#last.clear();
      this.#forgotten = ++this.#revision;
    }
    this.#people = people;
  }
}
