import { computed, type ReadonlySignal } from '@preact/signals';
import { DRAFT_MAX_CHARACTERS } from '../../bridge/types.ts';
import type { Surroundings } from './surroundings.ts';

/** What is in the composer. The engine keeps it, since a panel's page is gone when it closes. */
export interface Draft {
  readonly text: ReadonlySignal<string>;
  set(text: string): void;
  /** Empties the composer, for sending. The engine keeps what was written there until it is sent; {@link settle} follows. */
  take(): void;
  /** The engine has answered: what it did not send stands before what was written since. */
  settle(unsent: string): void;
  /** What the engine kept: taken unless this view had a draft before, and put before what was written meanwhile. */
  arrive(kept: string): void;
}

export function createDraft(
  { client, drafts }: Pick<Surroundings, 'client' | 'drafts'>,
  contactId: string,
): Draft {
  const text = computed(() => drafts.value[contactId] ?? '');
  let asked: string | undefined;
  /** Texts that are being sent: until they are, a draft that took their place in the engine could be all that is left. */
  let taken = 0;
  /** What the engine kept is known here. Before that, nothing may take its place there. */
  let arrived = drafts.peek()[contactId] !== undefined;

  function put(next: string): void {
    drafts.value = { ...drafts.peek(), [contactId]: next };
  }

  /** Whatever has been written since stays, below. */
  function putBefore(earlier: string): void {
    const since = text.peek();
    if (earlier !== '') put(since === '' ? earlier : `${earlier}\n${since}`);
  }

  /** One at a time, always the newest: keys are hit faster than an answer comes. */
  async function keep(): Promise<void> {
    if (!arrived || asked !== undefined || taken > 0) return;
    try {
      do {
        asked = text.peek();
        if (asked.length > DRAFT_MAX_CHARACTERS) break;
        await client.call({ type: 'set-draft', contactId, text: asked });
      } while (asked !== text.peek() && taken === 0);
    } catch {
      // It stands on the screen, and the next key tries again.
    } finally {
      asked = undefined;
    }
  }

  return {
    text,
    set(next) {
      put(next);
      void keep();
    },
    take() {
      taken++;
      put('');
    },
    settle(unsent) {
      taken--;
      // Locked or erased meanwhile: what this view forgot must not come back into it. The engine has the draft.
      if (drafts.peek()[contactId] === undefined) return;
      putBefore(unsent);
      void keep();
    },
    arrive(kept) {
      if (arrived) return;
      arrived = true;
      const written = drafts.peek()[contactId] !== undefined;
      putBefore(kept);
      if (written) void keep();
    },
  };
}
