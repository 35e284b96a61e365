/**
 * Numbers that are given twice (SPEC 12.6). An engine that was put back to an earlier state gives numbers again that
 * its other self gave to other content, and a receipt for those would be taken for these. So a number is of a run: an
 * engine's life, whose name is never stored as its own, so that no two lives share one.
 */
import type { ContactRow } from './storage/rows.ts';

/** Runs that are remembered for a contact: more restarts than anybody has between two receipts. */
const RUNS_MAX = 64;

type Run = NonNullable<ContactRow['theirRun']>;

/** The run of a number of mine that is given now, noted in the row. */
export function runFor(row: ContactRow, id: string, number: number): Run {
  const last = row.runs?.at(-1);
  if (last?.id === id) return last;
  const run = { id, base: number };
  row.runs = [...(row.runs ?? []), run].slice(-RUNS_MAX);
  return run;
}

/** The run that gave a number of mine, as far as this state knows. */
export function runOf({ runs }: ContactRow, number: number): Run | undefined {
  return runs?.findLast(({ base }) => base <= number);
}

/** Whether a number of theirs fits those that I hold: no other run gave it, or one that is held behind its first. */
export function fitsRun(row: ContactRow, number: number, run: Run | undefined): boolean {
  const { theirRun } = row;
  if (run === undefined || theirRun === undefined || theirRun.id === run.id) return true;
  const highest = Math.max(row.received, ...row.beyond);
  return number > highest ? run.base > highest : number < theirRun.base;
}

/** The same of a number of the session before: its writer, put back, seals it anew, and it would come before its like. */
export function fitsRunBefore({ before }: ContactRow, number: number, run: Run | undefined): boolean {
  if (run === undefined || before?.run === undefined || before.run.id === run.id) return true;
  return number > before.seen ? run.base > before.seen : number < before.run.base;
}

/** Notes the run of a number of theirs, before the number itself is noted. */
export function noteRun(row: ContactRow, number: number, run: Run | undefined): void {
  if (run !== undefined && number > Math.max(row.received, ...row.beyond)) row.theirRun = run;
}
