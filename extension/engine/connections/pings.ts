/**
 * Signs of life over an open connection: pings, which tell how long there and back takes and whether anybody is at the
 * other end, and the answers to theirs.
 */
import type { Clock } from '../clock.ts';
import { detach } from '../report.ts';
import { FRAME } from './frames.ts';

/** The kind, and a number that comes back with the answer. */
const PING_BYTES = 9;
/** How long an answer may take, where nothing else comes either. Milliseconds. */
const PING_PATIENCE = 10_000;
/** Answers to pings that wait for room: more than anybody asks who hears them, and no memory worth naming. */
const PONGS_MAX = 16;

export interface PingsOptions {
  readonly clock: Clock;
  /** Sends a frame over the connection. */
  send(frame: Uint8Array): Promise<boolean>;
  /** A round trip is known. */
  answered(): void;
  /** A ping went unanswered, and nothing else came since it left. */
  silent(): void;
}

export class Pings {
  readonly #options: PingsOptions;
  readonly #pending = new Map<number, { readonly at: number; done(roundTrip: number | undefined): void }>();
  #next = 1;
  /** Whether anything has come through since the last ping left. */
  #heard = false;
  #answers = 0;
  #roundTrip: number | undefined;

  constructor(options: PingsOptions) {
    this.#options = options;
  }

  /** The last one known of this connection. Milliseconds. */
  get roundTrip(): number | undefined {
    return this.#roundTrip;
  }

  /** Resolves with milliseconds there and back, or `undefined` where no answer comes. */
  async ping(): Promise<number | undefined> {
    const number = this.#next++;
    const frame = new Uint8Array(PING_BYTES);
    frame[0] = FRAME.ping;
    new DataView(frame.buffer).setFloat64(1, number);
    const result = new Promise<number | undefined>((done) => {
      this.#pending.set(number, { at: performance.now(), done });
    });
    this.#heard = false;
    const cancel = this.#options.clock.after(PING_PATIENCE, () => this.#lost(number));
    await this.#options.send(frame);
    const roundTrip = await result;
    cancel();
    return roundTrip;
  }

  /** Something came through. */
  heard(): void {
    this.#heard = true;
  }

  /** Takes a ping or an answer of theirs; what is neither is nothing. */
  take(bytes: Uint8Array): void {
    if (bytes.length !== PING_BYTES) return;
    if (bytes[0] === FRAME.ping) detach(this.#answer(bytes));
    else if (bytes[0] === FRAME.pong)
      this.#answered(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(1));
  }

  /** The connection is gone, and what was known of it. */
  forget(): void {
    this.#roundTrip = undefined;
    for (const { done } of this.#pending.values()) done(undefined);
    this.#pending.clear();
  }

  /** Who pings on and on without taking the answers gets no more of them. */
  async #answer(ping: Uint8Array): Promise<void> {
    if (this.#answers >= PONGS_MAX) return;
    const pong = ping.slice();
    pong[0] = FRAME.pong;
    this.#answers++;
    try {
      await this.#options.send(pong);
    } finally {
      this.#answers--;
    }
  }

  #answered(number: number): void {
    const ping = this.#pending.get(number);
    if (ping === undefined) return;
    this.#pending.delete(number);
    this.#roundTrip = performance.now() - ping.at;
    ping.done(this.#roundTrip);
    this.#options.answered();
  }

  #lost(number: number): void {
    const ping = this.#pending.get(number);
    if (ping === undefined) return;
    this.#pending.delete(number);
    ping.done(undefined);
    // On a slow way the answer may still stand behind what was sent before it.
    if (!this.#heard) this.#options.silent();
  }
}
