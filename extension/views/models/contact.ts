import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { cleanName } from '../../bridge/name.ts';
import { type Address, createAddress } from './address.ts';
import { createPing, type Ping } from './ping.ts';
import { createServerMove, type ServerMove } from './server-move.ts';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';
import { createTrust, type Trust } from './trust.ts';

export interface Contact {
  readonly contactId: string;
  readonly ping: Ping;
  readonly trust: Trust;
  readonly move: ServerMove;
  /** The new name being typed, while there is one. */
  readonly renaming: ReadonlySignal<string | undefined>;
  readonly saving: ReadonlySignal<Task>;
  readonly address: Address;
  readonly removing: ReadonlySignal<Task>;
  beginRename(name: string): void;
  typeName(name: string): void;
  cancelRename(): void;
  saveName(): Promise<void>;
  remove(): Promise<void>;
  /** The person has left: what is answered from here on leads them nowhere. */
  dispose(): void;
}

/** What can be done about one person. */
export function createContact(
  { client }: Pick<Surroundings, 'client'>,
  contactId: string,
  onRemoved: () => void,
): Contact {
  const renaming = signal<string | undefined>(undefined);
  const saving: Signal<Task> = task();
  const removing: Signal<Task> = task();
  let left = false;

  return {
    contactId,
    ping: createPing({ client }, contactId),
    trust: createTrust({ client }, contactId),
    move: createServerMove({ client }, contactId),
    renaming,
    saving,
    address: createAddress({ client }, contactId),
    removing,
    beginRename(name) {
      saving.value = { state: 'idle' };
      renaming.value = name;
    },
    typeName(name) {
      saving.value = { state: 'idle' };
      renaming.value = name;
    },
    cancelRename() {
      renaming.value = undefined;
    },
    async saveName() {
      const typed = renaming.peek();
      if (typed === undefined) return;
      await run(saving, async () => {
        await client.call({ type: 'rename-contact', contactId, name: cleanName(typed) });
        // Whoever has typed on meanwhile goes on.
        if (renaming.peek() === typed) renaming.value = undefined;
      });
    },
    remove: () =>
      run(removing, async () => {
        await client.call({ type: 'remove-contact', contactId });
        if (!left) onRemoved();
      }),
    dispose() {
      left = true;
    },
  };
}
