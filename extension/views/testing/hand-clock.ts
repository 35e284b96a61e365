import type { Clock } from '../models/surroundings.ts';

/** A clock that a test turns by hand. */
export class HandClock implements Clock {
  #now: number;
  #timers = new Set<{ at: number; run: () => void; every?: number }>();

  constructor(now = new Date(2026, 10, 3, 12, 5).getTime()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#now + ms, run });
  }

  every(ms: number, run: () => void): () => void {
    return this.#add({ at: this.#now + ms, run, every: ms });
  }

  #add(timer: { at: number; run: () => void; every?: number }): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass and runs what is due, in order. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      if (due.every === undefined) this.#timers.delete(due);
      else due.at += due.every;
      due.run();
    }
    this.#now = until;
  }
}
