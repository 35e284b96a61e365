import type { MailboxName } from '../mailbox-name.ts';

/** A word that stands for a mailbox, and for how many more seconds. */
export interface Lent {
  readonly word: number;
  readonly seconds: number;
}

/**
 * Which words stand for which mailboxes at this moment. An interface, as many nodes have to share one book; the
 * book knows numbers, and nothing is ever written to disk: a word lasts ten minutes. May reject where the book can't
 * be reached.
 */
export interface WordBook {
  /**
   * Lends a free word for a mailbox, any but in preference `wish`. A mailbox that has one gets the same, for the
   * time that it has left. `holder` is the address group that its number counts for.
   */
  lend(mailbox: MailboxName, holder: string, wish: number | undefined): Promise<Lent | 'no-word'>;

  /** The mailbox that a word stands for. */
  find(word: number): Promise<MailboxName | undefined>;

  /** A mailbox's word is free again, also one that is being lent; nothing happens where it has none. */
  giveBack(mailbox: MailboxName): Promise<void>;
}
