import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { doJob, type Job } from '../views/openpgp.ts';

/** The worker that {@link checkInWorker} starts for one signature. A rejection becomes the worker's `error` event. */
export default defineUnlistedScript(() => {
  addEventListener('message', ({ data }: MessageEvent<Job>) => {
    doJob(data).then(postMessage, (error: unknown) => {
      setTimeout(() => {
        throw error;
      });
    });
  });
});
