import { randomInt } from 'node:crypto';
import { SPOKEN_WORDS } from '../../protocol/index.ts';
import type { Limits } from '../limits.ts';
import type { MailboxName } from '../mailbox-name.ts';
import type { Lent, WordBook } from './word-book.ts';

interface Loan {
  readonly mailbox: MailboxName;
  readonly holder: string;
  /** By the clock. */
  readonly until: number;
}

/** The book of one process. A restart forgets it, and clients then wish for the word that they have said already. */
export class MemoryWordBook implements WordBook {
  readonly #limits: Pick<Limits, 'wordSeconds' | 'wordsPerAddress'>;
  readonly #clock: () => number;
  /** A number from 0 to one below. */
  readonly #random: (below: number) => number;
  /** By word; in the order of lending, and so of lapsing. */
  readonly #loans = new Map<number, Loan>();
  readonly #words = new Map<MailboxName, number>();

  /** `clock`: milliseconds, never put back. */
  constructor(
    limits: Pick<Limits, 'wordSeconds' | 'wordsPerAddress'>,
    clock: () => number,
    random: (below: number) => number = randomInt,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
  }

  async lend(mailbox: MailboxName, holder: string, wish: number | undefined): Promise<Lent | 'no-word'> {
    this.#lapse();
    const known = this.#words.get(mailbox);
    if (known !== undefined) return { word: known, seconds: this.#secondsLeft(known) };
    const held = [...this.#loans.values()].filter((loan) => loan.holder === holder).length;
    if (held >= this.#limits.wordsPerAddress || this.#loans.size >= SPOKEN_WORDS) return 'no-word';
    const word = wish !== undefined && !this.#loans.has(wish) ? wish : this.#anyFree();
    this.#loans.set(word, { mailbox, holder, until: this.#clock() + this.#limits.wordSeconds * 1000 });
    this.#words.set(mailbox, word);
    return { word, seconds: this.#limits.wordSeconds };
  }

  async find(word: number): Promise<MailboxName | undefined> {
    this.#lapse();
    return this.#loans.get(word)?.mailbox;
  }

  async giveBack(mailbox: MailboxName): Promise<void> {
    const word = this.#words.get(mailbox);
    if (word === undefined) return;
    this.#words.delete(mailbox);
    this.#loans.delete(word);
  }

  #lapse(): void {
    const now = this.#clock();
    for (const [word, { until, mailbox }] of this.#loans) {
      if (until > now) return;
      this.#loans.delete(word);
      this.#words.delete(mailbox);
    }
  }

  /** At random, so that nobody can tell which word comes next, and an old one is rarely somebody's new one. */
  #anyFree(): number {
    let word = this.#random(SPOKEN_WORDS);
    while (this.#loans.has(word)) word = (word + 1) % SPOKEN_WORDS;
    return word;
  }

  #secondsLeft(word: number): number {
    const until = this.#loans.get(word)?.until ?? 0;
    return Math.max(0, Math.ceil((until - this.#clock()) / 1000));
  }
}
