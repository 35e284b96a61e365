/**
 * One job, one worker: all pages of an extension may share one thread, and would stand still with whatever takes long in
 * any of them. Whatever goes on in a worker, and its memory, ends with it.
 */

/** Why nothing came of a job. `late`: it took longer than it was given. */
export type WorkerProblem = 'failed' | 'late';

export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly code: WorkerProblem;
  constructor(code: WorkerProblem) {
    super(code);
    this.code = code;
  }
}

/** Calls back after so many milliseconds, unless what it returns is called before. */
interface Timer {
  after(milliseconds: number, run: () => void): () => void;
}

/**
 * Has a job done by a script of the extension's, for so many milliseconds at most: a browser may also end a worker without a
 * word, or never bring it what it needs. Rejects with a {@link WorkerError}.
 */
export function askWorker<Job, Outcome>(
  script: string,
  job: Job,
  patience: number,
  clock: Timer,
): Promise<Outcome> {
  return new Promise<Outcome>((resolve, reject) => {
    const worker = new Worker(script);
    const end = (settle: () => void) => {
      cancel();
      worker.terminate();
      settle();
    };
    const cancel = clock.after(patience, () => end(() => reject(new WorkerError('late'))));
    worker.onmessage = ({ data }: MessageEvent<Outcome>) => end(() => resolve(data));
    worker.onerror = worker.onmessageerror = () => end(() => reject(new WorkerError('failed')));
    worker.postMessage(job);
  });
}

/** The script's side. A rejection becomes the worker's `error` event. */
export function answerJobs<Job, Outcome>(does: (job: Job) => Promise<Outcome>): void {
  addEventListener('message', ({ data }: MessageEvent<Job>) => {
    does(data).then(postMessage, (error: unknown) => {
      setTimeout(() => {
        throw error;
      });
    });
  });
}
