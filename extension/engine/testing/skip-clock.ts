/** Real time that a test can move on: what falls due on the way happens at once. */
import { expect } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';

export class SkipClock implements Clock {
  #shift = 0;
  readonly #pending = new Set<{ readonly at: number; fire(): void }>();

  now(): number {
    return systemClock.now() + this.#shift;
  }

  after(milliseconds: number, callback: () => void): () => void {
    let cancel = () => {};
    const timer = {
      at: this.now() + milliseconds,
      fire: () => {
        cancel();
        this.#pending.delete(timer);
        callback();
      },
    };
    cancel = systemClock.after(milliseconds, timer.fire);
    this.#pending.add(timer);
    return () => {
      cancel();
      this.#pending.delete(timer);
    };
  }

  skip(milliseconds: number): void {
    this.#shift += milliseconds;
    const due = [...this.#pending].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#pending.has(timer)) timer.fire();
  }

  /** Moves time on in steps until a condition holds, with a moment between two of them for what they set off. */
  async skipUntil(condition: () => boolean, step: number): Promise<void> {
    const look = () => {
      const holds = condition();
      if (!holds) this.skip(step);
      return holds;
    };
    await expect.poll(look, { interval: 20, timeout: 10_000 }).toBe(true);
  }
}
