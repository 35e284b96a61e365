/** From one look to the next. Milliseconds. */
const LOOK_EVERY_MS = 1000;

/**
 * How long the other side of a connection says nothing while an answer is due. Counted in looks and not by the clock: before
 * each there was a second, and a turn of the event loop in which all that had come was read. By the clock a process that
 * itself got no time, for a crowd or a busy machine, would take that for the other side's silence.
 */
export class Silence {
  readonly #most: number;
  readonly #dead: () => void;
  #due = 0;
  #looks = 0;
  #looking = false;

  /** `dead` is called after so many looks at which nothing had come. */
  constructor(most: number, dead: () => void) {
    this.#most = most;
    this.#dead = dead;
  }

  /** Looks since anything came, or since an answer became due. */
  get looks(): number {
    return this.#looks;
  }

  /** An answer is due. */
  asked(): void {
    this.#due++;
    if (!this.#looking) this.#lookSoon();
  }

  /** It came, or is not to be had any more. */
  settled(): void {
    this.#due--;
    if (this.#due === 0) this.#looks = 0;
  }

  /** Something came, whatever it was. */
  heard(): void {
    this.#looks = 0;
  }

  #lookSoon(): void {
    this.#looking = true;
    // A timer that is late runs before what came meanwhile is read, and an immediate after it.
    setTimeout(() => setImmediate(() => this.#look()), LOOK_EVERY_MS).unref();
  }

  #look(): void {
    this.#looking = false;
    if (this.#due === 0) return;
    this.#looks++;
    if (this.#looks === this.#most) this.#dead();
    this.#lookSoon();
  }
}
