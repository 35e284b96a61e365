/**
 * What a person is told of who looks elsewhere: how much is unread, on the toolbar button, and by notifications what
 * happened while no view is open.
 */
import { type News as Told, WORDS_TAG } from '../bridge/background.ts';
import type { Clock } from './clock.ts';
import type { Contact, Contacts } from './contacts.ts';
import type { Shell } from './shell.ts';

/**
 * Badge and notifications are another process's. They wait until what came is on the screen, where somebody looks, and
 * perhaps read; what comes in a row is told of once. Milliseconds.
 */
const NEWS_AFTER = 50;

export interface NewsOptions {
  readonly contacts: Contacts;
  readonly clock: Clock;
  readonly shell: Shell;
  /** How many views are open: with none, news goes to a notification. */
  viewsOpen(): number;
  /** Whether the person wants notifications. */
  wanted(): boolean;
}

export class News {
  readonly #options: NewsOptions;
  /** Whose messages nobody has been told of yet who has no view before them. */
  readonly #untold = new Set<string>();
  #stopped = false;

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  /** Shows nothing from now on: what was under way at the end may still arrive. */
  stop(): void {
    this.#stopped = true;
  }

  /** Shows how many messages are unread. */
  showUnread(): void {
    const { contacts, shell } = this.#options;
    if (!this.#stopped) shell.badge(contacts.all().reduce((sum, { row }) => sum + row.unread, 0));
  }

  /** Messages of a contact's came. */
  came({ id }: Contact): void {
    if (this.#untold.size === 0) this.#options.clock.after(NEWS_AFTER, () => this.#tellUntold());
    this.#untold.add(id);
  }

  #tellUntold(): void {
    const { contacts } = this.#options;
    this.showUnread();
    const ids = [...this.#untold].filter((id) => contacts.has(id));
    this.#untold.clear();
    for (const id of ids) {
      const person = contacts.person(contacts.get(id));
      // Read meanwhile, it is no news any more.
      if (contacts.unreadOf(person.id) > 0) this.tellOf(person, 'message');
    }
  }

  /** Tells of a contact, in the place of what was told of them before. */
  tellOf(contact: Contact, about: 'message' | 'accepted' | 'key-changed'): void {
    const { contacts } = this.#options;
    const { id, name } = contacts.person(contact);
    // It takes the place of the one before: whoever came with another key must not hide so that they did.
    const present = contacts.isDisputed(id) ? 'key-changed' : about;
    this.#notify({
      tag: id,
      about: present,
      count: contacts.unreadOf(id),
      ...(name === undefined ? {} : { name }),
    });
  }

  /** The one guess at my three words was spent. */
  wordsFailed(): void {
    this.#notify({ tag: WORDS_TAG, about: 'words-failed' });
  }

  /** That is no news any more. */
  wordsSeen(): void {
    this.#options.shell.dismiss(WORDS_TAG);
  }

  #notify(told: Told): void {
    const { shell, viewsOpen, wanted } = this.#options;
    if (this.#stopped || viewsOpen() > 0 || !wanted()) return;
    shell.notify(told);
  }
}
