import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode, ProposedInvite } from '../../bridge/types.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

/** An invite of somebody else on its way from a pasted text to a contact. */
export type AcceptState =
  | { readonly step: 'paste'; readonly code?: BridgeErrorCode }
  | { readonly step: 'reading' }
  | { readonly step: 'confirm'; readonly invite: ProposedInvite; readonly code?: BridgeErrorCode }
  | { readonly step: 'accepting'; readonly invite: ProposedInvite }
  | { readonly step: 'accepted'; readonly contactId: string };

export interface Accept {
  readonly text: ReadonlySignal<string>;
  readonly state: ReadonlySignal<AcceptState>;
  type(text: string): void;
  /** Reads the text, without any network. */
  read(): Promise<void>;
  /** Says yes. Resolves with whether it worked. */
  accept(): Promise<boolean>;
  /** Back to an empty field. */
  restart(): void;
}

/** Failures after which asking the same invite again cannot help. */
const FINAL: ReadonlySet<BridgeErrorCode> = new Set([
  'invite-damaged',
  'invite-newer-version',
  'invite-expired',
  'invite-used-or-withdrawn',
  'invite-own',
]);

/** Whether another try with the same invite makes sense. */
export function canTryAgain(code: BridgeErrorCode | undefined): boolean {
  return code === undefined || !FINAL.has(code);
}

/** With `proposed`, starts at the question; without, at an empty field. */
export function createAccept(
  { client }: Pick<Surroundings, 'client'>,
  onAccepted: (contactId: string) => void,
  proposed?: ProposedInvite,
): Accept {
  const text = signal(proposed?.link ?? '');
  const state: Signal<AcceptState> = signal(
    proposed === undefined ? { step: 'paste' } : { step: 'confirm', invite: proposed },
  );

  return {
    text,
    state,
    type(typed) {
      text.value = typed;
      if (state.peek().step === 'paste') state.value = { step: 'paste' };
    },
    async read() {
      if (state.peek().step !== 'paste') return;
      state.value = { step: 'reading' };
      try {
        const invite = await client.call({ type: 'read-invite', text: text.peek().trim() });
        state.value = { step: 'confirm', invite };
      } catch (error) {
        state.value = { step: 'paste', code: codeOf(error) };
      }
    },
    async accept() {
      const before = state.peek();
      if (before.step !== 'confirm') return false;
      const { invite } = before;
      state.value = { step: 'accepting', invite };
      try {
        const { contactId } = await client.call({ type: 'accept-invite', text: invite.link });
        state.value = { step: 'accepted', contactId };
        onAccepted(contactId);
        return true;
      } catch (error) {
        state.value = { step: 'confirm', invite, code: codeOf(error) };
        return false;
      }
    },
    restart() {
      text.value = '';
      state.value = { step: 'paste' };
    },
  };
}
