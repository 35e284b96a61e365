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
  /** What came since, and waits to be asked for: it would move what the person is reading. Newest first. */
  readonly fresh: ReadonlySignal<readonly FoundMessage[]>;
  readonly state: ReadonlySignal<SearchState>;
  /** It takes longer than a moment: to which moment it has come, once it has come anywhere. */
  readonly slow: ReadonlySignal<{ readonly reached?: number } | undefined>;
  /** How often something to look for was handed over by what stands beside it: whoever typed it there goes on here. */
  readonly handed: ReadonlySignal<number>;
  /** Takes what was typed; looks for it once the typing rests. */
  type(text: string): void;
  /** Takes what was typed beside it. */
  hand(text: string): void;
  /** Looks on from where it stopped or failed. */
  goOn(): void;
  /** What came since is among what was found. */
  takeFresh(): void;
  /** The screen is there (again). */
  enter(): void;
  /** What was found stays for whoever comes back; what is under way waits. */
  leave(): void;
}

export function createSearch(
  { client, clock }: Pick<Surroundings, 'client' | 'clock'>,
  everybody: ReadonlySignal<readonly Person[]>,
  contactId: string | undefined,
  text = '',
): Search {
  const query = signal('');
  const terms = computed(() => termsIn(query.value));
  const wanted = computed(() => terms.value.join('\n'));
  const results = signal<readonly FoundMessage[]>([]);
  const later = signal<readonly FoundMessage[]>([]);
  const state: Signal<SearchState> = signal({ state: 'idle' });
  const isLong = signal(false);
  const place = signal<SearchPlace | undefined>(undefined);
  const handed = signal(0);
  const slow = computed(() => {
    if (!isLong.value || state.value.state !== 'searching') return undefined;
    const reached = place.value?.conversations.map((one) => one.reached);
    return reached === undefined ? {} : { reached: Math.max(...reached) };
  });
  const present = computed(() => new Set(everybody.value.map(({ id }) => id)));
  const here = (some: readonly FoundMessage[]) => some.filter((one) => present.value.has(one.contactId));
  const asked = () => ({
    text: query.peek().trim(),
    ...(contactId === undefined ? {} : { contactId }),
  });
  /** The answer to an older text must not stand beside a newer one. */
  let attempt = 0;
  let stopResting: Stop = () => {};
  let stopWaiting: Stop = () => {};
  let stopWatching: Stop | undefined;
  /** The revision of the messages up to which this knows all; `undefined` before anything is known. */
  let since: number | undefined;
  /** The revision that there is, and how often it was told. */
  let latest: number | undefined;
  let told = 0;
  /** The attempt for which changes are being looked at. */
  let following: number | undefined;
  /** What is found is found again: nobody knows what changed. */
  let isAgain = false;

  function stop(): void {
    attempt++;
    stopResting();
    stopWaiting();
    isLong.value = false;
  }

  /** What another text has found stands for a moment, until there is something to show in its place. */
  function dropOthers(): void {
    if (place.peek() === undefined && !isAgain) results.value = [];
  }

  function wait(): void {
    stop();
    state.value = { state: 'searching' };
    stopWaiting = clock.after(SLOW_MS, () => {
      isLong.value = !isAgain;
      dropOthers();
    });
  }

  function watch(): void {
    stopWatching ??= client.watch({ topic: 'messages' }, ({ revision }) => {
      latest = revision;
      told++;
      void follow();
    });
  }

  function unwatch(): void {
    stopWatching?.();
    stopWatching = undefined;
  }

  async function look(): Promise<void> {
    watch();
    const mine = attempt;
    let known = place.peek() === undefined ? [] : results.peek();
    const enough = isAgain ? Math.max(ENOUGH_FOUND, results.peek().length) : known.length + ENOUGH_FOUND;
    try {
      for (let after = place.peek(); ; ) {
        const part = await client.call({
          type: 'search-messages',
          ...asked(),
          ...(after === undefined ? {} : { after }),
        });
        if (mine !== attempt) return;
        if (after === undefined) since = part.since;
        known = withMore(known, part.found);
        after = part.next;
        const isOver = after === undefined || known.length >= enough;
        batch(() => {
          place.value = after;
          if (!isAgain) results.value = known;
          else if (isOver) show(stillAmong(results.peek(), known), known);
          if (!isOver) return;
          stop();
          isAgain = false;
          state.value = { state: after === undefined ? 'done' : 'paused' };
        });
        if (isOver) return void follow();
      }
    } catch (error) {
      if (mine !== attempt) return;
      stop();
      dropOthers();
      isAgain = false;
      state.value = { state: 'failed', code: codeOf(error) };
    }
  }

  /** Looks at what changed since, as long as there is something. */
  async function follow(): Promise<void> {
    const mine = attempt;
    const isOver = state.peek().state === 'done' || state.peek().state === 'paused';
    if (!isOver || following === mine) return;
    following = mine;
    try {
      while (since !== undefined && latest !== since) {
        const before = { since, told };
        const news = await client.call({ type: 'search-changes', ...asked(), since });
        if (mine !== attempt) return;
        if ('lost' in news) return again();
        const looked = new Set(news.looked.map((one) => `${one.contactId}/${one.messageId}`));
        const isLeft = ({ contactId, id }: FoundMessage) => !looked.has(`${contactId}/${id}`);
        const still = stillAmong(news.found, results.peek());
        batch(() => {
          later.value = later.peek().filter(isLeft);
          show(withMore(results.peek().filter(isLeft), still), news.found);
        });
        since = news.since;
        // What waits is told once it can be seen.
        if (since === before.since && told === before.told) return;
      }
    } catch {
      // The engine is away. Once there is one again, it tells.
    } finally {
      if (following === mine) following = undefined;
    }
  }

  function again(): void {
    place.value = undefined;
    isAgain = true;
    wait();
    void look();
  }

  /** Shows what stood there, and what is new where it moves nothing of that. */
  function show(stood: readonly FoundMessage[], all: readonly FoundMessage[]): void {
    const last = stood.at(-1);
    const news = without(stood, all);
    const waits = (one: FoundMessage) => last !== undefined && one.at >= last.at;
    results.value = withMore(
      stood,
      news.filter((one) => !waits(one)),
    );
    later.value = withMore(later.peek(), news.filter(waits));
  }

  function type(text: string): void {
    const before = wanted.peek();
    query.value = text;
    // Space around it, a capital, or a word twice makes it no other search.
    if (wanted.peek() === before) return;
    place.value = undefined;
    since = undefined;
    later.value = [];
    isAgain = false;
    wait();
    if (wanted.peek() === '') {
      stop();
      unwatch();
      results.value = [];
      state.value = { state: 'idle' };
    } else stopResting = clock.after(SEARCH_REST_MS, () => void look());
  }
  type(text);

  return {
    contactId,
    query,
    people: computed(() =>
      contactId !== undefined || wanted.value === '' ? [] : called(terms.value, everybody.value),
    ),
    found: computed(() => here(results.value)),
    fresh: computed(() => here(without(results.value, later.value))),
    state,
    slow,
    handed,
    type,
    hand(text) {
      type(text);
      handed.value++;
    },
    goOn() {
      if (state.peek().state === 'searching' || wanted.peek() === '') return;
      wait();
      void look();
    },
    takeFresh() {
      batch(() => {
        results.value = withMore(results.peek(), later.peek());
        later.value = [];
      });
    },
    enter() {
      if (wanted.peek() !== '') watch();
      if (state.peek().state !== 'searching') return;
      wait();
      void look();
    },
    leave() {
      stop();
      unwatch();
    },
  };
}

const keyOf = ({ contactId, from, id }: FoundMessage) => `${contactId}/${from}/${id}`;

/** With what was found since, each message once, in the order of time: conversations are not looked through in step. */
function withMore(known: readonly FoundMessage[], more: readonly FoundMessage[]): FoundMessage[] {
  const byKey = new Map([...known, ...more].map((one) => [keyOf(one), one]));
  return [...byKey.values()].sort((a, b) => b.at - a.at);
}

/** Those of the messages that the others have too. */
function stillAmong(some: readonly FoundMessage[], others: readonly FoundMessage[]): FoundMessage[] {
  const keys = new Set(others.map(keyOf));
  return some.filter((one) => keys.has(keyOf(one)));
}

/** The messages, but for those that the others are. */
function without(others: readonly FoundMessage[], some: readonly FoundMessage[]): FoundMessage[] {
  const keys = new Set(others.map(keyOf));
  return some.filter((one) => !keys.has(keyOf(one)));
}
