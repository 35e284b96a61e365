/** Why the server did not do what one request asked; the socket goes on (WIRE.md, section 5). */
export const REFUSALS = {
  /** SEND: no reader has ever opened this mailbox, or it lapsed. */
  'mailbox-unknown': 1,
  /** SEND: the mailbox holds as much as it may until its reader takes something out. */
  'mailbox-full': 2,
  /** SEND, LIVE: the envelope is over its limit. The same bytes will never be taken. */
  'too-large': 3,
  /** Any: the server can't at this moment (its disk, its store, a drain); nothing was done. */
  'server-busy': 4,
  /** OPEN: the mailbox id is not the hash of the key. */
  'bad-key': 5,
  /** ACK, CLOSE: this socket does not read that mailbox (any more). TURN: it reads none. */
  'not-open': 6,
  /** OPEN: this socket reads as many mailboxes as it may. */
  'too-many-mailboxes': 7,
  /** Any: too many requests; nothing was done, try again after the given time. */
  rate: 8,
  /** OPEN of a mailbox that the server does not know, TURN, MINT: this server asks for a pass, and this was none. */
  'pass-needed': 9,
  /** TURN: this server has no relay. */
  'no-relay': 10,
  /** ACK: a sequence that was not delivered to this opening. */
  'unknown-sequence': 11,
  /** RESOLVE_WORD: the word is not lent to anybody now. */
  'word-unknown': 12,
  /** LEND_WORD: no word is free, or this address holds as many as it may. */
  'no-word': 13,
  /** MINT: this server asks nobody for a pass, so that guests need none. */
  'no-passes': 14,
} as const;

export type Refusal = keyof typeof REFUSALS;

const NAMES = new Map<number, Refusal>(
  (Object.keys(REFUSALS) as Refusal[]).map((name) => [REFUSALS[name], name]),
);

/** The reason of this code, or nothing. */
export function refusalOf(code: number): Refusal | undefined {
  return NAMES.get(code);
}
