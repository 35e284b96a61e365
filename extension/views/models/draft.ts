import { computed, type ReadonlySignal } from '@preact/signals';
import { DRAFT_MAX_CHARACTERS } from '../../bridge/types.ts';
import type { Surroundings } from './surroundings.ts';

/** What is in the composer. The engine keeps it, since a panel's page is gone when it closes. */
export interface Draft {
  readonly text: ReadonlySignal<string>;
  set(text: string): void;
  /** What the engine kept, taken unless something was written here since. */
  arrive(kept: string): void;
}

export function createDraft(
  { client, drafts }: Pick<Surroundings, 'client' | 'drafts'>,
  contactId: string,
): Draft {
  const text = computed(() => drafts.value[contactId] ?? '');
  let asked: string | undefined;

  function put(next: string): void {
    drafts.value = { ...drafts.peek(), [contactId]: next };
  }

  /** One at a time, always the newest: keys are hit faster than an answer comes. */
  async function keep(): Promise<void> {
    if (asked !== undefined) return;
    try {
      do {
        asked = text.peek();
        if (asked.length > DRAFT_MAX_CHARACTERS) break;
        await client.call({ type: 'set-draft', contactId, text: asked });
      } while (asked !== text.peek());
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
    arrive(kept) {
      if (kept !== '' && drafts.peek()[contactId] === undefined) put(kept);
    },
  };
}
