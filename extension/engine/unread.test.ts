/** How much of a conversation is unread, whatever stands in it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf, layConversation } from './testing/long-conversation.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

/** Keys of the rows that were opened. */
const { opened } = vi.hoisted(() => ({ opened: [] as string[] }));

vi.mock('../../wasm-crypto/src/vault/rows.ts', async (load) => {
  const real = await load<typeof import('../../wasm-crypto/src/vault/rows.ts')>();
  return {
    ...real,
    openRow(...given: Parameters<typeof real.openRow>) {
      opened.push(given[1]);
      return real.openRow(...given);
    },
  };
});

let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
});

afterEach(() => two.end());

const lay = (from: readonly ('me' | 'them')[], read: number) => layConversation(two, from, read);
const them = (count: number) => Array.from({ length: count }, () => 'them' as const);
const me = (count: number) => Array.from({ length: count }, () => 'me' as const);
const mark = (n: number) =>
  two.alice.engine.handle({ type: 'mark-read', contactId: two.toBob, messageId: idOf(n) });
const unread = async () => (await two.alice.contact()).unread;

describe('what is unread', () => {
  it('is what comes behind what was read, however much of mine comes behind that', async () => {
    await lay([...them(3), ...me(200)], 0);
    expect(await unread()).toBe(3);
    await mark(0);
    expect(await unread()).toBe(2);
    await mark(1);
    expect(await unread()).toBe(1);
    await mark(2);
    expect(await unread()).toBe(0);
  });

  it('is counted by nothing else than what is unread, however long the conversation is', async () => {
    await lay(them(2000), 1997);
    expect(await unread()).toBe(3);
    opened.length = 0;
    await mark(1998);
    expect(await unread()).toBe(1);
    const messages = opened.filter((key) => key.startsWith(`${two.toBob}/`));
    // The one that is named, and the one behind it.
    expect(messages.length).toBeLessThanOrEqual(2);
    expect(messages.length).toBeGreaterThan(0);
  });

  it('is counted also where it is more than is read at once', async () => {
    await lay([...them(150), 'me', ...them(150)], 0);
    await mark(0);
    expect(await unread()).toBe(299);
    await mark(200);
    expect(await unread()).toBe(100);
  });
});
