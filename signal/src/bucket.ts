/**
 * A token bucket that may go into debt: what is over is refused, and how deep the debt has become says when refusing
 * is not enough. Milliseconds come from outside.
 */
export class Bucket {
  #tokens: number;
  #at: number;
  readonly #perMs: number;
  readonly #most: number;

  /** Holds `most` tokens at first and gains `perSecond`. */
  constructor(perSecond: number, most: number, now: number) {
    this.#perMs = perSecond / 1000;
    this.#most = most;
    this.#tokens = most;
    this.#at = now;
  }

  /** Takes `count` tokens. 0: they were there. Otherwise the milliseconds until they would be; Infinity: hopeless. */
  take(count: number, now: number): number {
    if (now > this.#at) {
      this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#at) * this.#perMs);
      this.#at = now;
    }
    this.#tokens -= count;
    if (this.#tokens >= 0) return 0;
    return this.#tokens < -this.#most ? Number.POSITIVE_INFINITY : Math.ceil(-this.#tokens / this.#perMs);
  }
}
