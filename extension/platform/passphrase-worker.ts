/**
 * Argon2id in a worker of its own: it fills 64 MiB and more and computes for half a second, and all pages of an
 * extension may share one thread, so that the views would stand still with the engine. The worker's memory goes with it.
 */
import { BridgeError } from '../bridge/types/errors.ts';
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
 * A browser may end a worker without a word, or never bring it its module; whoever types a passphrase would wait for ever,
 * and all that takes turns with it. More than a hundred times what the work takes. Milliseconds.
 */
const PATIENCE = 60_000;

/** The work, in a worker for each job. Rejects also with a `BridgeError`, where a worker fails or does not answer. */
export function workInWorker(clock: Clock): PassphraseWork {
  return proven(workElsewhere((job) => inWorker(job, clock)));
}

function inWorker(job: Job, clock: Clock): Promise<Outcome> {
  return new Promise<Outcome>((resolve, reject) => {
    const worker = new Worker(WORKER);
    const end = (settle: () => void) => {
      cancel();
      worker.terminate();
      settle();
    };
    const failed = () => end(() => reject(new BridgeError('passphrase-unanswered')));
    const cancel = clock.after(PATIENCE, failed);
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => end(() => resolve(data));
    worker.onerror = worker.onmessageerror = failed;
    worker.postMessage(job);
  });
}
