export interface TurnstileOptions {
  /** What one turn of the event loop may spend: what is begun before that is finished, and one always is. Milliseconds. */
  readonly sliceMs: number;
  /** How much may wait. */
  readonly most: number;
  /** Milliseconds since any moment, by a clock that is never put back. */
  readonly clock: () => number;
}

/**
 * Where work goes through that comes in crowds: a slice in each turn of the event loop, in the order in which it came, so
 * that those who are in already are served in between. Without a crowd everything goes through at once.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  /** A queue in two parts: what came is turned round when all before it is through, so that nothing is moved twice. */
  #came: (() => void)[] = [];
  /** Last one first. */
  #next: (() => void)[] = [];
  #spent = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Whether as much waits as may: nothing more is to {@link enter}. */
  get full(): boolean {
    return this.#waiting >= this.#options.most;
  }

  /** Does it, at once or in a later turn. It must not throw. */
  enter(work: () => void): void {
    const crowded = this.#waiting > 0 || this.#spent >= this.#options.sliceMs;
    if (crowded) this.#came.push(work);
    else this.#do(work);
    this.#turn ??= setImmediate(() => this.#newTurn());
  }

  #newTurn(): void {
    this.#turn = undefined;
    this.#spent = 0;
    do {
      if (this.#next.length === 0) {
        this.#next = this.#came.reverse();
        this.#came = [];
      }
      const work = this.#next.pop();
      if (work === undefined) break;
      this.#do(work);
    } while (this.#spent < this.#options.sliceMs);
    // Also when nothing waits: what was spent counts until the next turn.
    if (this.#spent > 0 || this.#waiting > 0) this.#turn ??= setImmediate(() => this.#newTurn());
  }

  get #waiting(): number {
    return this.#came.length + this.#next.length;
  }

  #do(work: () => void): void {
    const began = this.#options.clock();
    work();
    this.#spent += this.#options.clock() - began;
  }
}
