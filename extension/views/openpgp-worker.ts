/** The check of a signature in a worker of its own: whoever makes a key can make it slow. */
import { askWorker, WorkerError } from '../bridge/worker.ts';
import { type Clock, OpenPgpError, type SignatureCheck } from './models/surroundings.ts';
import type { Job, Outcome } from './openpgp.ts';

/** The entry point of the same name. */
const WORKER = '/openpgp.js';
/** A hundred times what the keys of people and their programs take. Milliseconds. */
const PATIENCE = 10_000;

/** The check, in a worker for each. Rejects also with a `WorkerError`, where a worker fails. */
export function checkInWorker(clock: Pick<Clock, 'after'>): SignatureCheck {
  return async (message, key, now) => {
    const outcome = await askWorker<Job, Outcome>(WORKER, { message, key, now }, PATIENCE, clock).catch(
      (error: unknown) => {
        throw error instanceof WorkerError && error.code === 'late' ? new OpenPgpError('key-unusual') : error;
      },
    );
    if ('error' in outcome) throw new OpenPgpError(outcome.error);
    return outcome;
  };
}
