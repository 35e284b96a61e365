import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { TEXT_MAX_BYTES } from '../../bridge/types/bounds.ts';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { ConversationSnapshot, FailureReason, MessageView, Part } from '../../bridge/types/snapshots.ts';
import { type Address, createAddress } from './address.ts';
import { SAID_MS } from './announcements.ts';
import type { Drafts } from './drafts.ts';
import { around, following, NEWEST, withNewer, withOlder } from './part.ts';
import { createPing, type Ping } from './ping.ts';
import { createServerMove, type ServerMove } from './server-move.ts';
import type { Stop, Surroundings } from './surroundings.ts';
import { codeOf, run, type Task, task } from './task.ts';
import { createTrust, type Trust } from './trust.ts';

/** A wait shorter than this needs no sign. */
export const SLOW_MS = 1_000;
/** From here on the composer counts: enough left to finish a sentence. */
const COUNT_FROM_BYTES = TEXT_MAX_BYTES - 2_000;

export interface Undelivered {
  readonly id: string;
  readonly reason: FailureReason;
}

/** Where somebody reads: at a message, and how far below the thread's upper edge that begins. */
export interface ReadingPlace {
  readonly id: string;
  readonly top: number;
}

export type Going =
  | { readonly to: 'end' }
  | { readonly to: 'message'; readonly id: string }
  /** Back to where the person has been. */
  | ({ readonly to: 'place' } & ReadingPlace);

export interface Conversation {
  readonly contactId: string;
  readonly snapshot: ReadonlySignal<ConversationSnapshot | undefined>;
  /** No snapshot yet, and waiting for longer than a moment. */
  readonly slow: ReadonlySignal<boolean>;
  /** The first message that was unread on arrival; stays until the person leaves. */
  readonly firstUnread: ReadonlySignal<string | undefined>;
  /** What is waited for. */
  readonly loading: ReadonlySignal<'older' | 'newer' | undefined>;
  /** What is to be brought into sight: the message with this id, or the end. */
  readonly going: ReadonlySignal<Going | undefined>;
  /** Messages of theirs that came while the view was open, newest batch, for those who listen. */
  readonly arrived: ReadonlySignal<readonly MessageView[]>;
  /** Messages of mine that failed while the view was open, newest batch, one for each reason, for those who listen. */
  readonly undelivered: ReadonlySignal<readonly Undelivered[]>;
  readonly draft: ReadonlySignal<string>;
  /** UTF-8 bytes left in the draft, once that is worth saying; negative when it is too long. */
  readonly left: ReadonlySignal<number | undefined>;
  /** Why the last message, retry or discard did not work. */
  readonly failure: ReadonlySignal<BridgeErrorCode | undefined>;
  readonly unsealing: ReadonlySignal<Task>;
  /** How many quarantined envelopes opened at the last try. */
  readonly opened: ReadonlySignal<number | undefined>;
  readonly ping: Ping;
  readonly trust: Trust;
  readonly move: ServerMove;
  readonly address: Address;
  /** The person looks at the messages and decides about a changed key later. */
  readonly later: Signal<boolean>;
  type(text: string): void;
  send(): Promise<void>;
  retry(messageId: string): Promise<void>;
  discard(messageId: string): Promise<void>;
  clearQuarantine(): Promise<void>;
  older(): void;
  newer(): void;
  /** Shows the part around a message, wherever in the conversation it is. */
  goTo(messageId: string): void;
  toEnd(): void;
  /** What was to come into sight is there. */
  arriveThere(): void;
  /** Whether the newest message is on the screen; it is not before the view has said so. */
  atEnd(is: boolean): void;
  /** Where the person reads now; nowhere in particular at the end, which is followed. */
  reads(place: ReadingPlace | undefined): void;
  /** As {@link reads} was told last. */
  reading(): ReadingPlace | undefined;
  dispose(): void;
}

const encoder = new TextEncoder();

