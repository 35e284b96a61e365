import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';

/** The way out of something that would be lost by leaving it: half of a file is nothing, nor is a name typed but not saved. One is asked first. */
export interface Leaving {
  /** Whether it is asked now. */
  readonly isAsked: ReadonlySignal<boolean>;
  /** Goes at once where nothing would be lost, or else once the person has said so. */
  leave(go: () => void): void;
  confirm(): void;
  /** Back to what would be lost; also where that begins anew. */
  stay(): void;
}

/** @param loses whether leaving now would lose something. */
export function createLeaving(loses: ReadonlySignal<boolean>): Leaving {
  const way: Signal<(() => void) | undefined> = signal(undefined);
  return {
    // What has come to its end meanwhile is not lost by leaving.
    isAsked: computed(() => way.value !== undefined && loses.value),
    leave(go) {
      if (loses.peek()) way.value = go;
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
