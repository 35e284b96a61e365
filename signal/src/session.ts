import { blake2b } from '@noble/hashes/blake2.js';
import { WireError } from '../protocol/error.ts';
import { PAYLOAD_AT, REQUEST_AT, requestOf } from '../protocol/header.ts';
import {
  CLIENT_TYPES,
  type ClientFrame,
  type CloseReason,
  decodeClientFrame,
  HEADER_BYTES,
  MAILBOX_ID_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_LIVE_ENVELOPE_BYTES,
  MAX_UNANSWERED,
  type Outcome,
  type Refusal,
  SERVER_TYPES,
} from '../protocol/index.ts';
import type { AddressBook } from './address-book.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import type { Line } from './line.ts';
import { type MailboxName, nameInFrame, nameOf } from './mailbox-name.ts';
import { Outgoing } from './outgoing.ts';
import { type Parcel, parcelFromSend } from './parcel.ts';
import { Reading, type ReadingLine } from './reading.ts';
import type { Store } from './store/store.ts';
import type { TurnIssuer } from './turn-issuer.ts';

/** What all sessions of a server share. */
export interface Shared {
  readonly store: Store;
  readonly limits: Limits;
  readonly addresses: AddressBook;
  readonly turn: TurnIssuer | undefined;
  /** Seconds that an envelope is kept, as clients are told. */
  readonly retention: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `flush` of the session at the end of this turn of the event loop. */
  readonly flushSoon: (session: Session) => void;
  /** Calls `retry` of the session in a moment. */
  readonly retrySoon: (session: Session) => void;
}

const NO_MAILBOX = new Uint8Array(MAILBOX_ID_BYTES);

/**
 * One client on one socket: reads its frames, keeps its limits, answers. Knows nothing of WebSockets, nor how
 * envelopes are stored.
 */
export class Session implements ReadingLine {
  readonly address: string;
  readonly #shared: Shared;
  readonly #line: Line;
  readonly #gate: Gate;
  readonly #out: Outgoing;
  readonly #readings = new Map<MailboxName, Reading>();
  readonly #names = new Map<Reading, MailboxName>();
  readonly #waiting = new Set<Reading>();
  #unanswered = 0;
  #unstoredBytes = 0;

