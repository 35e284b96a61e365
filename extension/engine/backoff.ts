/** When to try again: doubling from half a second to half a minute, spread so that a server's clients don't return as one. */

const FIRST = 500;
/** A person who waits for a server looks at the screen about this often. */
const LONGEST = 30_000;

/** Milliseconds to wait before the try that follows `failures` (1 or more) failed ones; `random` is from 0 to 1. */
export function backoff(failures: number, random: number): number {
  const full = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 16));
  return Math.round(full * (0.5 + random / 2));
}
