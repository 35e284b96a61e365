import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { answerJobs } from '../bridge/worker.ts';
import { doJob } from '../views/openpgp.ts';

/** The worker that {@link checkInWorker} starts for one signature. */
export default defineUnlistedScript(() => answerJobs(doJob));
