/** Any part of a conversation can be read, however long it is. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHOWN_MAX_MESSAGES } from '../bridge/types/bounds.ts';
import type { ConversationSnapshot, Part } from '../bridge/types/snapshots.ts';
import { idOf, layConversation } from './testing/long-conversation.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

const ALL = SHOWN_MAX_MESSAGES + 500;
let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
});

afterEach(() => two.end());

const lay = (count: number, read = count) =>
  layConversation(
    two,
    Array.from({ length: count }, (_, n) => (n % 3 === 0 ? ('me' as const) : ('them' as const))),
    read,
  );
const show = (part: Part, when: (shown: ConversationSnapshot) => boolean = () => true) =>
  two.alice.until({ topic: 'conversation', contactId: two.toBob, ...part }, when);
const numbers = ({ messages }: ConversationSnapshot) => messages.map(({ text }) => Number(text));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const at = (n: number, newer: number) => ({ messageId: idOf(n), newer });

describe('the part around a message', () => {
  it('ends with it and goes on behind it, wherever it is', async () => {
    await lay(ALL);
    const middle = await show({ limit: 10, place: at(1200, 5) });
    expect(numbers(middle)).toEqual(range(1191, 1206));
    expect(middle).toMatchObject({ hasOlder: true, hasNewer: true });
    const first = await show({ limit: 10, place: at(0, 5) });
    expect(numbers(first)).toEqual(range(0, 6));
    expect(first).toMatchObject({ hasOlder: false, hasNewer: true });
    const tenth = await show({ limit: 10, place: at(9, 5) });
    expect(tenth).toMatchObject({ hasOlder: false, hasNewer: true });
    const last = await show({ limit: 10, place: at(ALL - 1, 5) });
    expect(numbers(last)).toEqual(range(ALL - 10, ALL));
    expect(last).toMatchObject({ hasOlder: true, hasNewer: false });
    const almost = await show({ limit: 1, place: at(ALL - 6, 5) });
    expect(numbers(almost)).toEqual(range(ALL - 6, ALL));
    expect(almost).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it('is bounded, however much is asked for', async () => {
    await lay(ALL + SHOWN_MAX_MESSAGES);
    const much = { limit: 1e9, place: at(SHOWN_MAX_MESSAGES, 1e9) };
    expect(numbers(await show(much))).toEqual(range(1, 2 * SHOWN_MAX_MESSAGES + 1));
    expect(numbers(await show({ limit: 0, place: at(7, 0) }))).toEqual([7, 8]);
  });

  it('is the newest part where there is no such message', async () => {
    await lay(100);
    const shown = await show({ limit: 10, place: at(500, 5) });
    expect(numbers(shown)).toEqual(range(90, 100));
    expect(shown.hasNewer).toBe(false);
  });

  it('stays where it is when more comes', async () => {
    await lay(100);
    await two.bob.send(two.toAlice, 'more');
    await two.alice.conversation(two.toBob, (messages) => messages.length === 101);
    const shown = await show({ limit: 3, place: at(50, 3) });
    expect(numbers(shown)).toEqual(range(48, 54));
    expect(shown.hasNewer).toBe(true);
  });
});

describe('the first unread message', () => {
  it('is named also where more is unread than is shown', async () => {
    await lay(200, 20);
    expect((await show({ limit: 10 })).firstUnread).toBe(idOf(20));
    expect((await show({ limit: 200 })).firstUnread).toBe(idOf(20));
    expect((await show({ limit: 5, place: at(10, 5) })).firstUnread).toBe(idOf(20));
  });

  it('is none of mine, and none where all is read', async () => {
    await lay(200, 21);
    expect((await show({ limit: 10 })).firstUnread).toBe(idOf(22));
    await two.alice.engine.handle({ type: 'mark-read', contactId: two.toBob, messageId: idOf(199) });
    expect((await show({ limit: 10 })).firstUnread).toBeUndefined();
  });
});
