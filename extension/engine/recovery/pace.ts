/**
 * How often something may be done that anybody can cause: at once the first time, then after waits that grow fourfold
 * up to a day, and at once again after two quiet days. Nothing that others do makes it more than that.
 */

export interface Pace {
  /** How often, since it was quiet last. */
  readonly count: number;
  /** When last. */
  readonly at: number;
}

const DAY = 24 * 3600 * 1000;
const GROWTH = 4;

/** Asking the other side for a new session: the first wait is long enough for an answer. Milliseconds. */
export const ASK_WAIT = 60_000;
/** Answering: as a rule they ask only that often; a person who restores one copy after another is not kept waiting. */
export const ANSWER_WAIT = 10_000;

/** Milliseconds until it may be done again. */
export function waitOf({ count, at }: Pace, first: number, now: number): number {
  const since = now - at;
  // A time to come was a clock's that has been put back since, perhaps by years: once more costs less than waiting for it.
  if (count === 0 || since < 0 || since >= 2 * DAY) return 0;
  return Math.max(Math.min(first * GROWTH ** (count - 1), DAY) - since, 0);
}

/** After it was done once more. */
export function paced({ count, at }: Pace, now: number): Pace {
  return { count: now - at >= 2 * DAY ? 1 : count + 1, at: now };
}
