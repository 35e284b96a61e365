import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

/** A contact reads at another server now, which the person has not agreed to. */
export interface ServerMove {
  readonly task: ReadonlySignal<Task>;
  /** The server that the person has said “not now” to, in this view. */
  readonly postponed: ReadonlySignal<string | undefined>;
  allow(server: string): Promise<void>;
  postpone(server: string): void;
}

export function createServerMove({ client }: Pick<Surroundings, 'client'>, contactId: string): ServerMove {
  const state: Signal<Task> = task();
  const postponed = signal<string | undefined>(undefined);
  return {
    task: state,
    postponed,
    allow: (server) =>
      run(state, async () => {
        await client.call({ type: 'allow-server', contactId, server });
      }),
    postpone(server) {
      postponed.value = server;
    },
  };
}
