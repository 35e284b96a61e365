import { blake2b } from '@noble/hashes/blake2.js';
import { MAILBOX_ID_BYTES } from '../protocol/index.ts';
import { SignalError } from './error.ts';
import { idOf, type MailboxName, nameOf } from './mailbox-name.ts';
import type { Outgoing } from './outgoing.ts';
import type { Parcel } from './parcel.ts';
import { Reading, type ReadingLine } from './reading.ts';
import type { Shared } from './session.ts';

/** Who is asked to call {@link Readings.resume} in a moment. */
export interface Retries {
  retrySoon(): void;
}

/** The mailboxes that one socket reads: opens them, acknowledges, lets go, and resumes those that wait for the socket. */
export class Readings implements ReadingLine {
  readonly #session: Retries;
  readonly #address: string;
  readonly #out: Outgoing;
  readonly #shared: Shared;
  /** Most sockets read one mailbox: only those with more have a map. */
  #only: Reading | undefined;
  #several: Map<MailboxName, Reading> | undefined;
  /** Made when it is needed first: most sockets keep up all their life. */
  #waiting: Set<Reading> | undefined;

  constructor(session: Retries, address: string, out: Outgoing, shared: Shared) {
    this.#session = session;
    this.#address = address;
    this.#out = out;
    this.#shared = shared;
  }

  /** How many mailboxes this socket reads or is opening. */
  get size(): number {
    return this.#several?.size ?? (this.#only === undefined ? 0 : 1);
  }

  /** Whether deliveries may come from at least one. */
  get active(): boolean {
    for (const reading of this.#all()) if (reading.active) return true;
    return false;
  }

  /** Whether deliveries may come from this one. */
  reads(mailbox: MailboxName): boolean {
    return this.#of(mailbox)?.active ?? false;
  }

  get choked(): boolean {
    return this.#out.state !== 'open';
  }

  deliver(parcel: Parcel): void {
    this.#shared.tally.delivered++;
    this.#out.put(parcel);
  }

  /** A live envelope is not worth a buffer: who does not keep up is nobody for the moment. */
  passLive(frame: Uint8Array): boolean {
    return this.#out.lay(frame);
  }

  waitFor(reading: Reading): void {
    this.#waiting ??= new Set();
    this.#waiting.add(reading);
    if (this.#out.state === 'open') this.#session.retrySoon();
  }

  taken(reading: Reading): void {
    if (!this.#forget(reading)) return;
    this.#out.say({ type: 'taken', mailbox: idOf(reading.name) });
  }

  /**
   * One path for known, unknown, used and expired mailboxes: the same limits, the same steps, the same bytes. Only where
   * the server asks for a pass does it matter whether the mailbox is known, and to the store alone.
   */
  open(request: number, mailbox: Uint8Array, key: Uint8Array, pass: Uint8Array | undefined): void {
    const { limits, addresses, clock, turnstile } = this.#shared;
    if (!equal(blake2b(key, { dkLen: MAILBOX_ID_BYTES }), mailbox)) {
      this.#out.refuse(request, mailbox, 'bad-key', 0);
      return;
    }
    // Before it costs the address or an earlier opening anything.
    if (turnstile.full) {
      this.#out.refuse(request, mailbox, 'server-busy', limits.busyRetryMs, 'too-many-openings');
      return;
    }
    const wait = addresses.takeOpening(this.#address, clock());
    if (wait > 0) {
      this.#out.refuse(request, mailbox, 'rate', wait);
      return;
    }
    const name = nameOf(mailbox);
    const before = this.#of(name);
    if (before !== undefined) {
      this.#forget(before);
      before.close();
    } else if (this.size >= limits.mailboxesPerSocket) {
      this.#out.refuse(request, mailbox, 'too-many-mailboxes', 0);
      return;
    }
    const reading = new Reading(this, name);
    this.#remember(reading);
    this.#out.owe();
    const shown = pass?.slice();
    turnstile.enter(() => this.#register(request, reading, shown));
  }

  /** The part of an opening that costs. Its turn may come when the socket is over, and then nobody is there to read. */
  #register(request: number, reading: Reading, pass: Uint8Array | undefined): void {
    if (this.#out.state === 'over') return;
    const { store, limits, passes, retention } = this.#shared;
    const { name } = reading;
    store.open(name, reading, passes?.rightTo(idOf(name), pass)).then(
      (opening) => {
        this.#out.settle();
        // Closed, taken or opened anew meanwhile: the answer is still owed, and `begin` lets go of it.
        this.#out.say({ type: 'opened', request, mailbox: idOf(name), waiting: opening.waiting, retention });
        if (reading.begin(opening) === 'taken') this.taken(reading);
      },
      (error: unknown) => {
        this.#out.settle();
        this.#forget(reading);
        reading.close();
        const needsPass = error instanceof SignalError && error.code === 'pass-needed';
        if (needsPass) this.#out.refuse(request, idOf(name), 'pass-needed', 0);
        else this.#out.refuse(request, idOf(name), 'server-busy', limits.busyRetryMs);
      },
    );
  }

  /** Lets go of a mailbox. Returns whether this socket had it. */
  close(request: number, mailbox: Uint8Array): boolean {
    const reading = this.#of(nameOf(mailbox));
    if (reading === undefined) {
      this.#out.refuse(request, mailbox, 'not-open', 0);
      return false;
    }
    this.#forget(reading);
    reading.close();
    this.#out.answer(request, 'closed');
    return true;
  }

  /** Removes what an opening delivered, up to a number. */
  acknowledge(request: number, mailbox: Uint8Array, sequence: number): void {
    const { tally, limits } = this.#shared;
    const name = nameOf(mailbox);
    const removed = this.#of(name)?.acknowledge(sequence) ?? 'not-open';
    if (typeof removed === 'string') {
      this.#out.refuse(request, mailbox, removed, 0);
      return;
    }
    this.#out.owe();
    removed.then(
      (count) => {
        this.#out.settle();
        if (count === 'not-open') {
          this.#out.refuse(request, idOf(name), count, 0);
          return;
        }
        tally.removed += count;
        this.#out.answer(request, 'removed');
      },
      () => {
        this.#out.settle();
        this.#out.refuse(request, idOf(name), 'server-busy', limits.busyRetryMs);
      },
    );
  }

  /** Resumes the readings that waited, for the socket or for the store. */
  resume(): void {
    if (this.#waiting === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const reading of waiting) reading.resume();
  }

  /** The socket is over: lets go of everything. */
  end(): void {
    for (const reading of this.#all()) reading.close();
    this.#only = undefined;
    this.#several = undefined;
    this.#waiting = undefined;
  }

  #of(mailbox: MailboxName): Reading | undefined {
    if (this.#several !== undefined) return this.#several.get(mailbox);
    return this.#only?.name === mailbox ? this.#only : undefined;
  }

  #all(): Iterable<Reading> {
    return this.#several?.values() ?? (this.#only === undefined ? [] : [this.#only]);
  }

  #remember(reading: Reading): void {
    if (this.#several === undefined && this.#only === undefined) {
      this.#only = reading;
      return;
    }
    this.#several ??= new Map(this.#only && [[this.#only.name, this.#only]]);
    this.#several.set(reading.name, reading);
    this.#only = undefined;
  }

  /** Returns whether it was still the reading of its mailbox. */
  #forget(reading: Reading): boolean {
    this.#waiting?.delete(reading);
    if (this.#of(reading.name) !== reading) return false;
    if (this.#several === undefined) this.#only = undefined;
    else this.#several.delete(reading.name);
    return true;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
