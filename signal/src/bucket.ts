/** What all buckets of a kind have in common, so that each socket keeps only its own two numbers. */
export interface Rate {
  readonly perMs: number;
  readonly most: number;
}

/** Holds `most` tokens at first and gains `perSecond`. */
export function rate(perSecond: number, most: number): Rate {
  return { perMs: perSecond / 1000, most };
}

/** A token bucket. Milliseconds come from outside. */
export class Bucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.most;
    this.#at = now;
  }

  /** Takes `count` tokens if they are there (0), or says in how many milliseconds they will be. */
  take(count: number, now: number): number {
    this.#refill(now);
    if (this.#tokens < count) return this.#until(count);
    this.#tokens -= count;
    return 0;
  }

  /**
   * Takes `count` tokens in any case, since what is refused costs work too. 0: they were there. Otherwise the
   * milliseconds until so many will be; Infinity: the debt is as deep as the bucket, and refusing is not enough.
   */
  charge(count: number, now: number): number {
    this.#refill(now);
    this.#tokens -= count;
    if (this.#tokens >= 0) return 0;
    return this.#tokens < -this.#rate.most ? Number.POSITIVE_INFINITY : this.#until(count);
  }

  #refill(now: number): void {
    if (now <= this.#at) return;
    this.#tokens = Math.min(this.#rate.most, this.#tokens + (now - this.#at) * this.#rate.perMs);
    this.#at = now;
  }

  #until(count: number): number {
    return Math.ceil((count - this.#tokens) / this.#rate.perMs);
  }
}
