import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

export type PingState =
  | { readonly state: 'idle' }
  | { readonly state: 'running' }
  | { readonly state: 'answered'; readonly roundTrip: number }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

export interface Ping {
  readonly state: ReadonlySignal<PingState>;
  send(): Promise<void>;
}

/** The round trip to one contact, measured when asked. */
export function createPing({ client }: Pick<Surroundings, 'client'>, contactId: string): Ping {
  const state: Signal<PingState> = signal({ state: 'idle' });
  return {
    state,
    async send() {
      if (state.peek().state === 'running') return;
      state.value = { state: 'running' };
      try {
        const { roundTrip } = await client.call({ type: 'ping', contactId });
        state.value = { state: 'answered', roundTrip: Math.round(roundTrip) };
      } catch (error) {
        state.value = { state: 'failed', code: codeOf(error) };
      }
    },
  };
}
