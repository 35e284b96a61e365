import { READ_WINDOW_BYTES, READ_WINDOW_ENVELOPES, type Refusal } from '../protocol/index.ts';
import type { MailboxName } from './mailbox-name.ts';
import { envelopeIn, numberParcel, type Parcel } from './parcel.ts';
import type { Opening, Reader } from './store/store.ts';

/** The socket's side of a reading. */
export interface ReadingLine {
  /** Whether the socket takes no deliveries at this moment; it calls {@link Reading.resume} when it does again. */
  readonly choked: boolean;
  deliver(parcel: Parcel): void;
  /** Hands on a live frame, or says that it could not. */
  passLive(frame: Uint8Array): boolean;
  /** Remember to call `resume` when the socket has drained, or in a moment. */
  waitFor(reading: Reading): void;
  taken(reading: Reading): void;
}

/**
 * `opening`: asked for, not yet ours. `following`: everything stored so far was delivered, arrivals go straight out.
 * `behind`: there is more in the store than fits into the window. `fetching`: reading it. `taken`: somebody else reads
 * the mailbox. `over`: we let go.
 */
type State = 'opening' | 'following' | 'behind' | 'fetching' | 'taken' | 'over';

interface InFlight {
  readonly sequence: number;
  readonly bytes: number;
}

/** One mailbox read by one socket: what is in flight, and what comes next. Deliveries are numbered from 1. */
export class Reading implements Reader {
  readonly name: MailboxName;
  readonly #line: ReadingLine;
  #state: State = 'opening';
  #opening: Opening | undefined;
  /** Oldest first; nothing until the first delivery, since many mailboxes are open for months without one. */
  #flight: InFlight[] | undefined;
  #flightBytes = 0;
  #delivered = 0;
  #acknowledged = 0;
  /** The store's sequence of the last delivery. */
  #cursor = 0;
  /** The last removal that was asked of the store, while it is under way. */
  #removing: Promise<number | 'not-open'> | undefined;
  /** Acknowledged, and not removed since the store could not: the next acknowledgement asks for it again. */
  #unremoved: { readonly upTo: number; readonly count: number } | undefined;
  /** Something arrived while we were opening or fetching, and may not be in what comes back. */
  #missed = false;

  constructor(line: ReadingLine, name: MailboxName) {
    this.#line = line;
    this.name = name;
  }

  /** Whether deliveries may come and live envelopes pass. */
  get active(): boolean {
    return this.#opening !== undefined && this.#state !== 'taken' && this.#state !== 'over';
  }

  /** The store opened it: deliver what waits, unless the mailbox was closed or taken in the meantime. */
  begin(opening: Opening): 'begun' | 'taken' | 'over' {
    if (this.#state === 'taken' || this.#state === 'over') {
      opening.close();
      return this.#state;
    }
    this.#opening = opening;
    this.#state = 'behind';
    this.resume();
    return 'begun';
  }

  /** Lets go; nothing is delivered any more. */
  close(): void {
    this.#state = 'over';
    this.#flight = undefined;
    this.#opening?.close();
  }

