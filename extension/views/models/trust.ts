import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

/** What a person says about somebody's key. The digits are those that were on the screen when they said it. */
export interface Trust {
  readonly task: ReadonlySignal<Task>;
  compared(how: 'eye' | 'voice', digits: string): Promise<void>;
  takeBack(): Promise<void>;
  /** Goes on with a changed key without comparing. */
  goOn(digits: string): Promise<void>;
  /** Keeps the key before a change. */
  keepOld(digits: string): Promise<void>;
}

export function createTrust({ client }: Pick<Surroundings, 'client'>, contactId: string): Trust {
  const state: Signal<Task> = task();
  return {
    task: state,
    compared: (how, digits) =>
      run(state, async () => {
        await client.call({ type: 'note-compared', contactId, how, digits });
      }),
    takeBack: () =>
      run(state, async () => {
        await client.call({ type: 'take-back-comparison', contactId });
      }),
    goOn: (digits) =>
      run(state, async () => {
        await client.call({ type: 'accept-key', contactId, digits });
      }),
    keepOld: (digits) =>
      run(state, async () => {
        await client.call({ type: 'refuse-key', contactId, digits });
      }),
  };
}
