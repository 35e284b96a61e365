import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types.ts';
import { COPIED_MS, type CopyState } from './invite.ts';
import {
  OpenPgpError,
  type OpenPgpKey,
  type OpenPgpTrouble,
  type Stop,
  type Surroundings,
} from './surroundings.ts';
import { codeOf } from './task.ts';

/** What came of checking a contact's OpenPGP proof; it says something of the key that was pasted, and is not kept. */
export type ProofOutcome =
  | { readonly state: 'none' | 'running' }
  /** The key signed that this identity is its owner's, on that day. */
  | { readonly state: 'matches'; readonly key: OpenPgpKey; readonly date: string }
  | {
      readonly state:
        | 'another-identity'
        | 'no-statement'
        | 'newer'
        | 'other-key'
        | 'bad-signature'
        | 'expired'
        | 'revoked';
      readonly key: OpenPgpKey;
    }
  | { readonly state: 'trouble'; readonly trouble: OpenPgpTrouble }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

/** A contact's OpenPGP proof and mine. */
export interface Proof {
  readonly contactId: string;
  /** What I can sign, once the engine has said it. */
  readonly mine: ReadonlySignal<string | undefined>;
  readonly copied: ReadonlySignal<CopyState>;
  readonly message: ReadonlySignal<string>;
  readonly key: ReadonlySignal<string>;
  readonly outcome: ReadonlySignal<ProofOutcome>;
  typeMessage(text: string): void;
  typeKey(text: string): void;
  check(): Promise<void>;
  copy(): Promise<void>;
  dispose(): void;
}

export function createProof(
  { client, clock, copy, checkSignature }: Pick<Surroundings, 'client' | 'clock' | 'copy' | 'checkSignature'>,
  contactId: string,
): Proof {
  const mine = signal<string | undefined>(undefined);
  const copied = signal<CopyState>('idle');
  const message = signal('');
  const key = signal('');
  const outcome: Signal<ProofOutcome> = signal({ state: 'none' });
  let stop: Stop = () => {};

  const load = async (): Promise<void> => {
    try {
      mine.value = (await client.call({ type: 'identity-statement' })).text;
    } catch (error) {
      outcome.value = { state: 'failed', code: codeOf(error) };
    }
  };
  void load();

  async function checked(): Promise<ProofOutcome> {
    const signed = await checkSignature(message.peek(), key.peek(), clock.now());
    const about: OpenPgpKey = { fingerprint: signed.fingerprint, userIds: signed.userIds };
    if (signed.state !== 'signed') return { state: signed.state, key: about };
    const read = await client.call({ type: 'read-statement', contactId, text: signed.text });
    switch (read.outcome) {
      case 'this':
        return { state: 'matches', key: about, date: read.date };
      case 'another':
        return { state: 'another-identity', key: about };
      case 'newer':
        return { state: 'newer', key: about };
      case 'none':
        return { state: 'no-statement', key: about };
    }
  }

  // What is said holds for what was pasted, and for nothing that is pasted since.
  function changed(): void {
    outcome.value = { state: 'none' };
  }

  return {
    contactId,
    mine,
    copied,
    message,
    key,
    outcome,
    typeMessage(text) {
      message.value = text;
      changed();
    },
    typeKey(text) {
      key.value = text;
      changed();
    },
    async check() {
      if (outcome.peek().state === 'running') return;
      const running: ProofOutcome = { state: 'running' };
      outcome.value = running;
      let result: ProofOutcome;
      try {
        result = await checked();
      } catch (error) {
        result =
          error instanceof OpenPgpError
            ? { state: 'trouble', trouble: error.code }
            : { state: 'failed', code: codeOf(error) };
      }
      if (outcome.peek() === running) outcome.value = result;
    },
    async copy() {
      const text = mine.peek();
      if (text === undefined) return;
      stop();
      try {
        await copy(text);
        copied.value = 'copied';
        stop = clock.after(COPIED_MS, () => {
          copied.value = 'idle';
        });
      } catch {
        copied.value = 'refused';
      }
    },
    dispose: () => stop(),
  };
}
