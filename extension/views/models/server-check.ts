import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { Stop, Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

export type ServerCheckState =
  | { readonly state: 'idle' }
  | { readonly state: 'checking' }
  | { readonly state: 'works'; readonly server: string; readonly relay: boolean }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

export interface ServerCheck {
  readonly text: ReadonlySignal<string>;
  readonly state: ReadonlySignal<ServerCheckState>;
  /** Takes what was typed; looks for the server once the typing rests. */
  type(text: string): void;
  /** Looks now. Resolves with the canonical address, or with nothing where there is none, or another was typed meanwhile. */
  check(): Promise<string | undefined>;
  /** Shows an address that is known to be right as it is written canonically. */
  settle(server: string): void;
  dispose(): void;
}

/** What is wrong with the text itself: it stays wrong however often it is looked at. */
const FAULTS: ReadonlySet<BridgeErrorCode> = new Set([
  'server-missing',
  'server-malformed',
  'server-insecure',
  'server-pass-missing',
]);

/** Whether another look at the same address makes sense. */
export function canCheckAgain(code: BridgeErrorCode): boolean {
  return !FAULTS.has(code);
}

/** How long typing rests before a server is looked for: longer than between two keys, shorter than a wait. */
export const TYPING_REST_MS = 600;

/** A server's address being typed, and whether it can be used, by whom somebody invited there or by whoever has its pass. */
export function createServerCheck(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  initial = '',
  isInvited: () => boolean = () => false,
): ServerCheck {
  const text = signal(initial);
  const state: Signal<ServerCheckState> = signal({ state: 'idle' });
  // The answer to an older text must not stand beside a newer one.
  let attempt = 0;
  let stop: Stop = () => {};

  async function check(): Promise<string | undefined> {
    stop();
    const mine = ++attempt;
    const server = text.peek().trim();
    if (server === '') {
      state.value = { state: 'failed', code: 'server-missing' };
      return undefined;
    }
    state.value = { state: 'checking' };
    try {
      const invited = isInvited() ? ({ invited: true } as const) : {};
      const found = await client.call({ type: 'check-server', server, ...invited });
      if (mine === attempt) state.value = { state: 'works', server: found.server, relay: found.relay };
      // What was typed since is another server, which nobody has looked for.
      return text.peek().trim() === server ? found.server : undefined;
    } catch (error) {
      if (mine === attempt) state.value = { state: 'failed', code: codeOf(error) };
      return undefined;
    }
  }

  return {
    text,
    state,
    check,
    type(typed) {
      stop();
      attempt++;
      text.value = typed;
      state.value = { state: 'idle' };
      if (typed.trim() !== '') stop = clock.after(TYPING_REST_MS, () => void check());
    },
    settle(server) {
      stop();
      attempt++;
      text.value = server;
    },
    dispose() {
      stop();
      attempt++;
    },
  };
}
