/** Where a text stands in the conversation, whatever a contact's program says of it (SPEC 12.11). */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Content } from './content.ts';
import { beginOrder } from './placing.ts';
import { countAnew } from './recovery/anew.ts';
import type { Run } from './runs.ts';
import { decodeRow, encodeRow } from './storage/rows.ts';
import type { HandClock } from './testing/hand-clock.ts';
import { makePair, SERVER, type Side } from './testing/pair.ts';

/** How far a contact's clock may be ahead of the reader's. */
const LEAP = 2 ** 20;

let alice: Side;
let bob: Side;
let clock: HandClock;

beforeEach(async () => {
  ({ alice, bob, clock } = await makePair());
});

const id = (number: number): string => number.toString(16).padStart(32, '0');
const text = (number: number, order: number, words: string, more: { id?: string; begun?: number } = {}) =>
  ({
    v: 1,
    kind: 'text',
    number,
    seen: 0,
    clock: order,
    id: id(number),
    order,
    begun: 0,
    text: words,
    ...more,
  }) as const satisfies Content;

/** What Alice seals, at Bob's. */
async function hear(...contents: Content[]): Promise<void> {
  for (const content of contents) await bob.inbox.receive(bob.id, await alice.forge(content));
}

/** Bob's next session with her begins, and she has said her first word in it. */
async function beginAnew(number: number, run?: Run): Promise<void> {
  await bob.contacts.change(bob.id, async (_tx, { row, ...working }) => {
    beginOrder(row, true);
    countAnew({ row, ...working });
  });
  const mailbox = { id: 'ab'.repeat(32), server: SERVER };
  await hear({ v: 1, kind: 'profile', number, run, seen: 0, clock: 0, first: true, name: 'Alice', mailbox });
}

describe('a text', () => {
  it('stands behind what its writer has heard of, also of what has not come', async () => {
    await hear({ v: 1, kind: 'receipt', seen: 0, clock: 40, beyond: [] });
    await bob.outbox.write(bob.id, 'an answer');
    expect(bob.row.clock).toBe(41);
    await hear(text(1, 40, 'what it answers'));
    expect(await bob.texts()).toEqual(['what it answers', 'an answer']);
  });

  it('stands by its id where another has its place', async () => {
    await bob.outbox.write(bob.id, 'of Bob');
    await hear(text(1, 1, 'first', { id: '0'.repeat(32) }), text(2, 1, 'last', { id: 'f'.repeat(32) }));
    // Of her own two the second stands behind the first, whatever it says.
    expect(await bob.texts()).toEqual(['first', 'of Bob', 'last']);
    expect(bob.row.top).toEqual({ number: 2, place: 2 });
  });

  it('cannot be put before what its writer wrote before it', async () => {
    await hear(text(1, 10, 'first'), text(2, 5, 'second'));
    expect(await bob.texts()).toEqual(['first', 'second']);
  });

  it('is not put further ahead than so much, nor does a clock go further', async () => {
    await hear({ ...text(1, 2 ** 39, 'far'), clock: 0 });
    expect(bob.row.clock).toBe(LEAP);
    await hear({ v: 1, kind: 'receipt', seen: 0, clock: 2 ** 39, beyond: [] });
    expect(bob.row.clock).toBe(2 * LEAP);
  });
});

describe('a text in a new session', () => {
  it('stands behind all of theirs that was held, where its writer’s clock is behind that', async () => {
    await hear(text(1, 5, 'before'));
    await beginAnew(1);
    await hear(text(2, 1, 'after the copy'));
    expect(await bob.texts()).toEqual(['before', 'after the copy']);
  });

  it('stands behind all of mine that they held, likewise', async () => {
    await bob.outbox.write(bob.id, 'of Bob');
    await clock.advance(0);
    for (const envelope of bob.sent.splice(0)) await alice.inbox.receive(alice.id, envelope);
    await clock.advance(100);
    await expect.poll(() => alice.sent.length).toBeGreaterThan(0);
    for (const envelope of alice.sent.splice(0)) await bob.inbox.receive(bob.id, envelope);
    expect(bob.row.confirmed).toBe(1);
    await beginAnew(1);
    await hear(text(2, 1, 'after the copy', { id: '0'.repeat(32) }));
    expect(await bob.texts()).toEqual(['of Bob', 'after the copy']);
  });

  it('stands behind all that there was, whatever somebody who came back says that their clock was', async () => {
    await hear({ ...text(1, 5, 'before'), run: { id: 'aaaaaaaa', base: 1 } });
    const run = { id: 'bbbbbbbb', base: 1 };
    await beginAnew(1, run);
    await hear({ ...text(2, 1, 'after the copy', { begun: 2 ** 40 }), run });
    expect(await bob.texts()).toEqual(['before', 'after the copy']);
    // Or the engine would not start any more.
    expect(decodeRow('contacts', encodeRow(bob.row))).toEqual(bob.row);
  });

  it('keeps its place where its writer has forgotten nothing', async () => {
    await hear(text(1, 5, 'before'));
    await bob.outbox.write(bob.id, 'of Bob');
    await beginAnew(1);
    await hear(text(2, 5, 'sealed anew', { begun: 5 }));
    expect(await bob.texts()).toEqual(['before', 'sealed anew', 'of Bob']);
  });
});
