import { requestOf } from '../protocol/header.ts';
import { CLIENT_TYPES, type CloseReason, HEADER_BYTES, MAX_FRAME_BYTES } from '../protocol/index.ts';
import type { Rates, Visitor } from './address-book.ts';
import { type Bucket, FULL, waitMs, without } from './bucket.ts';

/** Which first bytes are a client's: a table, since every frame is looked up. */
const KNOWN = new Uint8Array(256);
for (const type of Object.values(CLIENT_TYPES)) KNOWN[type] = 1;

/** What every frame of one socket has to pass before anybody looks into it: the socket's limits, then its address's. */
export class Gate {
  readonly visitor: Visitor;
  #frames: Bucket = FULL;
  #bytes: Bucket = FULL;
  #lastRequest = 0;

  constructor(visitor: Visitor) {
    this.visitor = visitor;
  }

  /** Whether a frame ever passed. */
  get used(): boolean {
    return this.#lastRequest > 0;
  }

  /** 0: go on. Milliseconds: refuse with `rate`. A reason: end the socket. `now`: the address book's clock. */
  pass(frame: Uint8Array, rates: Rates, now: number): number | CloseReason {
    const { length } = frame;
    if (length > MAX_FRAME_BYTES) return 'too-large';
    if (length < HEADER_BYTES) return 'malformed';
    const type = frame[0]!;
    if (KNOWN[type] === 0) return 'unknown-type';
    const request = requestOf(frame);
    if (request !== this.#lastRequest + 1) return 'out-of-order';
    this.#lastRequest = request;
    const wait = this.charge(length, rates, now);
    return wait === Number.POSITIVE_INFINITY ? 'rate' : wait;
  }

  /** Charges for so many bytes, which what is refused costs too: it is work. Returns what {@link waitMs} does. */
  charge(length: number, rates: Rates, now: number): number {
    this.#frames = without(rates.frames, this.#frames, 1, now);
    this.#bytes = without(rates.bytes, this.#bytes, length, now);
    const own = Math.max(
      waitMs(rates.frames, this.#frames, 1, now),
      waitMs(rates.bytes, this.#bytes, length, now),
    );
    return Math.max(own, this.visitor.charge(length, rates, now));
  }
}
