/** Time, from outside, so that tests decide what it is. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds; the result cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Longer than this (24 days) no timer waits: it would be over at once. Milliseconds. */
const TIMER_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    let left = milliseconds;
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      const next = Math.min(left, TIMER_MAX);
      left -= next;
      timer = setTimeout(left > 0 ? wait : callback, next);
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/** Resolves with the work or after so many milliseconds, whichever is first; the work goes on. */
export async function atMost(clock: Clock, milliseconds: number, work: Promise<void>): Promise<void> {
  let cancel = () => {};
  const over = new Promise<void>((done) => {
    cancel = clock.after(milliseconds, done);
  });
  await Promise.race([work, over]);
  cancel();
}

export interface EndableClock extends Clock {
  /** Calls nobody back any more, and keeps hold of nobody. */
  end(): void;
}

/** A clock whose timers end together: what they would touch is to be forgotten then. */
export function endable(clock: Clock): EndableClock {
  const pending = new Set<() => void>();
  let ended = false;
  return {
    now: () => clock.now(),
    after(milliseconds, callback) {
      if (ended) return () => {};
      const cancel = clock.after(milliseconds, () => {
        pending.delete(cancel);
        callback();
      });
      pending.add(cancel);
      return () => {
        pending.delete(cancel);
        cancel();
      };
    },
    end() {
      ended = true;
      for (const cancel of pending) cancel();
      pending.clear();
    },
  };
}
