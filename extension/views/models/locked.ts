import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Stop, Surroundings } from './surroundings.ts';
import { IDLE, run, type Task, task } from './task.ts';

/** The lock's own screen: a passphrase, or the way out for who has forgotten it. */
export interface Locked {
  readonly passphrase: ReadonlySignal<string>;
  /** It was to unlock, and nothing was typed. */
  readonly lacksPassphrase: ReadonlySignal<boolean>;
  readonly unlocking: ReadonlySignal<Task>;
  readonly erasing: ReadonlySignal<Task>;
  /** Seconds until the next guess may come; 0 for now. */
  readonly wait: ReadonlySignal<number>;
  type(passphrase: string): void;
  unlock(): Promise<void>;
  erase(): Promise<void>;
  dispose(): void;
}

/** Seconds from now until a moment, moving every second while there are any. */
export function countdown(
  clock: Surroundings['clock'],
  until: ReadonlySignal<number | undefined>,
): { readonly left: ReadonlySignal<number>; readonly stop: Stop } {
  const second = signal(clock.now());
  let stopTicking: Stop = () => {};
  const stopEffect = effect(() => {
    const end = until.value;
    stopTicking();
    second.value = clock.now();
    stopTicking =
      end === undefined
        ? () => {}
        : clock.every(1000, () => {
            second.value = clock.now();
          });
  });
  const left = computed(() =>
    until.value === undefined ? 0 : Math.max(0, Math.ceil((until.value - second.value) / 1000)),
  );
  return {
    left,
    stop: () => {
      stopEffect();
      stopTicking();
    },
  };
}

export function createLocked(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  retryAt: ReadonlySignal<number | undefined>,
): Locked {
  const passphrase = signal('');
  const lacksPassphrase = signal(false);
  const unlocking: Signal<Task> = task();
  const erasing: Signal<Task> = task();
  const { left, stop } = countdown(clock, retryAt);

  return {
    passphrase,
    lacksPassphrase,
    unlocking,
    erasing,
    wait: left,
    type(typed) {
      passphrase.value = typed;
      lacksPassphrase.value = false;
      if (unlocking.peek().state === 'failed') unlocking.value = IDLE;
    },
    async unlock() {
      const typed = passphrase.peek();
      if (left.peek() > 0) return;
      lacksPassphrase.value = typed === '';
      if (typed === '') return;
      await run(unlocking, async () => {
        await client.call({ type: 'unlock', passphrase: typed });
        passphrase.value = '';
      });
    },
    erase: () =>
      run(erasing, async () => {
        await client.call({ type: 'wipe' });
      }),
    dispose() {
      passphrase.value = '';
      stop();
    },
  };
}