  constructor(line: Line, address: string, shared: Shared) {
    this.address = address;
    this.#line = line;
    this.#shared = shared;
    this.#gate = new Gate(shared.limits, shared.now());
    this.#out = new Outgoing(line, {
      flushSoon: () => shared.flushSoon(this),
      choked: () => shared.retrySoon(this),
      dropped: () => {
        // The client no longer knows what it missed, so it starts anew; what is stored waits for it.
        this.ended();
        line.end('too-slow');
      },
    });
  }

  /** Whether anything was ever said here. */
  get spoke(): boolean {
    return this.#gate.used;
  }

  get choked(): boolean {
    return this.#out.state !== 'open';
  }

  /**
   * A binary message came. Its bytes are ours during the call only, and are written over: a live envelope goes out
   * in the very memory in which it came in.
   */
  receive(frame: Uint8Array): void {
    if (this.#out.state === 'over') return;
    const passed = this.#gate.pass(frame, this.#shared.now());
    if (typeof passed === 'string') {
      this.end(passed);
      return;
    }
    if (passed > 0) {
      this.#refuseFrame(frame, 'rate', passed);
      return;
    }
    if (this.#unanswered >= MAX_UNANSWERED) {
      this.#refuseFrame(frame, 'rate', this.#shared.limits.busyRetryMs);
      return;
    }
    if (frame[0] === CLIENT_TYPES.live) this.#live(frame);
    else if (frame[0] === CLIENT_TYPES.send) this.#send(frame);
    else this.#decode(frame);
  }

  /** The socket has sent what waited, or nearly. */
  drained(): void {
    if (this.#out.drained()) this.retry();
  }

  /** Resumes the readings that waited, for the socket or for the store. */
  retry(): void {
    if (this.#out.state === 'over') return;
    if (!this.#out.lookAgain()) {
      this.#shared.retrySoon(this);
      return;
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reading of waiting) reading.resume();
  }

  /** The socket is gone. */
  ended(): void {
    this.#out.stop();
    for (const reading of this.#readings.values()) reading.close();
    this.#readings.clear();
    this.#names.clear();
    this.#waiting.clear();
  }

  /** Ends the socket with a reason. */
  end(reason: CloseReason): void {
    if (this.#out.state === 'over') return;
    this.flush();
    this.ended();
    this.#line.end(reason);
  }

  /** Sends what was answered in this turn. */
  flush(): void {
    this.#out.flush();
  }

  deliver(parcel: Parcel): void {
    this.#out.put(parcel);
  }

  /** A live envelope is not worth a buffer: who does not keep up is nobody for the moment. */
  passLive(frame: Uint8Array): boolean {
    if (this.#out.state !== 'open') return false;
    this.#out.put(frame);
    return true;
  }

  waitFor(reading: Reading): void {
    this.#waiting.add(reading);
    if (this.#out.state === 'open') this.#shared.retrySoon(this);
  }

  taken(reading: Reading): void {
    const name = this.#names.get(reading);
    if (name === undefined) return;
    this.#forget(name, reading);
    this.#out.say({ type: 'taken', mailbox: Buffer.from(name, 'latin1') });
  }

  #live(frame: Uint8Array): void {
    const request = requestOf(frame);
    const length = frame.length - HEADER_BYTES;
    if (length === 0) {
      this.end('malformed');
      return;
    }
    if (length > MAX_LIVE_ENVELOPE_BYTES) {
      this.#refuseFrame(frame, 'too-large', 0);
      return;
    }
    frame[0] = SERVER_TYPES['deliver-live'];
    frame.fill(0, REQUEST_AT, REQUEST_AT + 4);
    const outcome = this.#shared.store.live(nameInFrame(frame), frame);
    if (typeof outcome === 'string') {
      this.#out.answer(request, outcome);
      return;
    }
    this.#unanswered++;
    outcome.then(
      (passed) => this.#answerLater(request, passed),
      () => this.#answerLater(request, 'nobody'),
    );
  }

  #send(frame: Uint8Array): void {
    const request = requestOf(frame);
    const length = frame.length - HEADER_BYTES;
    if (length === 0) {
      this.end('malformed');
      return;
    }
    if (length > MAX_ENVELOPE_BYTES) {
      this.#refuseFrame(frame, 'too-large', 0);
      return;
    }
    const { store, limits } = this.#shared;
    if (this.#unstoredBytes + length > limits.unstoredBytes) {
      this.#refuseFrame(frame, 'rate', limits.busyRetryMs);
      return;
    }
    const name = nameInFrame(frame);
    const parcel = parcelFromSend(frame);
    const put = store.put(name, parcel);
    if (typeof put === 'string') {
      this.#refuseFrame(frame, put, this.#retryAfter(put));
      return;
    }
    this.#unanswered++;
    this.#unstoredBytes += length;
    const done = (outcome: 'stored' | 'server-busy') => {
      this.#unstoredBytes -= length;
      if (outcome === 'stored') {
        this.#answerLater(request, 'stored');
        return;
      }
      this.#unanswered--;
      this.#out.refuse(request, Buffer.from(name, 'latin1'), outcome, this.#retryAfter(outcome));
    };
    put.then(done, () => done('server-busy'));
  }

  #decode(bytes: Uint8Array): void {
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.end('malformed');
      return;
    }
    switch (frame.type) {
      case 'open':
        this.#open(frame.request, frame.mailbox.slice(), frame.key);
        return;
      case 'close':
        this.#close(frame.request, frame.mailbox);
        return;
      case 'ack':
        this.#acknowledge(frame.request, frame.mailbox, frame.sequence);
        return;
      case 'turn':
        this.#turn(frame.request);
        return;
      case 'ping':
        this.#out.say({ type: 'pong', request: frame.request });
        return;
      case 'send':
      case 'live':
        // Taken before decoding, on the fast path.
        return;
    }
  }

  /** One path for known, unknown, used and expired mailboxes: the same limits, the same steps, the same bytes. */
  #open(request: number, mailbox: Uint8Array, key: Uint8Array): void {
    const { store, limits, addresses, now, retention } = this.#shared;
    if (!equal(blake2b(key, { dkLen: MAILBOX_ID_BYTES }), mailbox)) {
      this.#out.refuse(request, mailbox, 'bad-key', 0);
      return;
    }
    const wait = addresses.takeOpening(this.address, now());
    if (wait > 0) {
      this.#out.refuse(request, mailbox, 'rate', wait);
      return;
    }
    const name = nameOf(mailbox);
    const before = this.#readings.get(name);
    if (before !== undefined) {
      this.#forget(name, before);
      before.close();
    } else if (this.#readings.size >= limits.mailboxesPerSocket) {
      this.#out.refuse(request, mailbox, 'too-many-mailboxes', 0);
      return;
    }
    const reading = new Reading(this);
    this.#readings.set(name, reading);
    this.#names.set(reading, name);
    this.#unanswered++;
    store.open(name, reading).then(
      (opening) => {
        this.#unanswered--;
        // Closed, taken or opened anew meanwhile: the answer is still owed, and `begin` lets go of it.
        this.#out.say({ type: 'opened', request, mailbox, waiting: opening.waiting, retention });
        if (reading.begin(opening) === 'taken') this.taken(reading);
      },
      () => {
        this.#unanswered--;
        this.#forget(name, reading);
        reading.close();
        this.#out.refuse(request, mailbox, 'server-busy', limits.busyRetryMs);
      },
    );
  }

  #close(request: number, mailbox: Uint8Array): void {
    const name = nameOf(mailbox);
    const reading = this.#readings.get(name);
    if (reading === undefined) {
      this.#out.refuse(request, mailbox, 'not-open', 0);
      return;
    }
    this.#forget(name, reading);
    reading.close();
    this.#out.answer(request, 'closed');
  }

  #acknowledge(request: number, mailbox: Uint8Array, sequence: number): void {
    const name = nameOf(mailbox);
    const removed = this.#readings.get(name)?.acknowledge(sequence) ?? 'not-open';
    if (typeof removed === 'string') {
      this.#out.refuse(request, mailbox, removed, 0);
      return;
    }
    this.#unanswered++;
    removed.then(
      () => this.#answerLater(request, 'removed'),
      () => {
        this.#unanswered--;
        const retry = this.#shared.limits.busyRetryMs;
        this.#out.refuse(request, Buffer.from(name, 'latin1'), 'server-busy', retry);
      },
    );
  }

  #turn(request: number): void {
    const { turn, now, limits } = this.#shared;
    const reads = [...this.#readings.values()].some(({ active }) => active);
    if (!reads) {
      this.#out.refuse(request, NO_MAILBOX, 'not-open', 0);
      return;
    }
    if (turn === undefined) {
      this.#out.refuse(request, NO_MAILBOX, 'no-relay', 0);
      return;
    }
    const credentials = turn.issue(this.address, now());
    if (credentials === undefined) this.#out.refuse(request, NO_MAILBOX, 'server-busy', limits.busyRetryMs);
    else this.#out.say({ type: 'turn-credentials', request, credentials });
  }

  #forget(name: MailboxName, reading: Reading): void {
    if (this.#readings.get(name) === reading) this.#readings.delete(name);
    this.#names.delete(reading);
    this.#waiting.delete(reading);
  }

  #retryAfter(reason: 'mailbox-unknown' | 'mailbox-full' | 'server-busy'): number {
    const { limits } = this.#shared;
    switch (reason) {
      case 'mailbox-unknown':
        return 0;
      case 'mailbox-full':
        return limits.fullRetryMs;
      case 'server-busy':
        return limits.busyRetryMs;
    }
  }

  #refuseFrame(frame: Uint8Array, reason: Refusal, retryAfter: number): void {
    this.#out.refuse(
      requestOf(frame),
      frame.subarray(HEADER_BYTES - MAILBOX_ID_BYTES, PAYLOAD_AT),
      reason,
      retryAfter,
    );
  }

  #answerLater(request: number, outcome: Outcome): void {
    this.#unanswered--;
    this.#out.answer(request, outcome);
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
