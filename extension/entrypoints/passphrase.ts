import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { doJob, type Job } from '../engine/storage/passphrase-work.ts';
import { cryptoModule } from '../platform/crypto-module.ts';

/** The worker that {@link workInWorker} starts for one job. A rejection becomes the worker's `error` event. */
export default defineUnlistedScript(() => {
  addEventListener('message', ({ data }: MessageEvent<Job>) => {
    doJob(data, cryptoModule()).then(postMessage, (error: unknown) => {
      setTimeout(() => {
        throw error;
      });
    });
  });
});
