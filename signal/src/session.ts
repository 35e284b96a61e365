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
  type Refusal,
  SERVER_TYPES,
} from '../protocol/index.ts';
import type { AddressBook } from './address-book.ts';
import { Gate } from './gate.ts';
import type { Limits } from './limits.ts';
import type { Line } from './line.ts';
import { idOf, nameInFrame } from './mailbox-name.ts';
import { Outgoing, type OutgoingEvents } from './outgoing.ts';
import { parcelFromSend } from './parcel.ts';
import type { Passes } from './passes.ts';
import { Readings, type Retries } from './readings.ts';
import type { LiveOutcome, LiveSender, PutRefusal, Store } from './store/store.ts';
import type { Tally } from './tally.ts';
import type { Tray } from './tray.ts';
import type { TurnIssuer } from './turn-issuer.ts';
import type { Turnstile } from './turnstile.ts';
import { Vocabulary } from './words/vocabulary.ts';
import type { WordBook } from './words/word-book.ts';

/** What all sessions of a server share. */
export interface Shared {
  readonly store: Store;
  readonly words: WordBook;
  readonly limits: Limits;
  readonly addresses: AddressBook;
  readonly tally: Tally;
  readonly turn: TurnIssuer | undefined;
  /** Nothing: everybody may open new mailboxes. */
  readonly passes: Passes | undefined;
  /** Seconds that an envelope is kept, as clients are told. */
  readonly retention: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since any moment, by a clock that is never put back: the time of all limits. */
  readonly clock: () => number;
  /** Where openings of mailboxes go through. */
  readonly turnstile: Turnstile;
  /** This session said its first word. */
  readonly spoke: (session: Session) => void;
  /** Where frames wait for the end of this turn of the event loop. */
  readonly tray: Tray;
  /** Calls `flush` of the session at the end of this turn of the event loop. */
  readonly flushSoon: (session: Session) => void;
  /** Calls `flush` of all sessions that wait for the end of the turn, and clears the tray. */
  readonly flushAll: () => void;
  /** Calls `retry` of the session in a moment. */
  readonly retrySoon: (session: Session) => void;
}

const NO_MAILBOX = new Uint8Array(MAILBOX_ID_BYTES);

/**
 * One client on one socket: reads its frames, keeps its limits, answers. Knows nothing of WebSockets, nor how
 * envelopes are stored.
 */
export class Session implements OutgoingEvents, Retries, LiveSender {
  readonly address: string;
  readonly #shared: Shared;
  readonly #line: Line;
  readonly #gate: Gate;
  readonly #out: Outgoing;
  readonly #readings: Readings;
  /** Made when it is needed first: few sockets ever speak of words. */
  #vocabulary: Vocabulary | undefined;
  #unstoredBytes = 0;
  #chokedAt = 0;

  constructor(line: Line, address: string, shared: Shared) {
    this.address = address;
    this.#line = line;
    this.#shared = shared;
    this.#gate = new Gate(shared.addresses.of(address));
    this.#out = new Outgoing(line, this, shared.tally, shared.tray);
    this.#readings = new Readings(this, address, this.#out, shared);
  }

  /** Whether it ended, by us or with its socket. */
  get over(): boolean {
    return this.#out.state === 'over';
  }

  /** How many mailboxes this socket reads. */
  get mailboxes(): number {
    return this.#readings.size;
  }

