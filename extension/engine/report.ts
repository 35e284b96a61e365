/** What becomes of errors that nobody waits for. */
import { StorageError } from './storage/database.ts';

/** Names an error in the console; never its message, which could quote what somebody wrote (invariant 8). */
export function report(error: unknown): void {
  // The engine was stopped in the middle of something; what was not committed is done again at the next start.
  if (error instanceof StorageError && error.code === 'closed') return;
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  console.error(`Aside: ${name} ${code}`);
}

/** Lets work go on by itself, reporting its failure. */
export function detach(work: Promise<unknown>): void {
  work.catch(report);
}
