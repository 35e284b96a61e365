import { ANSWER_RUN_BYTES, writeRuns } from '../protocol/answers.ts';
import { newFrame, PAYLOAD_AT } from '../protocol/header.ts';
import {
  type AnswerRun,
  MAX_ANSWER_RUNS,
  MAX_RUN_COUNT,
  type Outcome,
  SERVER_TYPES,
} from '../protocol/index.ts';

interface Run {
  readonly first: number;
  readonly outcome: Outcome;
  count: number;
}

/** What became of a socket's requests since the last tick, as runs. */
export class Answers {
  #runs: Run[] = [];

  get empty(): boolean {
    return this.#runs.length === 0;
  }

  add(request: number, outcome: Outcome): void {
    const last = this.#runs[this.#runs.length - 1];
    if (
      last !== undefined &&
      last.outcome === outcome &&
      last.first + last.count === request &&
      last.count < MAX_RUN_COUNT
    ) {
      last.count++;
    } else {
      this.#runs.push({ first: request, outcome, count: 1 });
    }
  }

  /** The ANSWERS frames for what was added, and forgets it. One frame but for a client that asks wildly. */
  take(): Uint8Array[] {
    const runs: readonly AnswerRun[] = this.#runs;
    this.#runs = [];
    const frames: Uint8Array[] = [];
    for (let at = 0; at < runs.length; at += MAX_ANSWER_RUNS) {
      const some = runs.slice(at, at + MAX_ANSWER_RUNS);
      const frame = newFrame(SERVER_TYPES.answers, 0, undefined, some.length * ANSWER_RUN_BYTES);
      writeRuns(frame, PAYLOAD_AT, some);
      frames.push(frame);
    }
    return frames;
  }
}
