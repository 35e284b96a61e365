import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import { complete, completeOnly, type Heard, hear } from '../words/spoken.ts';
import type { Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

export type TypeWordsState =
  /** `short`: the person went on before there were three words. */
  | { readonly step: 'typing'; readonly code?: BridgeErrorCode; readonly short?: true }
  | { readonly step: 'connecting' };

/** Somebody's three words, typed and accepted. */
export interface TypeWords {
  readonly text: ReadonlySignal<string>;
  readonly heard: ReadonlySignal<Heard>;
  /** Another server than mine; absent until it is asked for. */
  readonly server: ReadonlySignal<string | undefined>;
  readonly state: ReadonlySignal<TypeWordsState>;
  /** The suggestion that the arrow keys are at. */
  readonly active: ReadonlySignal<number | undefined>;
  /** Who said them, where it is a contact. */
  readonly contactId: string | undefined;
  type(text: string): void;
  choose(word: string): void;
  move(by: 1 | -1): void;
  typeServer(text: string): void;
  /** Through my server after all. */
  useMine(): void;
  /** Whether there are not three words yet, which is then said. */
  isShort(): boolean;
  /** Asks whoever said them. Resolves with whether that made a contact. */
  accept(): Promise<boolean>;
  /** The person has left: what is answered from here on leads them nowhere. */
  dispose(): void;
}

export function createTypeWords(
  { client }: Pick<Surroundings, 'client'>,
  onAccepted: (contactId: string) => void,
  { contactId: from }: { readonly contactId?: string } = {},
): TypeWords {
  const text = signal('');
  const heard = computed(() => hear(text.value));
  const server = signal<string | undefined>(undefined);
  const state: Signal<TypeWordsState> = signal({ step: 'typing' });
  const active = signal<number | undefined>(undefined);
  let left = false;

  function change(to: string): void {
    if (state.peek().step === 'connecting') return;
    text.value = to;
    active.value = undefined;
    state.value = { step: 'typing' };
  }

  function isShort(): boolean {
    const short = heard.peek().all === undefined;
    if (short) state.value = { step: 'typing', short };
    return short;
  }

  return {
    text,
    heard,
    server,
    state,
    active,
    contactId: from,
    type: (typed) => change(completeOnly(typed)),
    choose: (word) => change(complete(text.peek(), word)),
    move(by) {
      const { length } = heard.peek().suggestions;
      if (length === 0) return;
      const from = active.peek() ?? (by > 0 ? -1 : length);
      active.value = (from + by + length) % length;
    },
    typeServer(typed) {
      server.value = typed;
      if (state.peek().step === 'typing') state.value = { step: 'typing' };
    },
    useMine() {
      server.value = undefined;
      if (state.peek().step === 'typing') state.value = { step: 'typing' };
    },
    isShort,
    async accept() {
      const { all, server: said } = heard.peek();
      if (state.peek().step === 'connecting' || isShort() || all === undefined) return false;
      const named = said ?? server.peek()?.trim();
      if (named === '') {
        state.value = { step: 'typing', code: 'server-missing' };
        return false;
      }
      state.value = { step: 'connecting' };
      try {
        const { contactId } = await client.call({
          type: 'accept-words',
          words: all,
          ...(named === undefined ? {} : { server: named }),
          ...(from === undefined ? {} : { contactId: from }),
        });
        if (!left) onAccepted(contactId);
        return true;
      } catch (error) {
        state.value = { step: 'typing', code: codeOf(error) };
        return false;
      }
    },
    dispose() {
      left = true;
    },
  };
}
