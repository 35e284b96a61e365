/**
 * What a person began to write to each contact. A panel's page is gone when it closes and the browser when it ends;
 * half a letter should be there afterwards. Sealed like every row, and written lazily: the last word may be lost in a
 * crash. What is sent goes from here in the transaction that seals it.
 */
import type { Contacts } from './contacts.ts';
import { detach } from './report.ts';
import type { Database, Transaction } from './storage/database.ts';

export class Drafts {
  readonly #database: Database;
  readonly #contacts: Contacts;
  readonly #texts = new Map<string, string>();

  constructor(database: Database, contacts: Contacts) {
    this.#database = database;
    this.#contacts = contacts;
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

  /** Keeps a draft; an empty one is none. Resolves when it would outlive the engine. */
  async set(contactId: string, text: string): Promise<void> {
    if (text === this.of(contactId)) return;
    if (text === '') this.#texts.delete(contactId);
    else this.#texts.set(contactId, text);
    await this.#write(contactId);
  }

  /**
   * Inside the caller's transaction: this is sent, and so no draft any more. What was begun meanwhile stays. Call
   * {@link taken} after the commit.
   */
  take(tx: Transaction, contactId: string, text: string): void {
    if (this.of(contactId) === text) tx.delete('drafts', contactId);
  }

  taken(contactId: string, text: string): void {
    if (this.of(contactId) === text) this.#texts.delete(contactId);
  }

  #write(contactId: string): Promise<void> {
    return this.#database.writeLazily(['drafts'], async (tx) => {
      // What stands now, so that of two writes the later one never brings back the earlier one's text.
      const text = this.of(contactId);
      if (text === '') tx.delete('drafts', contactId);
      else tx.put('drafts', contactId, { text });
    });
  }
}
