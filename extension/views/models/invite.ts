import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Stop, Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

export type CopyState = 'idle' | 'copied' | 'refused';

export interface Invite {
  /** Absent while the first one is being made. */
  readonly inviteId: ReadonlySignal<string | undefined>;
  readonly making: ReadonlySignal<Task>;
  readonly withdrawing: ReadonlySignal<Task>;
  readonly copied: ReadonlySignal<CopyState>;
  /** Whom a new one is for, to connect again. */
  readonly contactId: string | undefined;
  make(): Promise<void>;
  copy(link: string): Promise<void>;
  withdraw(): Promise<void>;
  /** The person comes to its screen, perhaps once more: what could not be made before is tried again. */
  enter(): void;
  leave(): void;
}

/** How long "Copied" stands: long enough to be read, short enough to say it again. */
export const COPIED_MS = 2_000;

/** One invite of mine: an existing one by its id, or a new one, which may be for one contact. */
export function createInvite(
  { client, clock, copy }: Pick<Surroundings, 'client' | 'clock' | 'copy'>,
  onWithdrawn: () => void,
  { inviteId: existing, contactId }: { readonly inviteId?: string; readonly contactId?: string } = {},
): Invite {
  const inviteId = signal<string | undefined>(existing);
  const making: Signal<Task> = task();
  const withdrawing: Signal<Task> = task();
  const copied = signal<CopyState>('idle');
  let stop: Stop = () => {};
  let left = true;

  async function make(): Promise<void> {
    await run(making, async () => {
      inviteId.value = undefined;
      inviteId.value = (
        await client.call({ type: 'create-invite', ...(contactId === undefined ? {} : { contactId }) })
      ).inviteId;
    });
  }

  return {
    inviteId,
    making,
    withdrawing,
    copied,
    contactId,
    make,
    async copy(link) {
      stop();
      try {
        await copy(link);
        copied.value = 'copied';
        stop = clock.after(COPIED_MS, () => {
          copied.value = 'idle';
        });
      } catch {
        copied.value = 'refused';
      }
    },
    async withdraw() {
      const id = inviteId.peek();
      if (id === undefined) return;
      await run(withdrawing, async () => {
        await client.call({ type: 'withdraw-invite', inviteId: id });
        if (!left) onWithdrawn();
      });
    },
    enter() {
      left = false;
      if (inviteId.peek() === undefined) void make();
    },
    leave() {
      left = true;
      stop();
    },
  };
}
