import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Surroundings } from './surroundings.ts';
import { beside, type Task, task } from './task.ts';

/** Whether one contact may be connected to me directly, and so see my address. */
export interface Address {
  readonly task: ReadonlySignal<Task>;
  show(): Promise<void>;
  hide(): Promise<void>;
}

export function createAddress({ client }: Pick<Surroundings, 'client'>, contactId: string): Address {
  const state: Signal<Task> = task();
  const inTurn = beside(state);
  const say = (direct: 'yes' | 'never') =>
    inTurn(() => client.call({ type: 'set-direct', contactId, direct }));
  return { task: state, show: () => say('yes'), hide: () => say('never') };
}
