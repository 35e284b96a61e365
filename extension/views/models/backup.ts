import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { PASSPHRASE_MIN_CHARACTERS } from '../../bridge/types/bounds.ts';
import { createLeaving, type Leaving } from './leaving.ts';
import type { Surroundings } from './surroundings.ts';
import { IDLE, run, type Task, task } from './task.ts';

export interface BackupModel {
  readonly next: ReadonlySignal<string>;
  readonly again: ReadonlySignal<string>;
  /** The two are not the same. */
  readonly differs: ReadonlySignal<boolean>;
  readonly making: ReadonlySignal<Task>;
  /** Of the file, 0 to 1. */
  readonly progress: ReadonlySignal<number>;
  /** What the file that was saved is called. */
  readonly saved: ReadonlySignal<string | undefined>;
  readonly leaving: Leaving;
  type(field: 'next' | 'again', text: string): void;
  make(): Promise<void>;
  cancel(): void;
  dispose(): void;
}

/** What a file is called that is made at this moment: it sorts by its day. */
function fileName(now: number): string {
  return `Aside ${new Date(now).toISOString().slice(0, 10)}.aside`;
}

export function createBackup({
  client,
  clock,
  save,
}: Pick<Surroundings, 'client' | 'clock' | 'save'>): BackupModel {
  const fields = { next: signal(''), again: signal('') };
  const differs = signal(false);
  const making: Signal<Task> = task();
  const leaving = createLeaving(computed(() => making.value.state === 'running'));
  const progress = signal(0);
  const saved: Signal<string | undefined> = signal(undefined);
  /** Counts what was begun: what was given up is known by not being the last. */
  let turn = 0;

  /** The whole file, as the engine hands it out; `undefined` where it was given up. */
  async function read(backupId: string, mine: number): Promise<Blob | undefined> {
    // The browser keeps a blob's bytes where it has room for them; a list of parts would all be this page's.
    let file = new Blob([]);
    for (let done = false; !done; ) {
      if (turn !== mine) return undefined;
      const part = await client.call({ type: 'read-backup', backupId });
      file = new Blob([file, new Uint8Array(part.bytes)]);
      progress.value = part.progress;
      done = part.done;
    }
    return turn === mine ? file : undefined;
  }

  async function make(): Promise<void> {
    const passphrase = fields.next.peek();
    if ([...passphrase].length < PASSPHRASE_MIN_CHARACTERS) {
      making.value = { state: 'failed', code: 'passphrase-too-short' };
      return;
    }
    differs.value = passphrase !== fields.again.peek();
    if (differs.peek()) return;
    const mine = ++turn;
    leaving.stay();
    progress.value = 0;
    await run(making, async () => {
      const { backupId } = await client.call({ type: 'begin-backup', passphrase });
      const file = await read(backupId, mine);
      if (file === undefined) {
        await client.call({ type: 'cancel-backup', backupId });
        return;
      }
      const name = fileName(clock.now());
      save(name, file);
      clear();
      saved.value = name;
      await client.call({ type: 'backup-saved', backupId });
    });
    // What was given up has not failed, whatever it ended with.
    if (turn !== mine) making.value = IDLE;
  }

  function clear(): void {
    for (const field of Object.values(fields)) field.value = '';
    differs.value = false;
  }

  return {
    ...fields,
    differs,
    making,
    progress,
    saved,
    leaving,
    type(field, text) {
      fields[field].value = text;
      differs.value = false;
      if (making.peek().state === 'failed') making.value = IDLE;
    },
    make,
    cancel() {
      turn++;
    },
    dispose() {
      turn++;
      clear();
    },
  };
}
