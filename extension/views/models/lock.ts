import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { PASSPHRASE_MIN_CHARACTERS } from '../../bridge/types/bounds.ts';
import { countdown } from './locked.ts';
import type { ShortcutKeys, Surroundings } from './surroundings.ts';
import { codeOf, IDLE, run, type Task, task } from './task.ts';

/** What the person is doing about the passphrase. */
export type LockStep = 'none' | 'set' | 'change' | 'remove';

export interface LockModel {
  readonly step: ReadonlySignal<LockStep>;
  readonly current: ReadonlySignal<string>;
  /** The present one was not typed. */
  readonly lacksCurrent: ReadonlySignal<boolean>;
  readonly next: ReadonlySignal<string>;
  readonly again: ReadonlySignal<string>;
  readonly saving: ReadonlySignal<Task>;
  /** What was done last, until the person begins with something else. */
  readonly done: ReadonlySignal<Exclude<LockStep, 'none'> | undefined>;
  /** The two new ones are not the same. */
  readonly differs: ReadonlySignal<boolean>;
  readonly erasing: ReadonlySignal<Task>;
  /** Seconds until the next guess at the present one may come; 0 for now. */
  readonly wait: ReadonlySignal<number>;
  begin(step: LockStep): void;
  type(field: 'current' | 'next' | 'again', text: string): void;
  save(): Promise<void>;
  lock(): Promise<void>;
  erase(): Promise<void>;
  /** The keys that lock and that erase everything, as the browser has them. */
  readonly keys: ReadonlySignal<ShortcutKeys>;
  chooseWipeKey(): void;
  dispose(): void;
}

export function createLock(
  { client, clock, shortcuts }: Pick<Surroundings, 'client' | 'clock' | 'shortcuts'>,
  retryAt: ReadonlySignal<number | undefined>,
): LockModel {
  const step: Signal<LockStep> = signal('none');
  const fields = { current: signal(''), next: signal(''), again: signal('') };
  const saving: Signal<Task> = task();
  const done: Signal<Exclude<LockStep, 'none'> | undefined> = signal(undefined);
  const erasing: Signal<Task> = task();
  const differs = signal(false);
  const lacksCurrent = signal(false);
  const keys: Signal<ShortcutKeys> = signal({});
  const { left, stop } = countdown(clock, retryAt);
  shortcuts.keys().then(
    (present) => {
      keys.value = present;
    },
    // A browser without shortcuts has no keys.
    () => {},
  );

  function clear(): void {
    for (const field of Object.values(fields)) field.value = '';
    differs.value = false;
    lacksCurrent.value = false;
  }

  async function save(): Promise<void> {
    const [current, next] = [fields.current.peek(), fields.next.peek()];
    const now = step.peek();
    if (now === 'none' || (now !== 'set' && left.peek() > 0)) return;
    // It would be a wrong guess, of which there are few.
    lacksCurrent.value = now !== 'set' && current === '';
    if (lacksCurrent.peek()) return;
    if (now !== 'remove') {
      if ([...next].length < PASSPHRASE_MIN_CHARACTERS) {
        saving.value = { state: 'failed', code: 'passphrase-too-short' };
        return;
      }
      differs.value = next !== fields.again.peek();
      if (differs.peek()) return;
    }
    await run(saving, async () => {
      if (now === 'remove') await client.call({ type: 'remove-passphrase', current });
      else await client.call({ type: 'set-passphrase', ...(now === 'change' ? { current } : {}), next });
      clear();
      step.value = 'none';
      done.value = now;
    });
  }

  return {
    step,
    ...fields,
    lacksCurrent,
    saving,
    done,
    differs,
    erasing,
    wait: left,
    keys,
    begin(next) {
      clear();
      saving.value = IDLE;
      done.value = undefined;
      step.value = next;
    },
    type(field, text) {
      fields[field].value = text;
      differs.value = false;
      lacksCurrent.value = false;
      if (saving.peek().state === 'failed') saving.value = IDLE;
    },
    save,
    async lock() {
      await client.call({ type: 'lock' }).catch((error: unknown) => {
        saving.value = { state: 'failed', code: codeOf(error) };
      });
    },
    erase: () =>
      run(erasing, async () => {
        await client.call({ type: 'wipe' });
      }),
    chooseWipeKey: () => shortcuts.choose(),
    dispose() {
      clear();
      stop();
    },
  };
}
