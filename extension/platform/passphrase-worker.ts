/**
 * Argon2id in a worker of its own: it fills 64 MiB and more and computes for half a second, and all pages of an
 * extension may share one thread, so that the views would stand still with the engine. The worker's memory goes with it.
 */
import { type Job, type Outcome, proven, workElsewhere } from '../engine/storage/passphrase-work.ts';

/** The entry point of the same name. */
const WORKER = '/passphrase.js';

export const workInWorker = proven(workElsewhere(inWorker));

function inWorker(job: Job): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER);
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = () => {
      worker.terminate();
      reject(new Error('the passphrase worker failed'));
    };
    worker.postMessage(job);
  });
}
