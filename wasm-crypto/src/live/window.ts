/** Protection of live envelopes against replay (SPEC 7.3): plain values in memory, never stored. */
import { CryptoError } from '../errors.ts';

/** How far behind the highest counter one may still come: a batch or two of candidates out of order. */
const WINDOW = 64;

export interface LiveWindow {
  /** The newest attempt that was seen; -1 before the first. */
  readonly attempt: number;
  /** Counters of that attempt that were seen and are within the window. */
  readonly seen: readonly number[];
}

/** The window of a session that has just been loaded. */
export function newLiveWindow(): LiveWindow {
  return { attempt: -1, seen: [] };
}

/** Throws `stale` for an older attempt or a counter behind the window, `duplicate` for one that was seen. */
export function admit(window: LiveWindow, attempt: number, counter: number): LiveWindow {
  if (attempt < window.attempt) throw new CryptoError('stale', 'attempt');
  if (attempt > window.attempt) return { attempt, seen: [counter] };
  const highest = Math.max(counter, ...window.seen);
  if (counter <= highest - WINDOW) throw new CryptoError('stale', 'counter');
  if (window.seen.includes(counter)) throw new CryptoError('duplicate', 'live');
  return { attempt, seen: [...window.seen.filter((other) => other > highest - WINDOW), counter] };
}
