/** Work on secrets (SPEC 2.6): what it used is overwritten when it is over, whether it ends well or throws. */
import { wipeWithin } from './wipe-within.ts';

/** Remembers a buffer, or a plain value of buffers that nobody else has, and gives it back. */
export type Keep = <T>(secret: T) => T;

/**
 * Does the work, then overwrites what it called `spent`. What it called `made` is its caller's, and overwritten only
 * where the work throws. For paths where several secrets arise one after the other; for a single one `try` says it.
 */
export function wiping<T>(work: (spent: Keep, made: Keep) => T): T {
  const spent: unknown[] = [];
  const made: unknown[] = [];
  try {
    return work(keepIn(spent), keepIn(made));
  } catch (error) {
    wipeWithin(made);
    throw error;
  } finally {
    wipeWithin(spent);
  }
}

const keepIn =
  (kept: unknown[]): Keep =>
  (secret) => {
    kept.push(secret);
    return secret;
  };
