/** Which part of a conversation stands in the page, and how it moves as the person reads on. */
import type { ConversationSnapshot, Part } from '../../bridge/types/snapshots.ts';

/** Messages that come at once: about three screens of the panel, so that scrolling meets no wait. */
export const PAGE = 50;
/** Messages in the page at once: beyond that the other end goes, so that a long conversation is as quick as a short one. */
export const MOST_IN_PAGE = 8 * PAGE;

type Shown = Pick<ConversationSnapshot, 'messages'>;

export const NEWEST: Part = { limit: PAGE };

/** A message with as many before it as behind it. */
export function around(messageId: string): Part {
  return { limit: PAGE, place: { messageId, newer: PAGE } };
}

/** With a page of older ones. */
export function withOlder({ limit, place }: Part, { messages }: Shown): Part {
  if (place === undefined && limit < MOST_IN_PAGE) return { limit: limit + PAGE };
  const [first] = messages;
  if (first === undefined) return NEWEST;
  const newer = Math.min(messages.length - 1, MOST_IN_PAGE - PAGE);
  return { limit: PAGE + 1, place: { messageId: first.id, newer } };
}

/** With a page of newer ones. */
export function withNewer({ messages }: Shown): Part {
  const last = messages.at(-1);
  if (last === undefined) return NEWEST;
  const limit = Math.min(messages.length, MOST_IN_PAGE - PAGE);
  return { limit, place: { messageId: last.id, newer: PAGE } };
}

/** The same messages, and from now on those that come behind them. */
export function following({ messages }: Shown): Part {
  return { limit: Math.max(PAGE, messages.length) };
}
