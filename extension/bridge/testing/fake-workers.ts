/** What comes of a job: an answer, none ever, or a worker that could not be had or fails. */
export type Comes = { readonly answer: Promise<unknown> } | 'nothing' | 'failure';

/** Workers as browsers make them, or end them, in the place of the global class. */
export class FakeWorkers<Job> {
  /** The jobs that were given, in their order. */
  readonly asked: Job[] = [];
  /** How many have not been ended. */
  standing = 0;
  readonly Worker: new () => object;

  /** @param does what comes of each job */
  constructor(does: (job: Job) => Comes) {
    const all = this;
    this.Worker = class {
      onmessage: (event: { data: unknown }) => void = () => {};
      onerror: () => void = () => {};

      constructor() {
        all.standing++;
      }

      postMessage(job: Job): void {
        all.asked.push(job);
        const comes = does(job);
        if (comes === 'failure') queueMicrotask(() => this.onerror());
        else if (comes !== 'nothing') void comes.answer.then((data) => this.onmessage({ data }));
      }

      terminate(): void {
        all.standing--;
      }
    };
  }
}
