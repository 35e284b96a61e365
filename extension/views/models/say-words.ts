import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { SpokenView } from '../../bridge/types/snapshots.ts';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

/** My invite by three words, from asking for them to whoever had them. */
export interface SayWords {
  readonly making: ReadonlySignal<Task>;
  /** Moves every second, for the time that is left. */
  readonly now: ReadonlySignal<number>;
  /** The words of this screen, once there are any. */
  readonly spokenId: ReadonlySignal<string | undefined>;
  /** Whom they are for, to connect again. */
  readonly contactId: string | undefined;
  /** Whether words of this screen stood: if there are none any more, they were used or taken back. */
  readonly stood: ReadonlySignal<boolean>;
  make(): Promise<void>;
  takeBack(): Promise<void>;
  dispose(): void;
}

/** Goes on with words that stand, or asks for new ones. */
export function createSayWords(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  onTakenBack: () => void,
  spoken: ReadonlySignal<SpokenView | undefined>,
  { fresh, contactId }: { readonly fresh?: string; readonly contactId?: string } = {},
): SayWords {
  const making: Signal<Task> = task();
  const now = signal(clock.now());
  const spokenId = signal<string | undefined>(undefined);
  const stood = signal(false);
  let left = false;
  const stopWatching = effect(() => {
    // The answer to making them may overtake the snapshot that has them.
    if (spokenId.value !== undefined && spoken.value?.id === spokenId.value) stood.value = true;
  });
  const stop = clock.every(1000, () => {
    now.value = clock.now();
  });

  async function make(): Promise<void> {
    await run(making, async () => {
      spokenId.value = undefined;
      stood.value = false;
      const whom = contactId === undefined ? {} : { contactId };
      spokenId.value = (await client.call({ type: 'create-words-invite', ...whom })).spokenId;
    });
  }

  const present = spoken.peek();
  const over = present?.state === 'failed' || present?.state === 'lapsed';
  const ours = present !== undefined && present.contactId === contactId;
  // What failed is shown, unless the person comes from where they read it: it may be news. Words for somebody else that
  // stand are not taken back unasked: they may have been said a moment ago.
  if (present === undefined || present.state === 'lapsed' || present.id === fresh || (over && !ours))
    void make();
  else if (ours) spokenId.value = present.id;

  return {
    making,
    now,
    spokenId,
    contactId,
    stood,
    make,
    async takeBack() {
      // The words lapse by themselves if this is not heard.
      await client.call({ type: 'cancel-words-invite' }).catch(() => {});
      if (!left) onTakenBack();
    },
    dispose() {
      left = true;
      stop();
      stopWatching();
      // It was on the screen: it is said once.
      if (spoken.peek()?.state === 'failed') client.call({ type: 'cancel-words-invite' }).catch(() => {});
    },
  };
}
