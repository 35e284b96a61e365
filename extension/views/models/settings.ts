import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import { cleanName } from '../../bridge/name.ts';
import type { Settings } from '../../bridge/types/snapshots.ts';
import { createLeaving, type Leaving } from './leaving.ts';
import { createLock, type LockModel } from './lock.ts';
import { createServerCheck, type ServerCheck } from './server-check.ts';
import type { Surroundings } from './surroundings.ts';
import { beside, run, type Task, task } from './task.ts';

/** What acts at once when it is chosen. */
type Choices = Pick<Settings, 'direct' | 'notifications' | 'openAs' | 'autoLock'>;

export interface SettingsModel {
  /** As the engine has them, and as the person has just chosen them. */
  readonly settings: ReadonlySignal<Settings>;
  readonly name: ReadonlySignal<string>;
  /** Another name is typed than the one that is saved. */
  readonly nameChanged: ReadonlySignal<boolean>;
  readonly savingName: ReadonlySignal<Task>;
  readonly server: ServerCheck;
  /** Another server is typed than the one that is in use. */
  readonly serverChanged: ReadonlySignal<boolean>;
  readonly savingServer: ReadonlySignal<Task>;
  /** What came of the choices. */
  readonly changing: ReadonlySignal<Task>;
  readonly lock: LockModel;
  /** Asks before what was typed is left unsaved. */
  readonly leaving: Leaving;
  typeName(name: string): void;
  saveName(): Promise<void>;
  useServer(): Promise<void>;
  change(change: Partial<Choices>): Promise<void>;
  dispose(): void;
}

export function createSettings(
  surroundings: Pick<Surroundings, 'client' | 'clock' | 'shortcuts'>,
  present: ReadonlySignal<Settings>,
  retryAt: ReadonlySignal<number | undefined>,
): SettingsModel {
  const { client } = surroundings;
  const name = signal(present.peek().name);
  const savingName: Signal<Task> = task();
  const savingServer: Signal<Task> = task();
  const changing: Signal<Task> = task();
  const lock = createLock(surroundings, retryAt);
  const server = createServerCheck(surroundings, present.peek().server);

  const nameChanged = computed(() => name.value.trim() !== present.value.name);
  const serverChanged = computed(() => {
    const typed = server.text.value.trim();
    return typed !== '' && typed !== present.value.server;
  });
  /** What is being saved goes on without this screen. */
  const isLeft = (changed: ReadonlySignal<boolean>, saving: ReadonlySignal<Task>) =>
    changed.value && saving.value.state !== 'running';
  const leaving = createLeaving(
    computed(() => isLeft(nameChanged, savingName) || isLeft(serverChanged, savingServer)),
  );

  /** What was chosen and may not be in what the engine shows yet: the answer to it and that come in any order. */
  const chosen = signal<Partial<Choices>>({});
  const inTurn = beside(changing);
  /** What stands in the fields unless another is typed: it may change in another view. */
  let shown = present.peek();
  const stopPresent = effect(() => {
    const now = present.value;
    untracked(() => {
      if (name.peek() === shown.name) name.value = now.name;
      if (server.text.peek() === shown.server && now.server !== shown.server) server.settle(now.server);
      shown = now;
      if (changing.peek().state !== 'running') chosen.value = {};
    });
  });

  return {
    settings: computed(() => ({ ...present.value, ...chosen.value })),
    name,
    nameChanged,
    savingName,
    server,
    serverChanged,
    savingServer,
    changing,
    lock,
    leaving,
    typeName(typed) {
      name.value = typed;
      savingName.value = { state: 'idle' };
    },
    async saveName() {
      await run(savingName, async () => {
        const typed = name.peek();
        const saved = cleanName(typed);
        await client.call({ type: 'change-settings', change: { name: saved } });
        if (name.peek() === typed) name.value = saved;
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
    async change(change) {
      chosen.value = { ...chosen.peek(), ...change };
      await inTurn(async () => {
        try {
          await client.call({ type: 'change-settings', change });
        } catch (error) {
          const refused = new Map<string, unknown>(Object.entries(change));
          const others = Object.entries(chosen.peek()).filter(([which, how]) => refused.get(which) !== how);
          chosen.value = Object.fromEntries(others);
          throw error;
        }
      });
    },
    dispose() {
      stopPresent();
      server.dispose();
      lock.dispose();
    },
  };
}
