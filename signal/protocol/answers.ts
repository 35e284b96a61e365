import { readU16, readU32, writeU16, writeU32 } from './bytes.ts';
import { WireError } from './error.ts';
import { MAX_ANSWER_RUNS, MAX_RUN_COUNT } from './limits.ts';

/** What became of requests that were not refused. */
export const OUTCOMES = {
  /** SEND: durable on the server's disk. */
  stored: 1,
  /** LIVE: handed to a reader's open socket; no promise. */
  passed: 2,
  /** LIVE: nobody reads this mailbox here now. */
  nobody: 3,
  /** CLOSE: this socket does not read the mailbox any more. */
  closed: 4,
  /** ACK: everything up to the sequence is gone, durably. */
  removed: 5,
} as const;

export type Outcome = keyof typeof OUTCOMES;

/** `count` requests in a row, the first being `first`, all had this outcome. */
export interface AnswerRun {
  readonly first: number;
  /** 1 to 65,535. */
  readonly count: number;
  readonly outcome: Outcome;
}

/** u32 first, u16 count, u8 outcome. */
export const ANSWER_RUN_BYTES = 7;

const NAMES = new Map<number, Outcome>(
  (Object.keys(OUTCOMES) as Outcome[]).map((name) => [OUTCOMES[name], name]),
);

/** Writes the runs from `at` on; the caller has made room. Throws `bad-value` for a run that can't be. */
export function writeRuns(bytes: Uint8Array, at: number, runs: readonly AnswerRun[]): void {
  requireRunCount(runs.length);
  let offset = at;
  for (const run of runs) {
    requireRun(run.first, run.count);
    writeU32(bytes, offset, run.first);
    writeU16(bytes, offset + 4, run.count);
    bytes[offset + 6] = OUTCOMES[run.outcome];
    offset += ANSWER_RUN_BYTES;
  }
}

/** The runs that fill `payload`. Throws {@link WireError}. */
export function readRuns(payload: Uint8Array): readonly AnswerRun[] {
  if (payload.length % ANSWER_RUN_BYTES !== 0) throw new WireError('bad-length', 'answers are whole runs');
  requireRunCount(payload.length / ANSWER_RUN_BYTES);
  const runs: AnswerRun[] = [];
  for (let at = 0; at < payload.length; at += ANSWER_RUN_BYTES) {
    const first = readU32(payload, at);
    const count = readU16(payload, at + 4);
    const outcome = NAMES.get(payload[at + 6]!);
    if (outcome === undefined) throw new WireError('bad-value', 'no outcome has this code');
    requireRun(first, count);
    runs.push({ first, count, outcome });
  }
  return runs;
}

function requireRunCount(count: number): void {
  if (count < 1 || count > MAX_ANSWER_RUNS) {
    throw new WireError('bad-length', `answers have 1 to ${MAX_ANSWER_RUNS} runs`);
  }
}

function requireRun(first: number, count: number): void {
  if (first < 1 || count < 1 || count > MAX_RUN_COUNT || first + count - 1 > 0xffff_ffff) {
    throw new WireError('bad-value', 'a run covers at least one request and no id over 2^32 - 1');
  }
}
