/** What all buckets of a kind have in common, so that each costs a socket one number. */
export interface Rate {
  readonly perMs: number;
  readonly most: number;
}

/** Holds `most` tokens at first and gains `perSecond`. */
export function rate(perSecond: number, most: number): Rate {
  return { perMs: perSecond / 1000, most };
}

/**
 * A token bucket is the moment at which it will be full again, in milliseconds from outside. Keep those small, counted
 * from a start of one's own: a byte is worth nanoseconds, which a number has no room for beside the year.
 */
export type Bucket = number;

/** One that nothing was taken from. */
export const FULL: Bucket = Number.NEGATIVE_INFINITY;

/** Parts of a token that are the arithmetic's and not anybody's. */
const NOTHING = 1e-6;

/** The bucket without `count` tokens, whether or not they were there. */
export function without(rate: Rate, bucket: Bucket, count: number, now: number): Bucket {
  return Math.max(bucket, now) + count / rate.perMs;
}

/** The bucket, owing no more than it can hold. */
export function indebted(rate: Rate, bucket: Bucket, now: number): Bucket {
  return Math.min(bucket, now + (2 * rate.most) / rate.perMs);
}

/** Milliseconds until a bucket owes nothing: 0 is now. */
export function debtMs(rate: Rate, bucket: Bucket, now: number): number {
  return tokensIn(rate, bucket, now) >= -NOTHING ? 0 : Math.ceil(bucket - now - rate.most / rate.perMs);
}

/**
 * Milliseconds until a bucket that owes something will hold `count` tokens; 0 if it owes nothing. Infinity: the debt is
 * as deep as the bucket, and refusing is not enough.
 */
export function waitMs(rate: Rate, bucket: Bucket, count: number, now: number): number {
  const tokens = tokensIn(rate, bucket, now);
  if (tokens >= -NOTHING) return 0;
  return tokens < -rate.most - NOTHING ? Number.POSITIVE_INFINITY : Math.ceil((count - tokens) / rate.perMs);
}

function tokensIn(rate: Rate, bucket: Bucket, now: number): number {
  return rate.most - Math.max(0, bucket - now) * rate.perMs;
}
