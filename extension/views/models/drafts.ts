import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { DRAFT_MAX_CHARACTERS, PREVIEW_CHARACTERS, TEXT_MAX_BYTES } from '../../bridge/types/bounds.ts';
import type { BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { ContactView, ConversationSnapshot } from '../../bridge/types/snapshots.ts';
import type { Stop, Surroundings } from './surroundings.ts';
import { codeOf } from './task.ts';

type Shown = Pick<ConversationSnapshot, 'draft' | 'messages' | 'hasNewer'>;

/** What is in one contact's composer. The engine keeps it, since a panel's page is gone when it closes. */
export interface Draft {
  readonly text: ReadonlySignal<string>;
  /** Why what was written last was not sent; it is there also for who went elsewhere and comes back. */
  readonly failure: Signal<BridgeErrorCode | undefined>;
  set(text: string): void;
  /** Empties the composer at once; what could not be sent stands there again, before what was written since. */
  send(): Promise<void>;
  /** What the engine shows of the conversation now, and the draft that it has. */
  arrive(shown: Shown): void;
  /** The conversation is not on the screen any more. */
  leave(): void;
}

/** What a person began to write to each contact, for as long as a view is open. */
export interface Drafts {
  /** Unsent text by contact, as far as this view has seen it. */
  readonly texts: ReadonlySignal<Readonly<Record<string, string>>>;
  /** That of the conversation which comes onto the screen. */
  open(contactId: string): Draft;
  /** What the engine says of all drafts: what was sent or changed in another view is not held on to. */
  look(contacts: readonly ContactView[]): void;
  /** Locked or erased: nothing of it stays in this view, and no late answer brings it back. */
  forget(): void;
}

/** Enough to find a message in that was sent a moment ago. */
const RECENT = 50;

const encoder = new TextEncoder();

/** A draft with what only the view's own drafts need of it. */
interface Kept extends Draft {
  enter(): void;
  look(preview: string | undefined): void;
  end(): void;
}

export function createDrafts({ client, clock }: Pick<Surroundings, 'client' | 'clock'>): Drafts {
  const texts = signal<Readonly<Record<string, string>>>({});
  const drafts = new Map<string, Kept>();

  function drop(contactId: string): void {
    drafts.get(contactId)?.end();
    drafts.delete(contactId);
    const { [contactId]: _, ...others } = texts.peek();
    texts.value = others;
  }

  function begin(contactId: string): Kept {
    const text = computed(() => texts.value[contactId] ?? '');
    const failure = signal<BridgeErrorCode | undefined>(undefined);
    let isOpen = false;
    let isOver = false;
    /** What the engine has, where that is known. Before it is, nothing may take its place there. */
    let kept: string | undefined;
    /** What it was given last, while it has not answered to all that it was given. */
    let asked: string | undefined;
    let asking = 0;
    /** Texts that are being sent; the engine keeps them beside the draft until they are. */
    let taken = 0;
    let turns = 0;
    /** Texts that were not sent, while others are still on their way. */
    let refused: {
      readonly turn: number;
      readonly text: string;
      readonly since: number;
      readonly code: BridgeErrorCode;
    }[] = [];
    /** Texts that an engine was to send which went away; they are in the composer, and may have been sent. */
    let unsure: { readonly text: string; readonly since: number }[] = [];
    let stopWaiting: Stop = () => {};

    function put(next: string): void {
      if (next !== text.peek()) texts.value = { ...texts.peek(), [contactId]: next };
    }

    /** Whatever has been written since stays, below. */
    function putBefore(earlier: string): void {
      const since = text.peek();
      if (earlier !== '') put(since === '' ? earlier : `${earlier}\n${since}`);
    }

    /** Together, so that they stand in the order in which they were written. */
    function putBack(): void {
      const back = refused.sort((a, b) => a.turn - b.turn);
      refused = [];
      const last = back.at(-1);
      // Locked or erased meanwhile: what this view forgot must not come back into it. The engine has the draft.
      if (isOver || last === undefined) return;
      unsure.push(...back.filter(({ code }) => code === 'engine-gone'));
      batch(() => {
        putBefore(back.map(({ text }) => text).join('\n'));
        failure.value = last.code;
      });
    }

    const isQuiet = () => !isOver && asked === undefined && taken === 0 && unsure.length === 0;

    /** With every key and at once: the engine may be locked in the next moment, from anywhere. */
    function keep(): void {
      const now = text.peek();
      if (kept === undefined || isOver || unsure.length > 0) return;
      if (now === (asked ?? kept) || now.length > DRAFT_MAX_CHARACTERS) return;
      asked = now;
      asking++;
      client
        .call({ type: 'set-draft', contactId, text: now })
        .then(
          () => {
            kept = now;
          },
          () => {
            // It stands on the screen; the next key, or the next that the engine says, tries again.
          },
        )
        .finally(() => {
          if (--asking === 0) asked = undefined;
        });
    }

    /** Asked again, a message that is in the conversation would be sent twice. */
    function settleUnsure(messages: ConversationSnapshot['messages']): void {
      if (unsure.length === 0) return;
      const waiting = unsure;
      unsure = [];
      const found = new Set<string>();
      for (const { text: sent, since } of waiting) {
        const message = messages.find(
          ({ id, from, text, at }) => from === 'me' && text === sent && at >= since && !found.has(id),
        );
        if (message === undefined) continue;
        found.add(message.id);
        // It stands among others that were lost with it, and perhaps before what was written since.
        const now = `\n${text.peek()}\n`;
        const at = now.indexOf(`\n${sent}\n`);
        if (at >= 0) put(`${now.slice(0, at)}${now.slice(at + sent.length + 1)}`.slice(1, -1));
      }
      if (found.size === waiting.length) failure.value = undefined;
    }

    function arrive({ draft, messages, hasNewer }: Shown): void {
      if (isOver) return;
      // Whether it was sent shows among the newest.
      if (!hasNewer) settleUnsure(messages);
      if (kept === undefined) putBefore(draft);
      // What the engine is being told just now, it may not have heard when it said this.
      else if (!isQuiet()) return;
      // Nothing here that it does not have: another view has written on, or sent it.
      else if (text.peek() === kept) put(draft);
      kept = draft;
      if (text.peek() !== kept) keep();
    }

    return {
      text,
      failure,
      set(next) {
        batch(() => {
          failure.value = undefined;
          put(next);
        });
        keep();
      },
      async send() {
        const sending = text.peek();
        if (sending.trim() === '') return;
        if (encoder.encode(sending).byteLength > TEXT_MAX_BYTES) {
          failure.value = 'text-too-long';
          return;
        }
        // Whether it has been sent already is not known yet.
        if (unsure.length > 0) {
          failure.value = 'engine-gone';
          return;
        }
        const since = clock.now();
        const turn = turns++;
        taken++;
        batch(() => {
          failure.value = undefined;
          put('');
        });
        try {
          await client.call({ type: 'send', contactId, text: sending });
        } catch (error) {
          refused.push({ turn, text: sending, since, code: codeOf(error) });
        }
        taken--;
        if (taken === 0) putBack();
        keep();
      },
      arrive,
      enter() {
        isOpen = true;
      },
      leave() {
        isOpen = false;
        // What was written before the engine's draft was known goes with that all the same.
        const waits = kept === undefined ? text.peek() !== '' : unsure.length > 0;
        if (isOver || !waits) return;
        stopWaiting();
        let done = false;
        const stop = client.watch({ topic: 'conversation', contactId, limit: RECENT }, (shown) => {
          arrive(shown);
          done = true;
          stopWaiting();
        });
        stopWaiting = stop;
        if (done) stop();
      },
      look(preview) {
        const here = kept;
        if (isOpen || here === undefined || !isQuiet() || text.peek() !== here) return;
        if (here.slice(0, PREVIEW_CHARACTERS) !== (preview ?? '')) drop(contactId);
      },
      end() {
        isOver = true;
        stopWaiting();
      },
    };
  }

  return {
    texts,
    open(contactId) {
      const draft = drafts.get(contactId) ?? begin(contactId);
      drafts.set(contactId, draft);
      draft.enter();
      return draft;
    },
    look(contacts) {
      const previews = new Map(contacts.map(({ id, draft }) => [id, draft]));
      for (const [contactId, draft] of drafts) draft.look(previews.get(contactId));
    },
    forget() {
      for (const draft of drafts.values()) draft.end();
      drafts.clear();
      texts.value = {};
    },
  };
}
