import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { ContactView } from '../../bridge/types/snapshots.ts';
import { COPIED_MS, type CopyState } from './invite.ts';
import {
  OpenPgpError,
  type OpenPgpKey,
  type OpenPgpTrouble,
  type Stop,
  type Surroundings,
} from './surroundings.ts';
import { codeOf, run, type Task, task } from './task.ts';

/** What came of checking a contact's OpenPGP proof; it says something of the key that was pasted. A match is noted. */
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

/** After these a match with the same key, which was noted earlier, does not hold any more. */
const ENDS: ReadonlySet<ProofOutcome['state']> = new Set(['another-identity', 'expired', 'revoked']);

/** A contact's OpenPGP proof and mine. */
export interface Proof {
  readonly contactId: string;
  /** What I can sign, once the engine has said it. */
  readonly mine: ReadonlySignal<string | undefined>;
  readonly copied: ReadonlySignal<CopyState>;
  readonly message: ReadonlySignal<string>;
  readonly key: ReadonlySignal<string>;
  readonly outcome: ReadonlySignal<ProofOutcome>;
  /** What my OpenPGP program made of {@link mine}. */
  readonly signed: ReadonlySignal<string>;
  readonly attaching: ReadonlySignal<Task>;
  typeSigned(text: string): void;
  /** Sends it to the contact. */
  attach(): Promise<void>;
  takeBack(): Promise<void>;
  typeMessage(text: string): void;
  typeKey(text: string): void;
  check(): Promise<void>;
  copy(): Promise<void>;
  dispose(): void;
}

export function createProof(
  { client, clock, copy, checkSignature }: Pick<Surroundings, 'client' | 'clock' | 'copy' | 'checkSignature'>,
  contactId: string,
  person: () => ContactView | undefined,
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

  const signed = signal('');
  const attaching: Signal<Task> = task();

  /** Theirs, as often as they attach one; what was pasted here meanwhile stays. */
  let attached = '';
  const theirs = computed(() => person()?.proof.theirs);
  const stopTheirs = effect(() => {
    if (theirs.value === undefined) return;
    client.call({ type: 'their-proof', contactId }).then(
      ({ text }) => {
        if (message.peek() !== '' && message.peek() !== attached) return;
        attached = text;
        if (message.peek() !== text) typeMessage(text);
      },
      () => {
        // Without it there is the field to paste one.
      },
    );
  });

  async function send(text: string): Promise<void> {
    await run(attaching, async () => {
      await client.call({ type: 'attach-proof', contactId, text });
    });
  }

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

  /** A match is noted for the key that the person saw; a noted one that does not hold any more is not kept. */
  async function note(result: ProofOutcome, seen: ContactView | undefined): Promise<void> {
    if (seen === undefined || !('key' in result)) return;
    const about = { type: 'note-proof', contactId, digits: seen.safety.digits } as const;
    if (result.state === 'matches') {
      const { fingerprint, userIds } = result.key;
      await client.call({ ...about, checked: { fingerprint, userIds, date: result.date } });
    } else if (seen.proof.checked?.fingerprint === result.key.fingerprint && ENDS.has(result.state))
      await client.call(about);
  }

  // What is said holds for what was pasted, and for nothing that is pasted since.
  function changed(): void {
    outcome.value = { state: 'none' };
  }

  function typeMessage(text: string): void {
    message.value = text;
    changed();
  }

  return {
    contactId,
    mine,
    copied,
    message,
    key,
    outcome,
    signed,
    attaching,
    typeSigned(text) {
      signed.value = text;
      if (attaching.peek().state === 'failed') attaching.value = { state: 'idle' };
    },
    async attach() {
      await send(signed.peek());
      if (attaching.peek().state === 'done') signed.value = '';
    },
    takeBack: () => send(''),
    typeMessage,
    typeKey(text) {
      key.value = text;
      changed();
    },
    async check() {
      if (outcome.peek().state === 'running') return;
      const running: ProofOutcome = { state: 'running' };
      outcome.value = running;
      const seen = person();
      let result: ProofOutcome;
      try {
        result = await checked();
        if (outcome.peek() === running) await note(result, seen);
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
    dispose() {
      stop();
      stopTheirs();
    },
  };
}