  arrived(sequence: number, parcel: Parcel): void {
    if (this.#state === 'opening' || this.#state === 'fetching') this.#missed = true;
    if (this.#state !== 'following') return;
    if (!this.#line.choked && this.#hasRoomFor(envelopeIn(parcel).length)) {
      this.#deliver(sequence, parcel);
      return;
    }
    this.#state = 'behind';
    if (this.#line.choked) this.#line.waitFor(this);
  }

  live(frame: Uint8Array): boolean {
    return this.active && this.#line.passLive(frame);
  }

  taken(): void {
    if (this.#state === 'over') return;
    // Before OPENED was said there is nothing to take back: `begin` reports it.
    const early = this.#state === 'opening';
    this.#state = 'taken';
    this.#flight = undefined;
    if (!early) this.#line.taken(this);
  }

  /**
   * Everything up to the `number`th delivery may go. A promise is kept when it is gone for good, with how many those
   * were, or with `not-open` where the store has given the mailbox to somebody else. It rejects where the store can't: it
   * may be asked again, and one that comes twice asks for nothing new.
   */
  acknowledge(number: number): Promise<number | 'not-open'> | Refusal {
    if (this.#opening === undefined || !this.active) return 'not-open';
    if (number > this.#delivered || number === 0) return 'unknown-sequence';
    const due = this.#unremoved;
    let upTo = due?.upTo ?? 0;
    const acknowledged = this.#flight?.splice(0, Math.max(0, number - this.#acknowledged)) ?? [];
    for (const done of acknowledged) {
      this.#flightBytes -= done.bytes;
      upTo = done.sequence;
    }
    if (upTo === 0) {
      return this.#removing?.then((removed) => (removed === 'not-open' ? removed : 0)) ?? Promise.resolve(0);
    }
    this.#acknowledged = Math.max(number, this.#acknowledged);
    this.#unremoved = undefined;
    const removed = this.#remove(this.#opening, upTo, acknowledged.length + (due?.count ?? 0));
    this.resume();
    return removed;
  }

  #remove(opening: Opening, upTo: number, count: number): Promise<number | 'not-open'> {
    const removing = opening.remove(upTo).then(
      (outcome) => (outcome === 'removed' ? count : outcome),
      (cause: unknown) => {
        const { upTo: other = 0, count: others = 0 } = this.#unremoved ?? {};
        this.#unremoved = { upTo: Math.max(upTo, other), count: count + others };
        throw cause;
      },
    );
    this.#removing = removing;
    const over = () => {
      if (this.#removing === removing) this.#removing = undefined;
    };
    removing.then(over, over);
    return removing;
  }

  /** Goes on where it stopped for want of room, of a socket that takes, or of a store that answers. */
  resume(): void {
    if (this.#state !== 'behind' || this.#opening === undefined) return;
    if (this.#line.choked) {
      this.#line.waitFor(this);
      return;
    }
    const most = READ_WINDOW_ENVELOPES - this.#inFlight;
    const mostBytes = READ_WINDOW_BYTES - this.#flightBytes;
    if (most <= 0 || mostBytes <= 0) return;
    this.#state = 'fetching';
    this.#missed = false;
    this.#opening.read(this.#cursor, most, mostBytes).then(
      ({ parcels, more }) => this.#fetched(parcels, more, mostBytes),
      () => {
        if (this.#state !== 'fetching') return;
        this.#state = 'behind';
        this.#line.waitFor(this);
      },
    );
  }

  #fetched(parcels: readonly { sequence: number; parcel: Parcel }[], more: boolean, mostBytes: number): void {
    let left = parcels.length;
    for (const { sequence, parcel } of parcels) {
      // Delivering may end the socket, and with it this reading.
      if (this.#state !== 'fetching' || this.#line.choked) break;
      this.#deliver(sequence, parcel);
      left--;
    }
    if (this.#state !== 'fetching') return;
    if (left === 0 && !more && !this.#missed) {
      this.#state = 'following';
      return;
    }
    this.#state = 'behind';
    // `more` without anything read means that the next one had no room: the next ACK resumes, or one that came meanwhile.
    const grown = READ_WINDOW_BYTES - this.#flightBytes > mostBytes;
    if (left > 0 || parcels.length > 0 || this.#missed || grown) this.resume();
  }

  get #inFlight(): number {
    return this.#flight?.length ?? 0;
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#inFlight < READ_WINDOW_ENVELOPES && this.#flightBytes + bytes <= READ_WINDOW_BYTES;
  }

  #deliver(sequence: number, parcel: Parcel): void {
    const bytes = envelopeIn(parcel).length;
    this.#cursor = sequence;
    this.#flight ??= [];
    this.#flight.push({ sequence, bytes });
    this.#flightBytes += bytes;
    numberParcel(parcel, ++this.#delivered);
    this.#line.deliver(parcel);
  }
}
