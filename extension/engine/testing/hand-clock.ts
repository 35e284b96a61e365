/** A clock that stands until it is moved. */
import type { Clock } from '../clock.ts';

export class HandClock implements Clock {
  #now: number;
  #timers: { at: number; readonly callback: () => void }[] = [];

  constructor(now = Date.UTC(2026, 5, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Time goes on without the timers, as while the computer sleeps: they are late afterwards. */
  sleep(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Somebody sets it back; timers wait on for as long as they would have. */
  putBack(milliseconds: number): void {
    this.#now -= milliseconds;
    for (const timer of this.#timers) timer.at -= milliseconds;
  }

  /** Moves on, firing what falls due in its order and letting promises settle after each. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settle();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets everything that waits for resolved promises go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
