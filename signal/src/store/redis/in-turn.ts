/**
 * Commands on one connection that are said in short first, and in whole where the other side does not understand the short
 * form. What is said in whole leaves later than it was due, so that nobody may come between: once one was not understood,
 * new ones wait until all that had been said in short before them are answered, or said again.
 */
export class InTurn {
  readonly #isUnknown: (error: unknown) => boolean;
  /** Said in short, and not answered yet. */
  #asked = 0;
  /** Those that wait; nothing while all is understood. */
  #waiting: (() => void)[] | undefined;

  /** `isUnknown`: whether the short form was not understood, and nothing was done. */
  constructor(isUnknown: (error: unknown) => boolean) {
    this.#isUnknown = isUnknown;
  }

  /** Both forms are sent within the call, or not at all. Answers come in the order in which they were asked for. */
  run<Reply>(short: () => Promise<Reply>, whole: () => Promise<Reply>): Promise<Reply> {
    const waiting = this.#waiting;
    if (waiting === undefined) return this.#ask(short, whole);
    return new Promise((resolve, reject) => {
      waiting.push(() => this.#ask(short, whole).then(resolve, reject));
    });
  }

  async #ask<Reply>(short: () => Promise<Reply>, whole: () => Promise<Reply>): Promise<Reply> {
    this.#asked++;
    try {
      return await short();
    } catch (error) {
      if (!this.#isUnknown(error)) throw error;
      this.#waiting ??= [];
      return whole();
    } finally {
      // Behind what was just said in whole.
      this.#answered();
    }
  }

  #answered(): void {
    this.#asked--;
    if (this.#asked > 0 || this.#waiting === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const go of waiting) go();
  }
}
