/** How much of a conversation is unread, whatever stands in it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transaction } from './storage/database.ts';
import { messageKey } from './storage/rows.ts';
import { changeRows } from './testing/rows.ts';
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

const idOf = (n: number) => n.toString(16).padStart(32, '0');

/** Lays messages of a long conversation on Alice's disk: who wrote each, and how many of the first are read. */
async function lay(from: readonly ('me' | 'them')[], read: number): Promise<void> {
  const { alice, toBob } = two;
  await alice.engine.stop();
  const key = (n: number) => messageKey(toBob, n + 1, idOf(n));
  await changeRows(alice.database, ['contacts', 'messages'], async (tx: Transaction) => {
    for (const [n, who] of from.entries()) {
      const delivery = who === 'me' ? { delivery: { state: 'delivered' } as const } : {};
      tx.put('messages', key(n), { id: idOf(n), from: who, number: n + 1, text: `${n}`, at: n, ...delivery });
    }
    const row = await tx.get('contacts', toBob);
    if (row === undefined) throw new Error('nobody is there');
    const unread = from.slice(read).filter((who) => who === 'them').length;
    tx.put('contacts', toBob, { ...row, unread, readTo: read === 0 ? '' : key(read - 1) });
  });
  alice.renew();
  await alice.engine.start();
}

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
