/**
 * The check of a signature in a worker of its own: whoever makes a key can make it slow, and all pages of an extension may
 * share one thread, so that the views would stand still with the engine. Whatever goes on in it ends with the worker.
 */
import { type Clock, OpenPgpError, type OpenPgpOutcome, type SignatureCheck } from './models/surroundings.ts';
import type { Job, Outcome } from './openpgp.ts';

/** The entry point of the same name. */
const WORKER = '/openpgp.js';
/** A hundred times what the keys of people and their programs take. Milliseconds. */
const PATIENCE = 10_000;

/** The check, in a worker for each. Rejects with another error where a worker fails. */
export function checkInWorker(clock: Pick<Clock, 'after'>): SignatureCheck {
  return (message, key, now) =>
    new Promise<OpenPgpOutcome>((resolve, reject) => {
      const worker = new Worker(WORKER);
      const end = (settle: () => void) => {
        cancel();
        worker.terminate();
        settle();
      };
      const failed = () => end(() => reject(new Error('the worker failed')));
      const cancel = clock.after(PATIENCE, () => end(() => reject(new OpenPgpError('key-unusual'))));
      worker.onmessage = ({ data }: MessageEvent<Outcome>) =>
        end(() => ('error' in data ? reject(new OpenPgpError(data.error)) : resolve(data)));
      worker.onerror = worker.onmessageerror = failed;
      const job: Job = { message, key, now };
      worker.postMessage(job);
    });
}
