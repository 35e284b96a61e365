import type { ConversationSnapshot, MessageView } from '../../bridge/types/snapshots.ts';

/** What stands in a conversation, from top to bottom. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  /** Their key became another one here. */
  | { readonly kind: 'key-changed'; readonly key: string; readonly at: number }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: MessageView;
      /** Follows another of the same person closely, and so leans on it. */
      readonly joined: boolean;
    };

/** Two messages of one person further apart than this stand alone. */
const TOGETHER_MS = 5 * 60_000;

/** @param dayOf the first millisecond of a moment's day, in the person's time zone. */
export function layOut(
  messages: readonly MessageView[],
  firstUnread: string | undefined,
  dayOf: (at: number) => number,
  keyChanges: ConversationSnapshot['keyChanges'] = [],
): readonly Row[] {
  const rows: Row[] = [];
  const divide = (id: string | undefined): boolean => {
    const here = keyChanges.filter(({ before }) => before === id);
    for (const { at } of here) rows.push({ kind: 'key-changed', key: `key-${at}`, at });
    return here.length > 0;
  };
  let before: MessageView | undefined;
  for (const message of messages) {
    const newDay = before === undefined || dayOf(before.at) !== dayOf(message.at);
    // Days are named from the message on, since the order is causal and a clock may be behind.
    if (newDay) rows.push({ kind: 'day', key: `day-${message.id}`, at: message.at });
    const otherKey = divide(message.id);
    const unread = message.id === firstUnread;
    if (unread) rows.push({ kind: 'unread', key: 'unread' });
    const joined =
      !newDay &&
      !unread &&
      !otherKey &&
      before?.from === message.from &&
      Math.abs(message.at - before.at) < TOGETHER_MS;
    rows.push({ kind: 'message', key: message.id, message, joined });
    before = message;
  }
  divide(undefined);
  return rows;
}
