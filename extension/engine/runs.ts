/**
 * Numbers that are given twice (SPEC 12.6). An engine that was put back to an earlier state gives numbers again that
 * its other self gave to other content, and a receipt for those would be taken for these. So a number is of a run: an
 * engine's life, whose name is never stored as its own, so that no two lives share one. Each run names the one before
 * it, so that two lives that went on from one state differ also in what neither has of the other.
 */
import type { ContactRow } from './storage/rows.ts';

/** Runs that are remembered for a contact: more restarts than anybody has between two receipts. */
const RUNS_MAX = 64;

export type Run = NonNullable<ContactRow['runs']>[number];

/** Numbers of theirs that are held in one session, and the runs that gave them, by their first numbers. */
interface Held {
  readonly runs: readonly Run[];
  /** Held without a gap. */
  readonly received: number;
  readonly beyond: readonly number[];
}

/** The run of a number of mine that is given now, noted in the row. */
export function runFor(row: ContactRow, id: string, number: number): Run {
  const last = row.runs?.at(-1);
  if (last?.id === id) return last;
  const run = { id, base: number, ...(last === undefined ? {} : { after: last.id }) };
  row.runs = [...(row.runs ?? []), run].slice(-RUNS_MAX);
  return run;
}

/** The run among these that gave a number, as far as they tell. */
export function runOf(runs: readonly Run[] | undefined, number: number): Run | undefined {
  return runs?.findLast(({ base }) => base <= number);
}

/** Whether a number of theirs fits those that I hold: one life of theirs may have given them all. */
export function fitsRun({ theirRuns, received, beyond }: ContactRow, number: number, run?: Run): boolean {
  return fits({ runs: theirRuns ?? [], received, beyond }, number, run);
}

/** The same of a number of the session before: its writer, put back, seals it anew, and it would come before its like. */
export function fitsRunBefore({ before }: ContactRow, number: number, run?: Run): boolean {
  if (before === undefined) return true;
  return fits({ runs: before.runs ?? [], received: before.seen, beyond: [] }, number, run);
}

function fits({ runs, received, beyond }: Held, number: number, run: Run | undefined): boolean {
  if (run === undefined || runs.length === 0) return true;
  const next = runs.find(({ base }) => base > run.base);
  const end = next?.base ?? Number.POSITIVE_INFINITY;
  if (number < run.base || number >= end) return false;
  if (number === end - 1 && next?.after !== run.id) return false;
  const known = runs.find(({ base }) => base === run.base);
  if (known !== undefined) return known.id === run.id;
  if (runs.some(({ id }) => id === run.id)) return false;
  // Nothing that I hold may be a number of its that another run gave.
  if (received >= run.base || beyond.some((held) => held >= run.base && held < end)) return false;
  const last = run.base - 1;
  const before = received >= last || beyond.includes(last) ? runOf(runs, last) : undefined;
  return before === undefined || before.id === run.after;
}

/** Notes the run of a number of theirs that fits, with the number. */
export function noteRun(row: ContactRow, run: Run | undefined): void {
  const runs = row.theirRuns ?? [];
  if (run === undefined || runs.some(({ id }) => id === run.id)) return;
  row.theirRuns = [...runs, run].sort((a, b) => a.base - b.base).slice(-RUNS_MAX);
}
