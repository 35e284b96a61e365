import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { PassTrouble, ServerView } from '../../bridge/types/snapshots.ts';
import type { Stop, Surroundings } from './surroundings.ts';
import { run, type Task, task } from './task.ts';

/** The server's state as it is worth saying: short waits are not. */
export type ServerBanner =
  | { readonly show: 'nothing' }
  | { readonly show: 'connecting' | 'refused' | 'elsewhere' }
  | { readonly show: 'unreachable'; readonly retryAt: number }
  | { readonly show: 'pass-needed'; readonly pass: PassTrouble };

export interface ServerModel {
  readonly banner: ReadonlySignal<ServerBanner>;
  /** Moves every second while somebody is waiting for it. */
  readonly second: ReadonlySignal<number>;
  readonly reconnecting: ReadonlySignal<Task>;
  readonly taking: ReadonlySignal<Task>;
  reconnect(): Promise<void>;
  takeOver(): Promise<void>;
  dispose(): void;
}

/** Connecting is said after this long. */
export const CONNECTING_SHOWN_MS = 1_000;

export function createServer(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  server: ReadonlySignal<ServerView | undefined>,
): ServerModel {
  const banner: Signal<ServerBanner> = signal({ show: 'nothing' });
  const second = signal(clock.now());
  const reconnecting: Signal<Task> = task();
  const taking: Signal<Task> = task();
  let stop: Stop = () => {};

  let before: ServerView | undefined;

  const stopEffect = effect(() => {
    const present = server.value;
    // Every snapshot brings the state anew; only a change of it may start a wait again.
    if (same(before, present)) return;
    before = present;
    stop();
    stop = () => {};
    if (present === undefined) {
      banner.value = { show: 'nothing' };
      return;
    }
    switch (present.state) {
      case 'online':
        banner.value = { show: 'nothing' };
        break;
      case 'connecting':
        // What stood there stays until it is known to be over, so that a retry does not make the list jump.
        if (banner.peek().show === 'nothing')
          stop = clock.after(CONNECTING_SHOWN_MS, () => {
            banner.value = { show: 'connecting' };
          });
        else banner.value = { show: 'connecting' };
        break;
      case 'unreachable':
        second.value = clock.now();
        banner.value = { show: 'unreachable', retryAt: present.retryAt };
        stop = clock.every(1_000, () => {
          second.value = clock.now();
        });
        break;
      case 'pass-needed':
        banner.value = { show: 'pass-needed', pass: present.pass };
        break;
      default:
        banner.value = { show: present.state };
    }
  });

  return {
    banner,
    second,
    reconnecting,
    taking,
    reconnect: () =>
      run(reconnecting, async () => {
        await client.call({ type: 'reconnect' });
      }),
    takeOver: () =>
      run(taking, async () => {
        await client.call({ type: 'take-over' });
      }),
    dispose() {
      stop();
      stopEffect();
    },
  };
}

function same(a: ServerView | undefined, b: ServerView | undefined): boolean {
  if (a?.state === 'unreachable' && b?.state === 'unreachable') return a.retryAt === b.retryAt;
  if (a?.state === 'pass-needed' && b?.state === 'pass-needed') return a.pass === b.pass;
  return a?.state === b?.state;
}