  /**
   * A binary message came. Its bytes are ours during the call only, and are written over: a live envelope becomes the
   * frame that goes out in the very memory in which it came in, and is copied once, onto the tray.
   */
  receive(frame: Uint8Array): void {
    if (this.#out.state === 'over') return;
    const { tally, addresses, clock } = this.#shared;
    tally.bytesIn += frame.length;
    if (!this.#gate.used) this.#shared.spoke(this);
    const passed = this.#gate.pass(frame, addresses.rates, clock());
    if (typeof passed === 'string') {
      this.end(passed);
      return;
    }
    if (passed > 0) {
      this.#refuseFrame(frame, 'rate', passed);
      return;
    }
    if (this.#out.owed >= MAX_UNANSWERED) {
      this.#refuseFrame(frame, 'rate', this.#shared.limits.busyRetryMs);
      return;
    }
    if (frame[0] === CLIENT_TYPES.live) this.#live(frame);
    else if (frame[0] === CLIENT_TYPES.send) this.#send(frame);
    else this.#decode(frame);
  }

  /** The socket asked for or gave a sign of life of its own, below all frames: work that counts as a frame does. */
  signOfLife(length: number): void {
    if (this.#out.state === 'over') return;
    const { addresses, clock } = this.#shared;
    // There is no way to refuse one.
    if (this.#gate.charge(length, addresses.rates, clock()) === Number.POSITIVE_INFINITY) this.end('rate');
  }

  /**
   * The socket has sent something of what waited. Only when that was all does it get more: what is left would be watched
   * by nobody.
   */
  drained(): void {
    if (this.#out.state === 'choked') this.retry();
  }

  /** Resumes the readings that waited, for the socket or for the store. */
  retry(): void {
    if (this.#out.state === 'over') return;
    if (this.#out.lookAgain()) this.#readings.resume();
    else if (this.#shared.clock() - this.#chokedAt > this.#shared.limits.chokedMs) this.lineDropped();
    else this.retrySoon();
  }

  /** Bytes that wait for the client. */
  get backlog(): number {
    return this.over ? 0 : this.#line.backlog();
  }

  /** The socket is gone. */
  ended(): void {
    this.#out.stop();
    this.#readings.end();
  }

  /** Ends the socket with a reason. */
  end(reason: CloseReason): void {
    if (this.#out.state === 'over') return;
    this.flush();
    // Saying the last answers may have found the line too slow.
    if (this.over) return;
    this.#shared.tally.ended(reason);
    this.ended();
    this.#line.end(reason);
  }

  /** Sends what was answered in this turn. */
  flush(): void {
    this.#out.flush();
  }

  flushSoon(): void {
    this.#shared.flushSoon(this);
  }

  flushAll(): void {
    this.#shared.flushAll();
  }

  retrySoon(): void {
    this.#shared.retrySoon(this);
  }

  lineChoked(): void {
    this.#chokedAt = this.#shared.clock();
    this.retrySoon();
  }

  /** The client no longer knows what it missed, so it starts anew; what is stored waits for it. */
  lineDropped(): void {
    this.#shared.tally.ended('too-slow');
    this.ended();
    this.#line.end('too-slow');
  }

  /** The store's answer, for a live envelope that went to another node. */
  liveOutcome(request: number, outcome: LiveOutcome): void {
    this.#shared.tally[outcome]++;
    this.#out.settle();
    this.#out.answer(request, outcome);
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
    const outcome = this.#shared.store.live(nameInFrame(frame), frame, this, request);
    if (outcome === 'later') {
      this.#out.owe();
      return;
    }
    this.#shared.tally[outcome]++;
    this.#out.answer(request, outcome);
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
    const { store, limits, tally } = this.#shared;
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
    this.#out.owe();
    this.#unstoredBytes += length;
    const done = (outcome: 'stored' | PutRefusal) => {
      this.#out.settle();
      this.#unstoredBytes -= length;
      if (outcome === 'stored') {
        tally.stored++;
        this.#out.answer(request, 'stored');
      } else {
        this.#out.refuse(request, idOf(name), outcome, this.#retryAfter(outcome));
      }
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
        this.#readings.open(frame.request, frame.mailbox, frame.key, frame.pass);
        return;
      case 'close':
        // Not where it is refused: whoever reads the mailbox now has its word.
        if (this.#readings.close(frame.request, frame.mailbox)) this.#vocabulary?.closed(frame.mailbox);
        return;
      case 'ack':
        this.#readings.acknowledge(frame.request, frame.mailbox, frame.sequence);
        return;
      case 'turn':
        this.#turn(frame.request, frame.pass);
        return;
      case 'mint':
        this.#mint(frame.request, frame.pass);
        return;
      case 'ping':
        this.#out.say({ type: 'pong', request: frame.request });
        return;
      case 'lend-word':
        this.#words.lend(frame.request, frame.mailbox.slice(), frame.wish);
        return;
      case 'resolve-word':
        this.#words.resolve(frame.request, frame.word);
        return;
      case 'send':
      case 'live':
        // Taken before decoding, on the fast path.
        return;
    }
  }

  get #words(): Vocabulary {
    this.#vocabulary ??= new Vocabulary(this.#readings, this.address, this.#out, this.#shared);
    return this.#vocabulary;
  }

  #turn(request: number, pass: Uint8Array | undefined): void {
    const { turn, passes, now, limits, tally } = this.#shared;
    if (!this.#readings.active) {
      this.#out.refuse(request, NO_MAILBOX, 'not-open', 0);
      return;
    }
    if (turn === undefined) {
      this.#out.refuse(request, NO_MAILBOX, 'no-relay', 0);
      return;
    }
    if (passes !== undefined && !passes.isOperators(pass)) {
      this.#out.refuse(request, NO_MAILBOX, 'pass-needed', 0);
      return;
    }
    const credentials = turn.issue(this.address, now());
    if (credentials === undefined) {
      this.#out.refuse(request, NO_MAILBOX, 'server-busy', limits.busyRetryMs, 'no-turn-secret');
      return;
    }
    tally.turnCredentials++;
    this.#out.say({ type: 'turn-credentials', request, credentials });
  }

  /** A guest pass is worth a few openings, and counts as one. */
  #mint(request: number, pass: Uint8Array): void {
    const { passes, addresses, clock } = this.#shared;
    if (passes === undefined) {
      this.#out.refuse(request, NO_MAILBOX, 'no-passes', 0);
      return;
    }
    const wait = addresses.takeOpening(this.address, clock());
    if (wait > 0) {
      this.#out.refuse(request, NO_MAILBOX, 'rate', wait);
      return;
    }
    const minted = passes.mint(pass);
    if (minted === undefined) this.#out.refuse(request, NO_MAILBOX, 'pass-needed', 0);
    else this.#out.say({ type: 'guest-pass', request, pass: minted });
  }

  #retryAfter(reason: PutRefusal): number {
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
}
