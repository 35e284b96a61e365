import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import { answerJobs } from '../bridge/worker.ts';
import { doJob, type Job } from '../engine/storage/passphrase-work.ts';
import { cryptoModule } from '../platform/crypto-module.ts';

/** The worker that {@link workInWorker} starts for one job. */
export default defineUnlistedScript(() => answerJobs((job: Job) => doJob(job, cryptoModule())));
