import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { ProposedInvite } from '../../bridge/types/snapshots.ts';
import { createScan, type Scan } from './scan.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

/** An invite of somebody else on its way from a pasted or scanned text to a contact. */
export type AcceptState =
  | { readonly step: 'paste'; readonly code?: BridgeErrorCode }
  | { readonly step: 'reading' }
  | { readonly step: 'scan'; readonly scan: Scan }
  | { readonly step: 'confirm'; readonly invite: ProposedInvite; readonly code?: BridgeErrorCode }
  | { readonly step: 'accepting'; readonly invite: ProposedInvite }
  | { readonly step: 'accepted'; readonly contactId: string };

export interface Accept {
  readonly text: ReadonlySignal<string>;
  readonly state: ReadonlySignal<AcceptState>;
  /** The contact that the person says it is from. */
  readonly from: ReadonlySignal<string | undefined>;
  sayFrom(contactId: string | undefined): void;
  type(text: string): void;
  /** Looks for the code of an invite with the camera, in place of a pasted text. */
  scanCode(): void;
  /** Reads the text, without any network. */
  read(): Promise<void>;
  /** Says yes. Resolves with whether it worked. */
  accept(): Promise<boolean>;
  /** Back to an empty field. */
  restart(): void;
  /** The person has left: what is answered from here on leads them nowhere. */
  dispose(): void;
}

/** Failures after which asking the same invite again cannot help. */
const FINAL: ReadonlySet<BridgeErrorCode> = new Set([
  'invite-damaged',
  'invite-newer-version',
  'invite-expired',
  'invite-used-or-withdrawn',
  'invite-own',
]);

/** What a code is that is no invite, but something else. */
const NO_INVITE: ReadonlySet<BridgeErrorCode> = new Set(['invite-cut', 'invite-damaged']);

/** Whether another try with the same invite makes sense. */
export function canTryAgain(code: BridgeErrorCode | undefined): boolean {
  return code === undefined || !FINAL.has(code);
}

/** Where an invite is accepted from: the open tab's is there already, a contact's page says whose it should be. */
export interface AcceptFrom {
  readonly proposed?: ProposedInvite;
  readonly contactId?: string;
}

/** With `proposed`, starts at the question; without, at an empty field. */
export function createAccept(
  surroundings: Pick<Surroundings, 'client' | 'camera' | 'clock' | 'surface'>,
  onAccepted: (contactId: string) => void,
  { proposed, contactId }: AcceptFrom = {},
): Accept {
  const { client } = surroundings;
  const from = signal<string | undefined>(contactId);
  let left = false;
  const text = signal(proposed?.link ?? '');
  const state: Signal<AcceptState> = signal(
    proposed === undefined ? { step: 'paste' } : { step: 'confirm', invite: proposed },
  );

  /** What a camera read: an invite, also one that does not work any more, or something else. */
  async function take(read: string): Promise<boolean> {
    try {
      const invite = await client.call({ type: 'read-invite', text: read });
      text.value = read;
      state.value = { step: 'confirm', invite };
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (NO_INVITE.has(code)) return false;
      text.value = read;
      state.value = { step: 'paste', code };
      return true;
    }
  }

  function stopScan(): void {
    const present = state.peek();
    if (present.step === 'scan') present.scan.stop();
  }

  return {
    text,
    state,
    from,
    sayFrom(contactId) {
      from.value = contactId;
    },
    scanCode() {
      stopScan();
      const scan = createScan(surroundings, take);
      state.value = { step: 'scan', scan };
      void scan.start();
    },
    dispose() {
      left = true;
      stopScan();
    },
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
        const expected = invite.from ?? from.peek();
        const { contactId } = await client.call({
          type: 'accept-invite',
          text: invite.link,
          ...(expected === undefined ? {} : { contactId: expected }),
        });
        state.value = { step: 'accepted', contactId };
        if (!left) onAccepted(contactId);
        return true;
      } catch (error) {
        state.value = { step: 'confirm', invite, code: codeOf(error) };
        return false;
      }
    },
    restart() {
      stopScan();
      text.value = '';
      state.value = { step: 'paste' };
    },
  };
}
