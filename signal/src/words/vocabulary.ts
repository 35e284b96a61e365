import { MAILBOX_ID_BYTES } from '../../protocol/index.ts';
import type { AddressBook } from '../address-book.ts';
import type { Limits } from '../limits.ts';
import { idOf, type MailboxName, nameOf } from '../mailbox-name.ts';
import type { Outgoing } from '../outgoing.ts';
import type { WordBook } from './word-book.ts';

/** What all sessions share of this. */
interface Shared {
  readonly words: WordBook;
  readonly limits: Limits;
  readonly addresses: AddressBook;
  /** The time of {@link addresses}. */
  readonly clock: () => number;
}

const NO_MAILBOX = new Uint8Array(MAILBOX_ID_BYTES);

/** What a session says about words: those that it was lent, and those that it asks about. */
export class Vocabulary {
  readonly #readings: { reads(mailbox: MailboxName): boolean };
  readonly #address: string;
  readonly #out: Outgoing;
  readonly #shared: Shared;
  /** Mailboxes that asked for a word here, and were not let go of since. */
  readonly #asked = new Set<MailboxName>();

  constructor(
    readings: { reads(mailbox: MailboxName): boolean },
    address: string,
    out: Outgoing,
    shared: Shared,
  ) {
    this.#readings = readings;
    this.#address = address;
    this.#out = out;
    this.#shared = shared;
  }

  /** Only for a mailbox that this session reads: a word leads to whoever asked for it, and to nobody else. */
  lend(request: number, mailbox: Uint8Array, wish: number | undefined): void {
    const name = nameOf(mailbox);
    if (!this.#readings.reads(name)) {
      this.#out.refuse(request, mailbox, 'not-open', 0);
      return;
    }
    this.#ask(request, mailbox, async ({ words, limits }) => {
      this.#asked.add(name);
      const lent = await words.lend(name, this.#address, wish);
      if (lent === 'no-word') return () => this.#out.refuse(request, mailbox, 'no-word', limits.fullRetryMs);
      // Let go of meanwhile: what was lent was given back.
      if (!this.#asked.has(name)) return () => this.#out.refuse(request, mailbox, 'not-open', 0);
      return () => this.#out.say({ type: 'word-lent', request, mailbox, ...lent });
    });
  }

  resolve(request: number, word: number): void {
    this.#ask(request, NO_MAILBOX, async ({ words }) => {
      const name = await words.find(word);
      if (name === undefined) return () => this.#out.refuse(request, NO_MAILBOX, 'word-unknown', 0);
      return () => this.#out.say({ type: 'word-found', request, mailbox: idOf(name) });
    });
  }

  /** The session lets go of a mailbox on purpose: its word is free. One whose socket fell keeps its word for its time. */
  closed(mailbox: Uint8Array): void {
    const name = nameOf(mailbox);
    if (!this.#asked.delete(name)) return;
    // A book that can't be reached forgets the word by itself, a little later.
    this.#shared.words.giveBack(name).catch(() => {});
  }

  /** Holds the address to its rate, and owes an answer while the book is asked. */
  #ask(request: number, mailbox: Uint8Array, ask: (shared: Shared) => Promise<() => void>): void {
    const { addresses, limits, clock } = this.#shared;
    const wait = addresses.takeWord(this.#address, clock());
    if (wait > 0) {
      this.#out.refuse(request, mailbox, 'rate', wait);
      return;
    }
    this.#out.owe();
    const busy = () => this.#out.refuse(request, mailbox, 'server-busy', limits.busyRetryMs);
    void ask(this.#shared).then(
      (answer) => {
        this.#out.settle();
        answer();
      },
      () => {
        this.#out.settle();
        busy();
      },
    );
  }
}