export function createConversation(
  { client, clock, attentive }: Pick<Surroundings, 'client' | 'clock' | 'attentive'>,
  drafts: Drafts,
  contactId: string,
  been?: ReadingPlace,
): Conversation {
  const snapshot = signal<ConversationSnapshot | undefined>(undefined);
  const slow = signal(false);
  const firstUnread = signal<string | undefined>(undefined);
  const loading = signal<'older' | 'newer' | undefined>(undefined);
  const going = signal<Going | undefined>(been && { to: 'place', ...been });
  const arrived = signal<readonly MessageView[]>([]);
  const undelivered = signal<readonly Undelivered[]>([]);
  const unsealing: Signal<Task> = task();
  const opened = signal<number | undefined>(undefined);
  const end = signal(false);
  const kept = drafts.open(contactId);
  const { text: draft, failure } = kept;
  const left = computed(() => {
    // A character is at most three bytes for each UTF-16 unit, so short drafts need no counting.
    if (draft.value.length * 3 < COUNT_FROM_BYTES) return undefined;
    const bytes = encoder.encode(draft.value).byteLength;
    return bytes < COUNT_FROM_BYTES ? undefined : TEXT_MAX_BYTES - bytes;
  });

  let part = NEWEST;
  let shows = 0;
  let stopWatching: Stop = () => {};
  let stopSaying: Stop = () => {};
  let lastRead: string | undefined;
  let reading = been;

  const notSlow = clock.after(SLOW_MS, () => {
    slow.value = snapshot.peek() === undefined;
  });

  function take(next: ConversationSnapshot): void {
    batch(() => {
      const before = snapshot.peek();
      kept.arrive(next);
      if (before === undefined) {
        const { firstUnread: first, messages } = next;
        if (first !== undefined && part === NEWEST && !messages.some(({ id }) => id === first)) {
          // More is unread than a page holds: reading begins where it begins.
          show(around(first));
          return;
        }
        firstUnread.value = first;
      } else {
        // What comes into the page as the person reads on is not what has just arrived.
        const follows = !before.hasNewer && !next.hasNewer;
        const news = follows ? newsOf(before.messages, next.messages) : [];
        const theirNews = news.filter(({ from }) => from === 'them');
        if (theirNews.length > 0) arrived.value = theirNews;
        const failed = failedSince(before.messages, next.messages, news);
        if (failed.length > 0) undelivered.value = failed;
        if (theirNews.length > 0 || failed.length > 0) {
          stopSaying();
          stopSaying = clock.after(SAID_MS, () => {
            arrived.value = [];
            undelivered.value = [];
          });
        }
        // One that came late stands before the newest, and is unread all the same.
        if (hasMoreOfTheirs(before.messages, next.messages)) lastRead = undefined;
      }
      loading.value = undefined;
      slow.value = false;
      snapshot.value =
        before === undefined ? next : { ...next, messages: keepSame(before.messages, next.messages) };
      const sought = going.peek();
      if (sought !== undefined && sought.to !== 'end' && !next.messages.some(({ id }) => id === sought.id)) {
        going.value = undefined;
        if (sought.to === 'message') failure.value = 'unknown-message';
      }
      if (part.place !== undefined && !next.hasNewer) show(following(next));
    });
  }

  function show(next: Part): void {
    part = next;
    const turn = ++shows;
    const stopBefore = stopWatching;
    const stop = client.watch({ topic: 'conversation', contactId, ...next }, (shown) => {
      if (turn === shows) take(shown);
    });
    stopBefore();
    // Its first snapshot may have asked for another part already.
    if (turn === shows) stopWatching = stop;
    else stop();
  }
  show(been === undefined ? NEWEST : around(been.id));

  const stopReading = effect(() => {
    const newest = snapshot.value?.messages.findLast(({ from }) => from === 'them')?.id;
    if (newest === undefined || newest === lastRead || !attentive.value || !end.value) return;
    lastRead = newest;
    client.call({ type: 'mark-read', contactId, messageId: newest }).catch(() => {
      // It stays unread, and the next look at it tries again.
      if (lastRead === newest) lastRead = undefined;
    });
  });

  function toEnd(): void {
    going.value = { to: 'end' };
    if (snapshot.peek()?.hasNewer === true) show(NEWEST);
  }

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    failure.value = undefined;
    try {
      await work();
    } catch (error) {
      failure.value = codeOf(error);
    }
  }

  return {
    contactId,
    snapshot,
    slow,
    firstUnread,
    loading,
    going,
    arrived,
    undelivered,
    draft,
    left,
    failure,
    unsealing,
    opened,
    ping: createPing({ client }, contactId),
    trust: createTrust({ client }, contactId),
    move: createServerMove({ client }, contactId),
    address: createAddress({ client }, contactId),
    later: signal(false),
    type: kept.set,
    async send() {
      // What is written is looked at where it comes to stand.
      if (snapshot.peek()?.hasNewer === true && draft.peek().trim() !== '') toEnd();
      await kept.send();
    },
    retry: (messageId) => attempt(() => client.call({ type: 'retry', contactId, messageId })),
    discard: (messageId) => attempt(() => client.call({ type: 'discard', contactId, messageId })),
    clearQuarantine: () =>
      run(unsealing, async () => {
        opened.value = (await client.call({ type: 'clear-quarantine', contactId })).opened;
      }),
    older() {
      const shown = snapshot.peek();
      if (loading.peek() !== undefined || shown?.hasOlder !== true) return;
      loading.value = 'older';
      show(withOlder(part, shown));
    },
    newer() {
      const shown = snapshot.peek();
      if (loading.peek() !== undefined || shown?.hasNewer !== true) return;
      loading.value = 'newer';
      show(withNewer(shown));
    },
    goTo(messageId) {
      going.value = { to: 'message', id: messageId };
      if (snapshot.peek()?.messages.some(({ id }) => id === messageId) !== true) show(around(messageId));
    },
    toEnd,
    arriveThere() {
      going.value = undefined;
    },
    atEnd(is) {
      end.value = is;
    },
    reads(place) {
      reading = place;
    },
    reading: () => reading,
    dispose() {
      notSlow();
      stopSaying();
      stopReading();
      stopWatching();
      kept.leave();
    },
  };
}

