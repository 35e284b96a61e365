/**
 * Real time that a test can move on: what falls due on the way happens at once. It may only be moved on as far as the
 * rest of the world keeps up: a server's answer takes a moment, in which no minutes must go by.
 */
import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../clock.ts';

/** A moment without work, in which nothing that time has set off can still be under way. Milliseconds. */
const REST = 5;
/** Work in such a moment: that of looking. Milliseconds. */
const BUSY = 1;
/** More than any test waits for; then something is wrong. */
const LOOKS_MAX = 2000;

export class SkipClock implements Clock {
  #shift = 0;
  readonly #pending = new Set<{ at: number; fire(): void }>();
  /** How many timers have fired. */
  fired = 0;

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
        this.fired++;
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

  /** Now, whatever is under way. */
  skip(milliseconds: number): void {
    this.#shift += milliseconds;
    const due = [...this.#pending].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#pending.has(timer)) timer.fire();
  }

  /** The clock is put forward, or back where it is less than 0: no time goes by. */
  put(by: number): void {
    this.#shift += by;
    for (const timer of this.#pending) timer.at += by;
  }

  /** Moves time on, before and after which all that is under way has come as far as it can. */
  async pass(milliseconds: number): Promise<void> {
    await atRest();
    this.skip(milliseconds);
    await atRest();
  }

  /** Moves time on in steps until a condition holds, each once what the one before set off has come to rest. */
  async skipUntil(condition: () => boolean | Promise<boolean>, step: number): Promise<void> {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      await atRest();
      if (await condition()) return;
      this.skip(step);
    }
    throw new Error('however much time goes by, it does not come about');
  }

  /** Moves time on in steps, in the same way, until some work is done. */
  async skipDuring<R>(work: Promise<R>, step: number): Promise<R> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await Promise.all([done, this.skipUntil(() => isDone, step)]);
    return done;
  }
}

/** Resolves once this process, which is all of the world that there is in a test, has had nothing to do for a moment. */
async function atRest(): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const before = performance.eventLoopUtilization();
    await new Promise((resolve) => setTimeout(resolve, REST));
    if (performance.eventLoopUtilization(before).active < BUSY) return;
  }
}
