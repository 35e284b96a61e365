import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Task } from './task.ts';

/** The way out of something that takes its time: half of it is nothing, so that one is asked first. */
export interface Leaving {
  /** Whether it is asked now. */
  readonly isAsked: ReadonlySignal<boolean>;
  /** Goes at once where nothing is under way, or else once the person has said so. */
  leave(go: () => void): void;
  confirm(): void;
  /** Back to what is under way; also where that begins anew. */
  stay(): void;
}

export function createLeaving(work: ReadonlySignal<Task>): Leaving {
  const way: Signal<(() => void) | undefined> = signal(undefined);
  return {
    // What has come to its end meanwhile is not lost by leaving.
    isAsked: computed(() => way.value !== undefined && work.value.state === 'running'),
    leave(go) {
      if (work.peek().state === 'running') way.value = go;
      else go();
    },
    confirm() {
      const go = way.peek();
      way.value = undefined;
      go?.();
    },
    stay() {
      way.value = undefined;
    },
  };
}
