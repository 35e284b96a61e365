import { type ReadonlySignal, signal } from '@preact/signals';
import type { Clock, Stop } from './surroundings.ts';

/** What leaves a screen and stands on the next one within this is the same, and was heard. Milliseconds. */
const SAME_MS = 1_000;
/** As many stay in the page as may come at once: what is said is never taken back before it is heard. */
const KEPT = 4;
/**
 * Long enough for a screen reader that has others to say first; then it goes, since whoever reads through the page would
 * meet it there once more, below everything and out of place. Milliseconds.
 */
export const SAID_MS = 10_000;

interface Said {
  readonly id: number;
  readonly text: string;
}

/**
 * What is said to those who do not see it come. One region of the page says all of it, since screen readers hear what
 * is new in a region that is there, and not what is there in one that is new.
 */
export interface Announcements {
  readonly said: ReadonlySignal<readonly Said[]>;
  /** Something came onto the screen, where it stands until what this returns is called. `quietly` says nothing now. */
  came(text: string, quietly?: boolean): Stop;
  /** Takes everything out of the page: there are names in it, and a lock hides them all. */
  forget(): void;
}

export function createAnnouncements({ clock }: { readonly clock: Clock }): Announcements {
  const said = signal<readonly Said[]>([]);
  /** How often each stands on the screen, and for those that stand no more, when they left. */
  const standing = new Map<string, { times: number; left: number }>();
  let count = 0;

  return {
    said,
    came(text, quietly = false) {
      const now = clock.now();
      for (const [each, { times, left }] of standing)
        if (times === 0 && now - left >= SAME_MS) standing.delete(each);
      const place = standing.get(text) ?? { times: 0, left: now };
      if (!standing.has(text) && !quietly && text !== '') {
        count += 1;
        const one = { id: count, text };
        said.value = [...said.peek(), one].slice(-KEPT);
        clock.after(SAID_MS, () => {
          said.value = said.peek().filter((other) => other !== one);
        });
      }
      standing.set(text, place);
      place.times += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        place.times -= 1;
        place.left = clock.now();
      };
    },
    forget() {
      said.value = [];
      standing.clear();
    },
  };
}
