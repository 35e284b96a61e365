import type { MailboxName } from '../mailbox-name.ts';
import type { Parcel } from '../parcel.ts';
import type { WordBook } from '../words/word-book.ts';

/**
 * Where mailboxes live and where their readers are known. One interface for every store; `contract.ts` says in tests
 * what each must do. Nothing here knows of sockets or frames, but that an envelope travels as a {@link Parcel}.
 */
export interface Store {
  /** The book of lent words that all nodes share; absent where one process is all there is. */
  readonly words?: WordBook;

  /**
   * Makes `reader` the mailbox's reader, registers the mailbox if it is unknown, and tells the reader before it that
   * the mailbox was taken. The same steps whether the mailbox was known or not, so that the answer's time tells
   * nothing. Resolves when the registration is durable; rejects with SignalError `store-busy`.
   * The reader may be told of arrivals before this resolves.
   *
   * An unknown mailbox is registered by `right`, everybody's if absent; where that does not reach, nothing changes, and
   * it rejects with `pass-needed`. A known one is opened whatever the right. What a guest's right opened is counted
   * before it is open, once for each mailbox, and stays counted for as long as the right lasts.
   */
  open(mailbox: MailboxName, reader: Reader, right?: Right): Promise<Opening>;

  /**
   * Stores an envelope. A reader is told of it at once; the promise says `stored` when it is durable, and why not
   * otherwise. A refusal that is known at once comes without a promise. The store owns the parcel from now on.
   */
  put(mailbox: MailboxName, parcel: Parcel): PutRefusal | Promise<'stored' | PutRefusal>;

  /**
   * Hands a DELIVER_LIVE frame to the mailbox's reader. The frame is only valid during the call. What became of it is
   * the result; `later`: the sender is told, once, and not before this returns.
   */
  live(mailbox: MailboxName, frame: Uint8Array, sender: LiveSender, request: number): LiveOutcome | 'later';

  /** Removes what is past its time and forgets mailboxes that nobody read for long. Works in small slices. */
  sweep(): Promise<Swept>;

  /** Mailboxes that are registered, where the store knows that without counting. */
  readonly registered: number | undefined;

  /** Whether it takes and gives at this moment, as far as it knows; what it can't, it refuses as `server-busy`. */
  readonly ready: boolean;

  /** Takes nothing more, finishes what is under way, lets go of the disk. */
  stop(): Promise<void>;
}

/** By what right an unknown mailbox is registered. */
export type Right = 'everybody' | 'nobody' | GuestRight;

/**
 * What one guest pass gives for one mailbox. Both names are hashes over the whole pass, which no store ever has: whoever
 * reads a store can join neither a pass with its mailboxes nor these with one another.
 */
export interface GuestRight {
  /** Of the pass. 16 bytes. */
  readonly pass: Uint8Array;
  /** Of this mailbox under the pass. 16 bytes. */
  readonly use: Uint8Array;
  /** Mailboxes that the pass opens, 1 to 255. */
  readonly mailboxes: number;
  /** When the pass is over: it may be forgotten then. Seconds since the epoch. */
  readonly until: number;
}

export type PutRefusal = 'mailbox-unknown' | 'mailbox-full' | 'server-busy';
export type LiveOutcome = 'passed' | 'nobody';

/** Whoever sent a live envelope: an object and a number, since a promise for each would cost more than its way. */
export interface LiveSender {
  /** What became of the envelope that was handed over with this number. */
  liveOutcome(request: number, outcome: LiveOutcome): void;
}

export interface Swept {
  readonly envelopes: number;
  readonly mailboxes: number;
}

/** The one who reads a mailbox, as a store knows them. */
export interface Reader {
  /**
   * An envelope was put in, durable or not yet. Sequences rise within a mailbox. Once per envelope and in order; a
   * reader that has no room for it forgets it and reads it from the store later.
   */
  arrived(sequence: number, parcel: Parcel): void;
  /** A live envelope, as a frame that is valid during the call. Returns whether it was handed on. */
  live(frame: Uint8Array): boolean;
  /** Somebody else reads the mailbox now. Nothing follows. */
  taken(): void;
}

/** A mailbox that is being read. After `close` or `taken` every call does nothing, and says so where it has an answer. */
export interface Opening {
  /** Envelopes that were in the mailbox when it was opened. */
  readonly waiting: number;
  /**
   * Envelopes after a sequence in order, at most so many and so many bytes of them; those being stored are among
   * them. `more` says that the next one did not fit.
   */
  read(after: number, most: number, mostBytes: number): Promise<ReadResult>;
  /**
   * Removes everything up to and including a sequence; resolves when that is durable, rejects with `store-busy`.
   * `not-open`: nothing was removed, for somebody else reads the mailbox, whether or not that was heard of before.
   */
  remove(upTo: number): Promise<RemoveOutcome>;
  /** Lets go of the mailbox; what is in it stays. */
  close(): void;
}

export type RemoveOutcome = 'removed' | 'not-open';

export interface ReadResult {
  readonly parcels: readonly { readonly sequence: number; readonly parcel: Parcel }[];
  readonly more: boolean;
}
