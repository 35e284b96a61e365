import { computed, type ReadonlySignal, signal } from '@preact/signals';

/** Where a person can be, below the list that everything starts from. */
export type Screen =
  | { readonly at: 'list' }
  /** `messageId`: at that message. */
  | { readonly at: 'conversation'; readonly contactId: string; readonly messageId?: string }
  /** With a contact: in their conversation; `text`: for that at once. */
  | { readonly at: 'search'; readonly contactId?: string; readonly text?: string }
  | { readonly at: 'contact'; readonly contactId: string }
  /** With a contact: to connect with them again. */
  | { readonly at: 'invite'; readonly inviteId?: string; readonly contactId?: string }
  /** With a contact: from them; `scan`: with the camera at once. */
  | { readonly at: 'accept'; readonly contactId?: string; readonly scan?: true }
  /** Comparing a safety number with the camera. */
  | { readonly at: 'compare'; readonly contactId: string }
  /** A contact's OpenPGP proof, and mine. */
  | { readonly at: 'proof'; readonly contactId: string }
  /** `fresh`: new ones at once, in the place of those with this id, which failed. With a contact: to connect again. */
  | { readonly at: 'say-words'; readonly fresh?: string; readonly contactId?: string }
  /** With a contact: said by them. */
  | { readonly at: 'type-words'; readonly contactId?: string }
  | { readonly at: 'backup' }
  | { readonly at: 'settings' };

/** One screen's name, the same for the same place: what opened it carries it, and gets the focus back. */
export function keyOf(screen: Screen): string {
  // What is looked for is nothing to be kept where an element carries it.
  if (screen.at === 'search' && screen.text !== undefined) return 'search-for';
  switch (screen.at) {
    case 'conversation':
      return [screen.at, screen.contactId, screen.messageId ?? []].flat().join(':');
    case 'contact':
    case 'compare':
    case 'proof':
      return `${screen.at}:${screen.contactId}`;
    case 'invite':
      return [screen.at, screen.inviteId ?? screen.contactId ?? []].flat().join(':');
    case 'accept':
    case 'search':
    case 'say-words':
    case 'type-words':
      return screen.contactId === undefined ? screen.at : `${screen.at}:${screen.contactId}`;
    default:
      return screen.at;
  }
}

export interface Navigation {
  readonly screen: ReadonlySignal<Screen>;
  /** Where going back leads to; `undefined` from the list. */
  readonly behind: ReadonlySignal<Screen | undefined>;
  /** Deeper or back, for the direction of the movement on screen. */
  readonly direction: ReadonlySignal<'in' | 'out'>;
  /** The key of the screen that was left by going back; what opened it takes the focus. */
  readonly cameFrom: ReadonlySignal<string | undefined>;
  go(screen: Screen): void;
  back(): void;
  /** To the list, from wherever, and at once. */
  home(): void;
  /** To the list, as if nobody had been anywhere. */
  forget(): void;
}

const LIST: Screen = { at: 'list' };

/** @param leave goes from the screen that is open, at once or once the person has said so. */
export function createNavigation(leave = (go: () => void): void => go()): Navigation {
  const stack = signal<readonly Screen[]>([LIST]);
  const direction = signal<'in' | 'out'>('in');
  const cameFrom = signal<string | undefined>(undefined);
  const screen = computed(() => stack.value.at(-1) ?? LIST);
  const behind = computed(() => stack.value.at(-2));

  function show(next: readonly Screen[], way: 'in' | 'out'): void {
    cameFrom.value = way === 'out' ? keyOf(screen.peek()) : undefined;
    direction.value = way;
    stack.value = next;
  }

  return {
    screen,
    behind,
    direction,
    cameFrom,
    go(next) {
      if (keyOf(next) === keyOf(screen.peek())) return;
      // The list, and a conversation beside it in a wide view, are places to start from again; but from one that was
      // found the way back is to what was found with it.
      const isStart = next.at === 'conversation' && screen.peek().at !== 'search';
      const root = next.at === 'list' ? [] : isStart ? [LIST] : stack.peek();
      leave(() => show([...root, next], next.at === 'list' ? 'out' : 'in'));
    },
    back() {
      if (stack.peek().length > 1) leave(() => show(stack.peek().slice(0, -1), 'out'));
    },
    home() {
      if (stack.peek().length > 1) show([LIST], 'out');
    },
    forget() {
      stack.value = [LIST];
      cameFrom.value = undefined;
    },
  };
}
