/** Something whose writes wait for the disk; see {@link GroupCommit.whenDurable}. */
export interface Waiting {
  /** Number of the last commit that has writes of this in it. */
  writtenIn: number;
  /** The commit with this number is done: its writes can be read from the disk. */
  committed(upTo: number): void;
}

interface Commit {
  readonly number: number;
  readonly done: Promise<boolean>;
  readonly waiting: Set<Waiting>;
}

/**
 * Everything that is written in one turn of the event loop becomes durable together and waits on one promise: under
 * load a flush serves hundreds of envelopes, without it one. Flushes overlap; the disk keeps their order. What was begun
 * on top of a commit that fails has failed too, also where its own flush comes through: an envelope in a mailbox whose
 * registration was lost is not stored.
 */
export class GroupCommit {
  readonly #flush: () => Promise<void>;
  readonly #recount: () => void;
  readonly #failed: (cause: unknown) => void;
  #open: Commit | undefined;
  #last: Commit | undefined;
  #underWay = 0;
  #lastNumber = 0;
  #lastDone = 0;
  #failing = false;

  /** `recount` is called after a failure, when nothing is under way any more. */
  constructor(flush: () => Promise<void>, recount: () => void, failed: (cause: unknown) => void = () => {}) {
    this.#flush = flush;
    this.#recount = recount;
    this.#failed = failed;
  }

  /** A commit failed and others are still under way: what memory knows may not be what the disk holds. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Whether every write of this is done. */
  isDone(waiting: Waiting): boolean {
    return waiting.writtenIn <= this.#lastDone;
  }

  /** The number of the commit that takes what is written in this turn. */
  get number(): number {
    return (this.#open ?? this.#begin()).number;
  }

  /** Whether what was written in this turn, up to now and until its end, became durable. */
  whenDurable(waiting?: Waiting): Promise<boolean> {
    const commit = this.#open ?? this.#begin();
    if (waiting !== undefined) {
      waiting.writtenIn = commit.number;
      commit.waiting.add(waiting);
    }
    return commit.done;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#open !== undefined || this.#underWay > 0) await (this.#open ?? this.#last)?.done;
  }

  #begin(): Commit {
    const waiting = new Set<Waiting>();
    const number = ++this.#lastNumber;
    const turn = new Promise<void>((resolve) => setImmediate(resolve));
    const done = turn.then(() => {
      this.#open = undefined;
      this.#underWay++;
      return this.#flush().then(
        () => this.#settle(number, waiting, true),
        (cause: unknown) => {
          this.#failed(cause);
          return this.#settle(number, waiting, false);
        },
      );
    });
    this.#last = this.#open = { number, waiting, done };
    return this.#open;
  }

  #settle(number: number, waiting: Set<Waiting>, durable: boolean): boolean {
    this.#underWay--;
    this.#lastDone = Math.max(this.#lastDone, number);
    if (!durable) this.#failing = true;
    const good = !this.#failing;
    if (good) for (const one of waiting) one.committed(number);
    if (this.#failing && this.#underWay === 0 && this.#open === undefined) {
      this.#failing = false;
      this.#recount();
    }
    return good;
  }
}
