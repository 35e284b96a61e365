/**
 * Who has just received something will probably answer, and an answer begins a chain with a new key pair. It is made in
 * the pause between the two, and kept for a short while only: a machine that sleeps should hold none.
 */
import type { Clock } from './clock.ts';

/** Milliseconds without anything received: what comes in a row is read first. */
export const PAUSE = 300;
/** Milliseconds that an unused pair is kept: longer than most answers take, shorter than a lunch. */
export const KEPT = 5 * 60_000;

/** The one pair: making it does nothing where there is one. */
export interface Pair {
  prepare(): void;
  drop(): void;
}

export class Ahead {
  readonly #clock: Clock;
  readonly #pair: Pair;
  #cancel: () => void = () => {};

  constructor(clock: Clock, pair: Pair) {
    this.#clock = clock;
    this.#pair = pair;
  }

  /** Something was received. */
  received(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(PAUSE, () => {
      this.#pair.prepare();
      this.#cancel = this.#clock.after(KEPT, () => this.#pair.drop());
    });
  }

  /** Drops the pair: the engine ends, or is locked. */
  stop(): void {
    this.#cancel();
    this.#pair.drop();
  }
}