/**
 * The next messages, with those that have not changed as the objects that they were: a snapshot is a copy of all,
 * and what is the same object need not be drawn again.
 */
function keepSame(before: readonly MessageView[], next: readonly MessageView[]): readonly MessageView[] {
  const known = new Map(before.map((message) => [message.id, message]));
  return next.map((message) => {
    const was = known.get(message.id);
    return was !== undefined && isSame(was, message) ? was : message;
  });
}

function isSame(a: MessageView, b: MessageView): boolean {
  return (
    a.text === b.text &&
    a.at === b.at &&
    a.from === b.from &&
    a.delivery?.state === b.delivery?.state &&
    (a.delivery?.state !== 'failed' ||
      b.delivery?.state !== 'failed' ||
      a.delivery.reason === b.delivery.reason)
  );
}

function hasMoreOfTheirs(before: readonly MessageView[], after: readonly MessageView[]): boolean {
  const known = new Set(before.map(({ id }) => id));
  return after.some(({ id, from }) => from === 'them' && !known.has(id));
}

/** What has failed since, or came and has failed: a reason that many messages share is said once, of the last. */
function failedSince(
  before: readonly MessageView[],
  after: readonly MessageView[],
  news: readonly MessageView[],
): readonly Undelivered[] {
  const hadNotFailed = new Set(before.filter((message) => !isFailed(message)).map(({ id }) => id));
  const came = new Set(news.map(({ id }) => id));
  const byReason = new Map<FailureReason, Undelivered>();
  for (const { id, delivery } of after)
    if (delivery?.state === 'failed' && (hadNotFailed.has(id) || came.has(id)))
      byReason.set(delivery.reason, { id, reason: delivery.reason });
  return [...byReason.values()];
}

function isFailed({ delivery }: MessageView): boolean {
  return delivery?.state === 'failed';
}

/** Messages that stand after everything that was there before. */
function newsOf(before: readonly MessageView[], after: readonly MessageView[]): readonly MessageView[] {
  const known = new Set(before.map(({ id }) => id));
  return after.slice(after.findLastIndex(({ id }) => known.has(id)) + 1);
}
