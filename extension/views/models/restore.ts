import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { BACKUP_HEAD_BYTES, BACKUP_PART_BYTES } from '../../bridge/types/bounds.ts';
import { createLeaving, type Leaving } from './leaving.ts';
import type { Surroundings } from './surroundings.ts';
import { IDLE, run, type Task, task } from './task.ts';

export interface Restore {
  /** The file that the person chose. */
  readonly file: ReadonlySignal<File | undefined>;
  /** It was to begin, and there is none. */
  readonly lacksFile: ReadonlySignal<boolean>;
  readonly passphrase: ReadonlySignal<string>;
  /** It was to begin, and none was typed. */
  readonly lacksPassphrase: ReadonlySignal<boolean>;
  readonly restoring: ReadonlySignal<Task>;
  /** Of the file, 0 to 1. */
  readonly progress: ReadonlySignal<number>;
  readonly leaving: Leaving;
  choose(file: File | undefined): void;
  type(passphrase: string): void;
  /** Afterwards the engine starts as the one who is in the file. */
  start(): Promise<void>;
  cancel(): void;
  dispose(): void;
}

export function createRestore({ client }: Pick<Surroundings, 'client'>): Restore {
  const file: Signal<File | undefined> = signal(undefined);
  const lacksFile = signal(false);
  const passphrase = signal('');
  const lacksPassphrase = signal(false);
  const restoring: Signal<Task> = task();
  const leaving = createLeaving(computed(() => restoring.value.state === 'running'));
  const progress = signal(0);
  /** Counts what was begun: what was given up is known by not being the last. */
  let turn = 0;

  const bytes = async (chosen: File, from: number, to: number) =>
    new Uint8Array(await chosen.slice(from, to).arrayBuffer());

  async function start(): Promise<void> {
    const chosen = file.peek();
    lacksFile.value = chosen === undefined;
    lacksPassphrase.value = passphrase.peek() === '';
    if (chosen === undefined || lacksPassphrase.peek()) return;
    const mine = ++turn;
    leaving.stay();
    progress.value = 0;
    await run(restoring, async () => {
      const head = await bytes(chosen, 0, BACKUP_HEAD_BYTES);
      const { restoreId } = await client.call({
        type: 'begin-restore',
        passphrase: passphrase.peek(),
        head,
      });
      for (let at = BACKUP_HEAD_BYTES; at < chosen.size && turn === mine; at += BACKUP_PART_BYTES) {
        const part = await bytes(chosen, at, at + BACKUP_PART_BYTES);
        await client.call({ type: 'restore-part', restoreId, bytes: part });
        progress.value = Math.min((at + part.length) / chosen.size, 1);
      }
      if (turn === mine) await client.call({ type: 'finish-restore', restoreId });
      else await client.call({ type: 'cancel-restore', restoreId });
    });
    // What was given up has not failed, whatever it ended with.
    if (turn !== mine) restoring.value = IDLE;
  }

  return {
    file,
    lacksFile,
    passphrase,
    lacksPassphrase,
    restoring,
    progress,
    leaving,
    choose(chosen) {
      file.value = chosen;
      lacksFile.value = false;
      if (restoring.peek().state === 'failed') restoring.value = IDLE;
    },
    type(typed) {
      passphrase.value = typed;
      lacksPassphrase.value = false;
      if (restoring.peek().state === 'failed') restoring.value = IDLE;
    },
    start,
    cancel() {
      turn++;
    },
    dispose() {
      turn++;
      passphrase.value = '';
    },
  };
}
