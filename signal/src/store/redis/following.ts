import type { MailboxName } from '../../mailbox-name.ts';
import type { Parcel } from '../../parcel.ts';
import type { Reader, ReadResult } from '../store.ts';
import { mailboxKey } from './names.ts';

/** How a following asks its store. Rejects where that can't. */
export interface FollowingStore {
  /** Envelopes after a sequence for the holder of an epoch, or the epoch that holds the mailbox instead. */
  read(following: Following, after: number, most: number, mostBytes: number): Promise<ReadResult | number>;
  /** A later epoch holds the mailbox. */
  over(following: Following): void;
  /** Redis knows an earlier epoch, or none: a fail-over has forgotten ours. */
  forgotten(following: Following): void;
}

/** Envelopes and bytes that one look for missed ones takes: a reader's window. */
const MOST = 64;
const MOST_BYTES = 256 * 1024;

/**
 * A mailbox that a reader on this node has open. Notices of what was stored come from every node, each naming the
 * sequence before it: where that is not the last one heard of, something is missing, and the mailbox is read.
 *
 * `following`: told of everything up to `last`. `reading`: something was missed. `over`: closed, or taken.
 */
export class Following {
  readonly mailbox: MailboxName;
  readonly key: string;
  readonly reader: Reader;
  readonly #store: FollowingStore;
  #epoch = 0;
  #last = 0;
  #state: 'opening' | 'following' | 'reading' | 'over' = 'opening';
  #missed = false;

  constructor(mailbox: MailboxName, reader: Reader, store: FollowingStore) {
    this.mailbox = mailbox;
    this.key = mailboxKey(mailbox);
    this.reader = reader;
    this.#store = store;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  /** The mailbox is this node's under an epoch, for the first time or again after a fail-over. */
  begin(epoch: number, last: number): void {
    if (this.#state === 'over') return;
    const again = this.#state !== 'opening';
    this.#epoch = epoch;
    if (again) {
      this.look(last);
      return;
    }
    this.#last = last;
    this.#state = 'following';
  }

  /** An envelope was stored under an epoch. */
  notice(sequence: number, before: number, epoch: number, parcel: Parcel): void {
    if (this.#state === 'opening' || this.#state === 'over') return;
    if (epoch > this.#epoch) {
      this.superseded(epoch);
      return;
    }
    // For a reader before this one, who opened later than it was stored.
    if (epoch < this.#epoch || sequence <= this.#last) return;
    if (this.#state === 'reading') {
      this.#missed = true;
    } else if (before === this.#last) {
      this.#last = sequence;
      this.reader.arrived(sequence, parcel);
    } else {
      void this.#readMissed();
    }
  }

  /** The last sequence of the mailbox is known to be this: reads if that was not heard of. */
  look(last: number): void {
    if (last <= this.#last) return;
    if (this.#state === 'reading') this.#missed = true;
    else if (this.#state === 'following') void this.#readMissed();
  }

  /** What the reader itself has read needs no telling any more. */
  wasRead(last: number): void {
    if (last > this.#last) this.#last = last;
  }

  /** Compares the epoch that Redis knows with ours. Returns whether ours holds. */
  holds(epoch: number): boolean {
    if (this.#state === 'over') return false;
    if (epoch > this.#epoch) this.superseded(epoch);
    else if (epoch < this.#epoch) this.#store.forgotten(this);
    return epoch === this.#epoch;
  }

  /** Somebody opened the mailbox under an epoch. */
  superseded(epoch: number): void {
    if (this.#state === 'over' || (this.#state !== 'opening' && epoch <= this.#epoch)) return;
    this.#state = 'over';
    this.#store.over(this);
    this.reader.taken();
  }

  /** The reader lets go. */
  end(): void {
    this.#state = 'over';
  }

  async #readMissed(): Promise<void> {
    this.#state = 'reading';
    try {
      for (let more = true; more && this.#state === 'reading'; ) {
        this.#missed = false;
        const found = await this.#store.read(this, this.#last, MOST, MOST_BYTES);
        if (typeof found === 'number') {
          this.holds(found);
          break;
        }
        for (const { sequence, parcel } of found.parcels) {
          if (this.#state !== 'reading') return;
          if (sequence <= this.#last) continue;
          this.#last = sequence;
          this.reader.arrived(sequence, parcel);
        }
        more = found.more || this.#missed;
      }
    } catch {
      // The next notice, or the next look, finds the gap again.
    }
    if (this.#state === 'reading') this.#state = 'following';
  }
}
