import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { termsIn } from '../../bridge/folding.ts';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { FoundMessage, SearchPlace } from '../../bridge/types/snapshots.ts';
import { called } from './contacts.ts';
import { SLOW_MS } from './conversation.ts';
import type { Person } from './person.ts';
import type { Stop, Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

/** How long typing rests before the messages are looked through: longer than between two keys. Milliseconds. */
export const SEARCH_REST_MS = 250;
/** Messages that are found before the person is asked whether to look further: more than anybody reads at once. */
export const ENOUGH_FOUND = 50;

export type SearchState =
  /** Nothing is looked for. */
  | { readonly state: 'idle' }
  | { readonly state: 'searching' }
  /** Much is found, and there is more to look through. */
  | { readonly state: 'paused' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly code: BridgeErrorCode };

/** Looking for people and messages; with a contact, for messages of that conversation alone. */
export interface Search {
  readonly contactId: string | undefined;
  readonly query: ReadonlySignal<string>;
  readonly people: ReadonlySignal<readonly Person[]>;
  /** Newest first. */
  readonly found: ReadonlySignal<readonly FoundMessage[]>;
  readonly state: ReadonlySignal<SearchState>;
  /** It takes longer than a moment: to which moment it has come, once it has come anywhere. */
  readonly slow: ReadonlySignal<{ readonly reached?: number } | undefined>;
  /** Takes what was typed; looks for it once the typing rests. */
  type(text: string): void;
  /** Looks on from where it stopped or failed. */
  goOn(): void;
  /** The screen is there (again). */
  enter(): void;
  /** What was found stays for whoever comes back; what is under way waits. */
  leave(): void;
}

export function createSearch(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  everybody: ReadonlySignal<readonly Person[]>,
  contactId: string | undefined,
): Search {
  const query = signal('');
  const terms = computed(() => termsIn(query.value));
  const wanted = computed(() => terms.value.join('\n'));
  const results = signal<readonly FoundMessage[]>([]);
  const state: Signal<SearchState> = signal({ state: 'idle' });
  const isLong = signal(false);
  const place = signal<SearchPlace | undefined>(undefined);
  const slow = computed(() => {
    if (!isLong.value || state.value.state !== 'searching') return undefined;
    const reached = place.value?.conversations.map((one) => one.reached);
    return reached === undefined ? {} : { reached: Math.max(...reached) };
  });
  const found = computed(() => {
    const present = new Set(everybody.value.map(({ id }) => id));
    return results.value.filter((one) => present.has(one.contactId));
  });
  /** The answer to an older text must not stand beside a newer one. */
  let attempt = 0;
  let stopResting: Stop = () => {};
  let stopWaiting: Stop = () => {};

  function stop(): void {
    attempt++;
    stopResting();
    stopWaiting();
    isLong.value = false;
  }

  /** What another text has found stands for a moment, until there is something to show in its place. */
  function dropOthers(): void {
    if (place.peek() === undefined) results.value = [];
  }

  function wait(): void {
    stop();
    state.value = { state: 'searching' };
    stopWaiting = clock.after(SLOW_MS, () => {
      isLong.value = true;
      dropOthers();
    });
  }

  async function look(): Promise<void> {
    const mine = attempt;
    const asked = { text: query.peek().trim(), ...(contactId === undefined ? {} : { contactId }) };
    let known = place.peek() === undefined ? [] : results.peek();
    const enough = known.length + ENOUGH_FOUND;
    try {
      for (let after = place.peek(); ; ) {
        const part = await client.call({
          type: 'search-messages',
          ...asked,
          ...(after === undefined ? {} : { after }),
        });
        if (mine !== attempt) return;
        known = withMore(known, part.found);
        after = part.next;
        const isEnough = known.length >= enough;
        batch(() => {
          results.value = known;
          place.value = after;
          if (after !== undefined && !isEnough) return;
          stop();
          state.value = { state: after === undefined ? 'done' : 'paused' };
        });
        if (mine !== attempt) return;
      }
    } catch (error) {
      if (mine !== attempt) return;
      stop();
      dropOthers();
      state.value = { state: 'failed', code: codeOf(error) };
    }
  }

  return {
    contactId,
    query,
    people: computed(() =>
      contactId !== undefined || wanted.value === '' ? [] : called(terms.value, everybody.value),
    ),
    found,
    state,
    slow,
    type(text) {
      const before = wanted.peek();
      query.value = text;
      // Space around it, a capital, or a word twice makes it no other search.
      if (wanted.peek() === before) return;
      place.value = undefined;
      wait();
      if (wanted.peek() === '') {
        stop();
        results.value = [];
        state.value = { state: 'idle' };
      } else stopResting = clock.after(SEARCH_REST_MS, () => void look());
    },
    goOn() {
      if (state.peek().state === 'searching' || wanted.peek() === '') return;
      wait();
      void look();
    },
    enter() {
      if (state.peek().state !== 'searching') return;
      wait();
      void look();
    },
    leave: stop,
  };
}

/** With what was found since, each message once, in the order of time: conversations are not looked through in step. */
function withMore(known: readonly FoundMessage[], more: readonly FoundMessage[]): FoundMessage[] {
  const keyOf = ({ contactId, from, id }: FoundMessage) => `${contactId}/${from}/${id}`;
  const byKey = new Map([...known, ...more].map((one) => [keyOf(one), one]));
  return [...byKey.values()].sort((a, b) => b.at - a.at);
}
