import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { SpokenView } from '../../bridge/types.ts';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

/** My invite by three words, from asking for them to whoever had them. */
export interface SayWords {
  readonly making: ReadonlySignal<Task>;
  /** Moves every second, for the time that is left. */
  readonly now: ReadonlySignal<number>;
  /** Whoever was a contact when this screen opened; somebody new may be the one who had the words. */
  readonly known: ReadonlySet<string>;
  make(): Promise<void>;
  takeBack(): Promise<void>;
  dispose(): void;
}

/** Goes on with words that stand, or asks for new ones. */
export function createSayWords(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  onTakenBack: () => void,
  known: ReadonlySet<string>,
  spoken: ReadonlySignal<SpokenView | undefined>,
  { fresh }: { readonly fresh?: string } = {},
): SayWords {
  const making: Signal<Task> = task();
  const now = signal(clock.now());
  const stop = clock.every(1000, () => {
    now.value = clock.now();
  });

  async function make(): Promise<void> {
    await run(making, async () => {
      await client.call({ type: 'create-words-invite' });
    });
  }

  const present = spoken.peek();
  // What failed is shown, unless the person comes from where they read it: it may be news.
  if (present === undefined || present.state === 'lapsed' || present.id === fresh) void make();

  return {
    making,
    now,
    known,
    make,
    async takeBack() {
      // The words lapse by themselves if this is not heard.
      await client.call({ type: 'cancel-words-invite' }).catch(() => {});
      onTakenBack();
    },
    dispose() {
      stop();
      // It was on the screen: it is said once.
      if (spoken.peek()?.state === 'failed') client.call({ type: 'cancel-words-invite' }).catch(() => {});
    },
  };
}
