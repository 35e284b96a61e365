/**
 * Locks when nobody has used a view for a while, and when the computer slept: nothing tells an engine of that, but a
 * clock that went on without it does.
 */
import type { AutoLock as Minutes } from '../bridge/types/snapshots.ts';
import type { Clock } from './clock.ts';

/** How often the clock is looked at. Milliseconds. */
const LOOK = 15_000;
/** Later than this, a look did not just wait its turn on a busy computer. Milliseconds. */
const ASLEEP = 60_000;

export interface AutoLockOptions {
  readonly clock: Clock;
  /** 0 for never. */
  minutes(): Minutes;
  lock(): void;
}

export class AutoLock {
  readonly #options: AutoLockOptions;
  #used: number;
  #looked: number;
  #stop: () => void = () => {};

  constructor(options: AutoLockOptions) {
    this.#options = options;
    this.#used = this.#looked = options.clock.now();
    this.#again();
  }

  /** Somebody uses a view. Locks first, if it is late for that: what wakes a computer must not put off its lock. */
  used(): void {
    if (!this.look()) this.#used = this.#options.clock.now();
  }

  /** Returns whether it is time to lock, and has it done. */
  look(): boolean {
    const { clock, minutes, lock } = this.#options;
    const now = clock.now();
    // A clock that was put back is as good as none.
    const slept = now - this.#looked > LOOK + ASLEEP || now < this.#looked - ASLEEP;
    const idle = now - this.#used >= minutes() * 60_000;
    this.#looked = now;
    if (minutes() === 0 || !(slept || idle)) return false;
    this.stop();
    lock();
    return true;
  }

  stop(): void {
    this.#stop();
    this.#stop = () => {};
  }

  #again(): void {
    this.#stop = this.#options.clock.after(LOOK, () => {
      if (!this.look()) this.#again();
    });
  }
}
