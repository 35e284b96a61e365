/**
 * What a person began to write to each contact. A panel's page is gone when it closes and the browser when it ends;
 * half a letter should be there afterwards. Sealed like every row, and written lazily: the last word may be lost in a
 * crash. What is being sent stands before what is written meanwhile, and goes in the transaction that seals it.
 */
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import { detach } from './report.ts';
import type { Database, Transaction } from './storage/database.ts';
import { Surely } from './surely.ts';

/** A text that is being sent. `sealed`: in a transaction, perhaps of the next moment. `refused`: others still are. */
export interface Leaving {
  readonly text: string;
  state: 'waiting' | 'sealed' | 'refused';
}

export class Drafts {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #texts = new Map<string, string>();
  /** In the order in which they were sent. */
  readonly #leaving = new Map<string, Leaving[]>();
  /** For whom the disk has another text than this. */
  readonly #unkept = new Set<string>();
  readonly #surely: Surely;

  constructor(database: Database, contacts: Contacts, clock: Clock) {
    this.#database = database;
    this.#contacts = contacts;
    this.#surely = new Surely(clock);
  }

  async load(): Promise<void> {
    const rows = await this.#database.read(['drafts'], (tx) => tx.list('drafts'));
    for (const { key, row } of rows) {
      if (this.#contacts.has(key)) this.#texts.set(key, row.text);
      // A stop between removing a contact and removing what was written to them.
      else detach(this.#write(key));
    }
  }

  /** Empty where there is none. */
  of(contactId: string): string {
    return this.#texts.get(contactId) ?? '';
  }

  /** Keeps a draft; an empty one is none. Resolves when it would outlive the engine. What a full disk refuses goes there later. */
  async set(contactId: string, text: string): Promise<void> {
    if (text === this.of(contactId) && !this.#unkept.has(contactId)) return;
    if (text === '') this.#texts.delete(contactId);
    else this.#texts.set(contactId, text);
    await this.#write(contactId);
  }

  /** This is sent from now on, and so no draft any more; where the engine stops before it is sealed, it is one again. */
  leave(contactId: string, text: string): Leaving {
    const leaving: Leaving = { text, state: 'waiting' };
    this.#leaving.set(contactId, [...(this.#leaving.get(contactId) ?? []), leaving]);
    if (this.of(contactId) === text) this.#texts.delete(contactId);
    return leaving;
  }

  /** Inside the transaction that seals it. Call {@link left} or {@link stay} after that, as it ended. */
  take(tx: Transaction, contactId: string, leaving: Leaving): void {
    leaving.state = 'sealed';
    this.#put(tx, contactId);
  }

  left(contactId: string, leaving: Leaving): void {
    this.#keep(contactId, (one) => one !== leaving);
  }

  /** It could not be sent: with those that could not either it stands before what was written since. */
  stay(contactId: string, leaving: Leaving): void {
    leaving.state = 'refused';
    this.#keep(contactId, () => true);
    detach(this.#write(contactId));
  }

  #keep(contactId: string, stays: (leaving: Leaving) => boolean): void {
    const left = (this.#leaving.get(contactId) ?? []).filter(stays);
    if (left.some(({ state }) => state !== 'refused')) {
      this.#leaving.set(contactId, left);
      return;
    }
    this.#leaving.delete(contactId);
    const text = joined([...left.map(({ text }) => text), this.of(contactId)]);
    if (text !== '') this.#texts.set(contactId, text);
  }

  async #write(contactId: string): Promise<void> {
    try {
      await this.#database.writeLazily(['drafts'], async (tx) => this.#put(tx, contactId));
      this.#unkept.delete(contactId);
    } catch (error) {
      this.#unkept.add(contactId);
      const isUnkept = () => this.#unkept.has(contactId);
      this.#surely.later(contactId, () => this.#write(contactId), isUnkept);
      throw error;
    }
  }

  /** What stands now, so that of two writes the later one never brings back the earlier one's text. */
  #put(tx: Transaction, contactId: string): void {
    const leaving = (this.#leaving.get(contactId) ?? []).filter(({ state }) => state !== 'sealed');
    const text = joined([...leaving.map(({ text }) => text), this.of(contactId)]);
    if (text === '' || !this.#contacts.has(contactId)) tx.delete('drafts', contactId);
    else tx.put('drafts', contactId, { text });
  }
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}
