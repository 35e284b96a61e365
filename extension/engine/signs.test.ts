/** What shows that one of the two came back from a copy, and what is not believed because of it (SPEC 12.6). */
import { seal } from '@aside/wasm-crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Content, encodeContent } from './content.ts';
import { countAnew, replaceSession } from './recovery/anew.ts';
import type { Run } from './runs.ts';
import { makePair, type Side } from './testing/pair.ts';

let alice: Side;
let bob: Side;

beforeEach(async () => {
  ({ alice, bob } = await makePair());
});

const OTHER = 'ffffffff';
const text = (number: number, run?: Run): Content => ({
  v: 1,
  kind: 'text',
  number,
  seen: 0,
  clock: 0,
  ...(run === undefined ? {} : { run }),
  id: number.toString(16).padStart(32, '0'),
  order: number,
  begun: 0,
  text: `text ${number}`,
});
const receipt = (
  seen: number,
  more: { of?: string; beyond?: number[]; beyondOf?: string } = {},
): Content => ({
  v: 1,
  kind: 'receipt',
  seen,
  clock: 0,
  beyond: [],
  ...more,
});

async function hear(...contents: Content[]): Promise<void> {
  for (const content of contents) await bob.inbox.receive(bob.id, await alice.forge(content));
}

/** Two texts of Bob's that wait for their receipt, and the run that gave their numbers. */
async function written(): Promise<string> {
  for (const words of ['one', 'two']) await bob.outbox.write(bob.id, words);
  const run = bob.row.runs?.at(-1);
  if (run === undefined) throw new Error('no run gave a number');
  return run.id;
}

const suspects = () => bob.row.recovery.suspect;

describe('a receipt', () => {
  it('for numbers that I gave confirms them, and shows nothing', async () => {
    const of = await written();
    await hear(receipt(0, { beyond: [2], beyondOf: of }), receipt(2, { of }));
    expect(bob.row.confirmed).toBe(2);
    expect(suspects()).toBe(false);
  });

  it('for a number that I never gave confirms none, and is a sign', async () => {
    const of = await written();
    await hear(receipt(3, { of }));
    expect(bob.row.confirmed).toBe(0);
    expect(suspects()).toBe(true);
  });

  it('for numbers that another run gave confirms none, and is a sign', async () => {
    await written();
    await hear(receipt(2, { of: OTHER }));
    expect(bob.row.confirmed).toBe(0);
    expect(suspects()).toBe(true);
  });

  it('for a number of another run beyond a gap confirms it not, and is a sign', async () => {
    const of = await written();
    await hear(receipt(0, { beyond: [2], beyondOf: OTHER }));
    expect(suspects()).toBe(true);
    const [message] = (await bob.conversations.snapshot(bob.id, { limit: 10 })).messages.slice(-1);
    expect(message?.delivery?.state).not.toBe('delivered');
    await hear(receipt(2, { of }));
    expect(bob.row.confirmed).toBe(2);
  });
});

describe('a number', () => {
  it('that two runs gave is a sign, and what came second waits', async () => {
    await hear(text(1, { id: 'aaaaaaaa', base: 1 }), text(2, { id: 'bbbbbbbb', base: 1 }));
    expect(suspects()).toBe(true);
    expect(await bob.texts()).toEqual(['text 1']);
  });

  it('of a run that goes on from another than the one that is held is a sign', async () => {
    await hear(text(1, { id: 'aaaaaaaa', base: 1 }), text(2, { id: 'bbbbbbbb', base: 2, after: OTHER }));
    expect(suspects()).toBe(true);
    expect(await bob.texts()).toEqual(['text 1']);
  });

  it('of a run that goes on from the one that is held is none', async () => {
    await hear(text(1, { id: 'aaaaaaaa', base: 1 }), text(2, { id: 'bbbbbbbb', base: 2, after: 'aaaaaaaa' }));
    expect(suspects()).toBe(false);
    expect(await bob.texts()).toEqual(['text 1', 'text 2']);
  });
});

describe('a text in the session before', () => {
  it('of another run than the one that is held there waits until it is sealed anew', async () => {
    await hear(text(1, { id: 'aaaaaaaa', base: 1 }));
    const others = (await makePair()).bob;
    const { session } = others.contacts.get(others.id);
    await bob.contacts.change(bob.id, async (_tx, working) => {
      replaceSession(working, session);
      countAnew(working);
    });
    await hear(text(2, { id: 'bbbbbbbb', base: 1 }), text(3, { id: 'aaaaaaaa', base: 1 }));
    expect(await bob.texts()).toEqual(['text 1', 'text 3']);
    expect(bob.contacts.get(bob.id).quarantined).toBe(1);
  });
});

describe('an envelope', () => {
  /** So many of Alice's in one go, of which she keeps the session only where it is said. */
  function sealed(count: number, kept: boolean): Promise<Uint8Array> {
    return alice.contacts.change(alice.id, async (_tx, working) => {
      let made = seal(working.session, encodeContent(receipt(0)));
      for (let more = 1; more < count; more++) made = seal(made.session, encodeContent(receipt(0)));
      if (kept) working.session = made.session;
      return made.envelope;
    });
  }

  it('under a number that was used is a sign', async () => {
    const forgotten = await sealed(1, false);
    const again = await sealed(1, true);
    await bob.inbox.receive(bob.id, forgotten);
    expect(suspects()).toBe(false);
    await bob.inbox.receive(bob.id, again);
    expect(suspects()).toBe(true);
  });

  it('too far ahead is a sign', async () => {
    await bob.inbox.receive(bob.id, await sealed(1001, true));
    expect(suspects()).toBe(false);
    await bob.inbox.receive(bob.id, await sealed(1002, true));
    expect(suspects()).toBe(true);
  });

  it('of no chain is a sign', async () => {
    await bob.inbox.receive(bob.id, new Uint8Array(4161).fill(7).with(0, 1));
    expect(suspects()).toBe(true);
  });

  it('that was only changed on its way is none', async () => {
    const envelope = await sealed(1, true);
    const at = envelope.length - 40;
    await bob.inbox.receive(bob.id, envelope.with(at, (envelope[at] ?? 0) ^ 1));
    expect(suspects()).toBe(false);
  });
});
