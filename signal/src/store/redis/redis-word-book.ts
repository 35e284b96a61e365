import { randomInt } from 'node:crypto';
import { SPOKEN_WORDS } from '../../../protocol/index.ts';
import type { Limits } from '../../limits.ts';
import type { MailboxName } from '../../mailbox-name.ts';
import type { Lent, WordBook } from '../../words/word-book.ts';
import type { Fleet } from './fleet.ts';
import { listOf, numberOf, textOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';

/** Words tried before it counts as none free: with nine in ten lent, one of so many is free but once in a thousand times. */
const TRIES = 64;

/**
 * The mailbox of a word, and the word of a mailbox; both end by themselves, at the same moment. All lie in one slot of a
 * cluster, for a script spans no more: there are few words, and nobody asks often.
 */
const wordKey = (word: number): string => `w:{words}:${word}`;
const mailboxWordKey = (mailbox: MailboxName): string => `v:{words}:${base64(mailbox)}`;
const base64 = (mailbox: MailboxName): string => Buffer.from(mailbox, 'latin1').toString('base64url');

/**
 * The book that all nodes share. How many words an address holds is counted by each node for itself: addresses are
 * nothing to write down where others can read them.
 */
export class RedisWordBook implements WordBook {
  readonly #fleet: Pick<Fleet, 'send' | 'run'>;
  readonly #limits: Pick<Limits, 'wordSeconds' | 'wordsPerAddress'>;
  readonly #clock: () => number;
  /** What was lent here, or is about to be: mailbox, by whom, until when. */
  readonly #held = new Map<MailboxName, { readonly holder: string; readonly until: number }>();
  /** Mailboxes whose word is asked for or given back at this moment; done when the last of these is. */
  readonly #underWay = new Map<MailboxName, Promise<void>>();

  /** `clock`: milliseconds, never put back. */
  constructor(
    fleet: Pick<Fleet, 'send' | 'run'>,
    limits: Pick<Limits, 'wordSeconds' | 'wordsPerAddress'>,
    clock: () => number,
  ) {
    this.#fleet = fleet;
    this.#limits = limits;
    this.#clock = clock;
  }

  lend(mailbox: MailboxName, holder: string, wish: number | undefined): Promise<Lent | 'no-word'> {
    return this.#inTurn(mailbox, () => this.#lend(mailbox, holder, wish));
  }

  giveBack(mailbox: MailboxName): Promise<void> {
    return this.#inTurn(mailbox, () => this.#giveBack(mailbox));
  }

  /**
   * One after the other for each mailbox. All that ask at once would find that it has no word yet, and take one each; and
   * whoever gives a word back before it was lent would leave it lent.
   */
  #inTurn<Result>(mailbox: MailboxName, work: () => Promise<Result>): Promise<Result> {
    const before = this.#underWay.get(mailbox) ?? Promise.resolve();
    const done = before.then(work);
    const over = done
      .catch(() => {})
      .then(() => {
        if (this.#underWay.get(mailbox) === over) this.#underWay.delete(mailbox);
      });
    this.#underWay.set(mailbox, over);
    return done;
  }

  async #lend(mailbox: MailboxName, holder: string, wish: number | undefined): Promise<Lent | 'no-word'> {
    const known = await this.#lentTo(mailbox);
    if (known !== undefined) return known;
    if (this.#countOf(holder) >= this.#limits.wordsPerAddress) return 'no-word';
    // Counted before Redis is asked: the holder may ask for other mailboxes meanwhile.
    this.#held.set(mailbox, { holder, until: this.#clock() + this.#limits.wordSeconds * 1000 });
    let lent: Lent | undefined;
    try {
      lent = await this.#takeFree(mailbox, wish);
    } finally {
      if (lent === undefined) this.#held.delete(mailbox);
    }
    return lent ?? 'no-word';
  }

  /** Takes a free word for a mailbox, if one is found. */
  async #takeFree(mailbox: MailboxName, wish: number | undefined): Promise<Lent | undefined> {
    const own = mailboxWordKey(mailbox);
    const seconds = String(this.#limits.wordSeconds);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const word = attempt === 0 && wish !== undefined ? wish : randomInt(SPOKEN_WORDS);
      const args = [own, String(word), base64(mailbox), seconds];
      const [taken, left] = listOf(await this.#fleet.run(SCRIPTS.lend, wordKey(word), ...args));
      if (taken !== undefined) return { word: numberOf(taken), seconds: numberOf(left) };
    }
    return undefined;
  }

  async find(word: number): Promise<MailboxName | undefined> {
    const mailbox = textOf(await this.#fleet.send(wordKey(word), 'GET', wordKey(word)));
    return mailbox === '' ? undefined : (Buffer.from(mailbox, 'base64url').toString('latin1') as MailboxName);
  }

  async #giveBack(mailbox: MailboxName): Promise<void> {
    this.#held.delete(mailbox);
    const own = mailboxWordKey(mailbox);
    const word = textOf(await this.#fleet.send(own, 'GET', own));
    if (word === '') return;
    await this.#fleet.run(SCRIPTS.giveWordBack, wordKey(Number(word)), own, base64(mailbox));
  }

  /** What a mailbox has already, on whichever node it was lent. */
  async #lentTo(mailbox: MailboxName): Promise<Lent | undefined> {
    const own = mailboxWordKey(mailbox);
    const word = textOf(await this.#fleet.send(own, 'GET', own));
    if (word === '') return undefined;
    return { word: Number(word), seconds: Math.max(0, numberOf(await this.#fleet.send(own, 'TTL', own))) };
  }

  #countOf(holder: string): number {
    const now = this.#clock();
    let count = 0;
    for (const [mailbox, held] of this.#held) {
      if (held.until <= now) this.#held.delete(mailbox);
      else if (held.holder === holder) count++;
    }
    return count;
  }
}
