/** Argon2id in a worker of its own: it fills 64 MiB and more, and computes for half a second. */
import { BridgeError } from '../bridge/types/errors.ts';
import { askWorker } from '../bridge/worker.ts';
import type { Clock } from '../engine/clock.ts';
import {
  type Job,
  type Outcome,
  type PassphraseWork,
  proven,
  workElsewhere,
} from '../engine/storage/passphrase-work.ts';

/** The entry point of the same name. */
const WORKER = '/passphrase.js';
/**
 * Without a limit whoever types a passphrase could wait for ever, and all that takes turns with it. More than a hundred
 * times what the work takes. Milliseconds.
 */
const PATIENCE = 60_000;

/** The work, in a worker for each job. Rejects also with a `BridgeError`, where a worker fails or does not answer. */
export function workInWorker(clock: Clock): PassphraseWork {
  const ask = (job: Job) =>
    askWorker<Job, Outcome>(WORKER, job, PATIENCE, clock).catch(() => {
      throw new BridgeError('passphrase-unanswered');
    });
  return proven(workElsewhere(ask));
}
