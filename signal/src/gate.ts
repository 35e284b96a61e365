import { requestOf } from '../protocol/header.ts';
import { CLIENT_TYPES, type CloseReason, HEADER_BYTES, MAX_FRAME_BYTES } from '../protocol/index.ts';
import type { Rates, Visitor } from './address-book.ts';
import { Bucket } from './bucket.ts';

/** Which first bytes are a client's: a table, since every frame is looked up. */
const KNOWN = new Uint8Array(256);
for (const type of Object.values(CLIENT_TYPES)) KNOWN[type] = 1;

/** What every frame of one socket has to pass before anybody looks into it: the socket's limits, then its address's. */
export class Gate {
  readonly #visitor: Visitor;
  readonly #frames: Bucket;
  readonly #bytes: Bucket;
  #lastRequest = 0;

  constructor(rates: Rates, visitor: Visitor, now: number) {
    this.#visitor = visitor;
    this.#frames = new Bucket(rates.frames, now);
    this.#bytes = new Bucket(rates.bytes, now);
  }

  /** Whether a frame ever passed. */
  get used(): boolean {
    return this.#lastRequest > 0;
  }

  /** 0: go on. Milliseconds: refuse with `rate`. A reason: end the socket. */
  pass(frame: Uint8Array, now: number): number | CloseReason {
    if (frame.length > MAX_FRAME_BYTES) return 'too-large';
    if (frame.length < HEADER_BYTES) return 'malformed';
    const type = frame[0]!;
    if (KNOWN[type] === 0) return 'unknown-type';
    const request = requestOf(frame);
    if (request !== this.#lastRequest + 1) return 'out-of-order';
    this.#lastRequest = request;
    let wait = Math.max(this.#frames.charge(1, now), this.#bytes.charge(frame.length, now));
    const { frames, bytes } = this.#visitor;
    if (frames !== undefined) wait = Math.max(wait, frames.charge(1, now));
    if (bytes !== undefined) wait = Math.max(wait, bytes.charge(frame.length, now));
    return wait === Number.POSITIVE_INFINITY ? 'rate' : wait;
  }
}
