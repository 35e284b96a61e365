import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type AppSnapshot, NAME_MAX_CHARACTERS } from '../../bridge/types.ts';
import type { Accept } from './accept.ts';
import { createRestore, type Restore } from './restore.ts';
import { createServerCheck, type ServerCheck } from './server-check.ts';
import type { Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

export type FirstRunSnapshot = Extract<AppSnapshot, { phase: 'first-run' }>;

export interface FirstRun {
  readonly name: ReadonlySignal<string>;
  readonly begin: ReadonlySignal<Task>;
  /** Shown where no server is known yet, or where the person wants another than the default. */
  readonly serverField: ReadonlySignal<ServerCheck | undefined>;
  /** Instead of beginning anew. */
  readonly restore: ReadonlySignal<Restore | undefined>;
  openRestore(): void;
  closeRestore(): void;
  typeName(name: string): void;
  changeServer(): void;
  /** Makes the identity; with a proposed invite, accepts it in the same step. */
  start(): Promise<void>;
  dispose(): void;
}

/** @param proposal the proposed invite's own model, whose server is then used and never asked for. */
export function createFirstRun(
  surroundings: Pick<Surroundings, 'client' | 'clock'>,
  snapshot: FirstRunSnapshot,
  proposal: Accept | undefined,
): FirstRun {
  const { client } = surroundings;
  const name = signal('');
  const begin: Signal<Task> = task();
  const known = snapshot.proposed?.server ?? snapshot.defaultServer;
  const serverField = signal<ServerCheck | undefined>(
    known === undefined ? createServerCheck(surroundings) : undefined,
  );

  const restore: Signal<Restore | undefined> = signal(undefined);

  /** The server to begin with, or nothing where the field says what is wrong with it. */
  async function server(): Promise<string | undefined> {
    const field = serverField.peek();
    return field === undefined ? known : field.check();
  }

  return {
    name,
    begin,
    serverField,
    restore,
    openRestore() {
      restore.value ??= createRestore({ client });
    },
    closeRestore() {
      restore.peek()?.dispose();
      restore.value = undefined;
    },
    typeName(typed) {
      name.value = typed;
      if (begin.peek().state === 'failed') begin.value = { state: 'idle' };
    },
    changeServer() {
      serverField.value ??= createServerCheck(surroundings);
    },
    async start() {
      if (begin.peek().state === 'running') return;
      const typed = name.peek().trim();
      if (typed === '') {
        begin.value = { state: 'failed', code: 'name-empty' };
        return;
      }
      if ([...typed].length > NAME_MAX_CHARACTERS) {
        begin.value = { state: 'failed', code: 'name-too-long' };
        return;
      }
      begin.value = { state: 'running' };
      const chosen = await server();
      begin.value = { state: 'idle' };
      if (chosen === undefined) return;
      await run(begin, async () => {
        await client.call({ type: 'begin', name: typed, server: chosen });
        // Its own model keeps what goes wrong here, and the next screen shows it: the identity is made either way.
        await proposal?.accept();
      });
    },
    dispose() {
      serverField.peek()?.dispose();
      restore.peek()?.dispose();
    },
  };
}
