import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { NAME_MAX_CHARACTERS, type Settings } from '../../bridge/types.ts';
import { createLock, type LockModel } from './lock.ts';
import { createServerCheck, type ServerCheck } from './server-check.ts';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

export interface SettingsModel {
  readonly name: ReadonlySignal<string>;
  readonly savingName: ReadonlySignal<Task>;
  readonly server: ServerCheck;
  readonly savingServer: ReadonlySignal<Task>;
  /** The switches' own state: they act at once. */
  readonly changing: ReadonlySignal<Task>;
  readonly lock: LockModel;
  typeName(name: string): void;
  saveName(): Promise<void>;
  useServer(): Promise<void>;
  change(change: Pick<Partial<Settings>, 'direct' | 'notifications' | 'openAs' | 'autoLock'>): Promise<void>;
  dispose(): void;
}

export function createSettings(
  surroundings: Pick<Surroundings, 'client' | 'clock' | 'shortcuts'>,
  present: Settings,
  retryAt: ReadonlySignal<number | undefined>,
): SettingsModel {
  const { client } = surroundings;
  const name = signal(present.name);
  const savingName: Signal<Task> = task();
  const savingServer: Signal<Task> = task();
  const changing: Signal<Task> = task();
  const lock = createLock(surroundings, retryAt);
  const server = createServerCheck(surroundings, present.server);

  return {
    name,
    savingName,
    server,
    savingServer,
    changing,
    lock,
    typeName(typed) {
      name.value = typed;
      savingName.value = { state: 'idle' };
    },
    async saveName() {
      const typed = name.peek().trim();
      if (typed === '' || [...typed].length > NAME_MAX_CHARACTERS) {
        savingName.value = { state: 'failed', code: typed === '' ? 'name-empty' : 'name-too-long' };
        return;
      }
      await run(savingName, async () => {
        await client.call({ type: 'change-settings', change: { name: typed } });
      });
    },
    async useServer() {
      if (savingServer.peek().state === 'running') return;
      savingServer.value = { state: 'idle' };
      const typed = server.text.peek();
      const found = await server.check();
      if (found === undefined) return;
      await run(savingServer, async () => {
        await client.call({ type: 'change-settings', change: { server: found } });
        if (server.text.peek() === typed) server.settle(found);
      });
    },
    change: (change) =>
      run(changing, async () => {
        await client.call({ type: 'change-settings', change });
      }),
    dispose() {
      server.dispose();
      lock.dispose();
    },
  };
}
