import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Content } from './content.ts';
import { countAnew } from './recovery/anew.ts';
import type { HandClock } from './testing/hand-clock.ts';
import { makePair, SERVER, type Side } from './testing/pair.ts';

let alice: Side;
let bob: Side;
let clock: HandClock;

beforeEach(async () => {
  ({ alice, bob, clock } = await makePair());
});

const id = (number: number): string => number.toString(16).padStart(32, '0');
const text = (number: number, words = `text ${number}`): Content => ({
  v: 1,
  kind: 'text',
  number,
  seen: 0,
  clock: number,
  id: id(number + 1000),
  order: number,
  begun: 0,
  text: words,
});
const profile = (number: number, first: boolean, name: string, server = SERVER): Content => ({
  v: 1,
  kind: 'profile',
  number,
  seen: 0,
  clock: 0,
  first,
  name,
  mailbox: { id: 'ab'.repeat(32), server },
});

async function say(...contents: Content[]): Promise<Uint8Array[]> {
  const envelopes: Uint8Array[] = [];
  for (const content of contents) envelopes.push(await alice.forge(content));
  return envelopes;
}
const hear = (...envelopes: (Uint8Array | undefined)[]): Promise<unknown> =>
  Promise.all(envelopes.map((envelope) => bob.inbox.receive(bob.id, envelope as Uint8Array)));

describe('an envelope of somebody who was removed while it waited', () => {
  it("is nobody's, and no fault", async () => {
    const [envelope] = await say(text(1));
    const received = bob.inbox.receive(bob.id, envelope as Uint8Array);
    await bob.contacts.remove(bob.id);
    expect(await received).toBe(false);
  });
});

describe('a contact who confirms more than I ever sent', () => {
  it.each([
    { seen: 9, beyond: [] },
    { seen: 0, beyond: [9] },
  ])('confirms nothing: %o', async (said) => {
    await bob.outbox.write(bob.id, 'one');
    const run = bob.row.runs?.at(-1)?.id as string;
    await hear(await alice.forge({ v: 1, kind: 'receipt', clock: 0, of: run, beyondOf: run, ...said }));
    expect(bob.row).toMatchObject({ sent: 1, confirmed: 0, recovery: { suspect: true } });
  });
});

describe('a gap', () => {
  it('holds nothing back for longer where the clock was put back meanwhile', async () => {
    const [, second] = await say(text(1), text(2));
    await hear(second);
    expect(await bob.texts()).toEqual([]);
    clock.putBack(365 * 24 * 3600_000);
    await clock.advance(2001);
    expect(await bob.texts()).toEqual(['text 2']);
  });

  it('is waited for two seconds, and then fills in place', async () => {
    const [one, two, three] = await say(text(1), text(2), text(3));
    await hear(one, three);
    expect(await bob.texts()).toEqual(['text 1']);
    await clock.advance(1990);
    expect(await bob.texts()).toEqual(['text 1']);
    await clock.advance(20);
    expect(await bob.texts()).toEqual(['text 1', 'text 3']);
    await hear(two);
    expect(await bob.texts()).toEqual(['text 1', 'text 2', 'text 3']);
    expect(bob.row).toMatchObject({ received: 3, beyond: [] });
  });

  it('that fills in time is never seen', async () => {
    const [one, two, three] = await say(text(1), text(2), text(3));
    await hear(one, three);
    await clock.advance(500);
    await hear(two);
    expect(await bob.texts()).toEqual(['text 1', 'text 2', 'text 3']);
  });

  it('does not hide what comes after it for longer, nor what was shown already', async () => {
    const said = await say(text(1), text(2), text(3), text(4), text(5), text(6));
    await hear(said[0], said[2]);
    await clock.advance(1500);
    await hear(said[3]);
    await clock.advance(600);
    expect(await bob.texts()).toEqual(['text 1', 'text 3', 'text 4']);
    await hear(said[5]);
    expect(await bob.texts()).toEqual(['text 1', 'text 3', 'text 4']);
    await clock.advance(2001);
    expect(await bob.texts()).toEqual(['text 1', 'text 3', 'text 4', 'text 6']);
  });

  it('that stays open for hundreds of messages closes for good all the same', async () => {
    const said = await say(...Array.from({ length: 310 }, (_, i) => text(i + 1)));
    await hear(...said.slice(1));
    expect(bob.row.beyond.length).toBe(256);
    await hear(said[0]);
    expect(bob.row).toMatchObject({ received: 310, beyond: [] });
    await clock.advance(2001);
    expect((await bob.texts()).length).toBe(310);
    expect(bob.contacts.get(bob.id).quarantined).toBe(0);
  });
});

describe('a number', () => {
  it('counts once: nothing can be put into the past', async () => {
    await hear(...(await say(text(1), text(2))));
    const past: Content = { ...text(1, 'I have always said so'), id: id(1) } as Content;
    await hear(...(await say(past)));
    expect(await bob.texts()).toEqual(['text 1', 'text 2']);
  });

  it('that was given up stays empty when its text comes late', async () => {
    const [late] = await say(text(1, 'given up'));
    await hear(...(await say({ v: 1, kind: 'void', number: 1, seen: 0, clock: 0 }, text(2))), late);
    expect(await bob.texts()).toEqual(['text 2']);
  });

  it('with the id of another message harms nobody', async () => {
    const twin = { ...text(2, 'twin'), id: (text(1) as { id: string }).id } as Content;
    await hear(...(await say(text(1), twin, text(3))));
    expect(await bob.texts()).toEqual(['text 1', 'text 3']);
    expect(bob.row.received).toBe(3);
  });
});

describe('a profile', () => {
  it('that begins a session forgets nothing that overtook it', async () => {
    const [first, two, three] = await say(profile(1, true, 'Alice'), text(2), text(3));
    await hear(two, three);
    await hear(first);
    expect(bob.row).toMatchObject({ received: 3, beyond: [] });
    expect(await bob.texts()).toEqual(['text 2', 'text 3']);
  });

  it('that comes late does not bring an old name back', async () => {
    const [old, recent] = await say(profile(1, false, 'Old'), profile(2, false, 'New'));
    await hear(recent);
    await hear(old);
    expect(bob.contacts.get(bob.id).name).toBe('New');
    expect(bob.row.received).toBe(2);
  });

  it('that overtakes the first of a session stays, also where the numbers of the one before were higher', async () => {
    await hear(...(await say(profile(50, true, 'Before'))));
    await bob.contacts.change(bob.id, async (_tx, working) => countAnew(working));
    const [first, recent] = await say(profile(5, true, 'Old'), profile(6, false, 'New'));
    await hear(recent);
    expect(bob.contacts.get(bob.id).name).toBe('New');
    await hear(first);
    expect(bob.contacts.get(bob.id).name).toBe('New');
    expect(bob.row).toMatchObject({ received: 6, beyond: [], before: { told: true } });
    await hear(...(await say(profile(7, false, 'Newer'))));
    expect(bob.contacts.get(bob.id).name).toBe('Newer');
  });

  it('cannot send me to a server that nobody here agreed to: it asks, until it takes that back', async () => {
    await hear(...(await say(profile(1, false, 'Alice', 'https://elsewhere.example'))));
    expect(bob.row.write?.server).toBe(SERVER);
    expect(bob.row.moveTo?.server).toBe('https://elsewhere.example');
    await hear(...(await say(profile(2, false, 'Alice'))));
    expect(bob.row).not.toHaveProperty('moveTo');
    expect(bob.row.write?.id).toEqual(new Uint8Array(32).fill(0xab));
  });

  it('cannot break lines or turn the direction of what stands around it', async () => {
    await hear(...(await say(profile(1, false, 'Al\n\u202eice\u0007'))));
    expect(bob.contacts.get(bob.id).name).toBe('Al ice');
  });

  it('cannot make their name unseen', async () => {
    await hear(...(await say(profile(1, false, 'Alice'), profile(2, false, '\u200b\u3164'))));
    expect(bob.contacts.get(bob.id).name).toBe('Alice');
  });
});

describe('what waits for the disk', () => {
  it('takes no more memory in a great many bytes than in a few envelopes, and the rest is refused', async () => {
    const hearing = Array.from({ length: 10_000 }, () => bob.inbox.receive(bob.id, Uint8Array.of(7)));
    const heard = await Promise.allSettled(hearing);
    const refused = heard.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(5000);
    expect(refused[0]).toMatchObject({ reason: { code: 'too-much' } });
    const [one] = await say(text(1));
    await hear(one);
    expect(await bob.texts()).toEqual(['text 1']);
  });
});

describe('the quarantine', () => {
  const noise = (size: number) => crypto.getRandomValues(new Uint8Array(size));

  it('holds an envelope once, the newest 64, and none that no server would carry', async () => {
    const same = noise(4161);
    await hear(same, same);
    await hear(same);
    expect(bob.contacts.get(bob.id).quarantined).toBe(1);
    await hear(new Uint8Array(300_000));
    expect(bob.contacts.get(bob.id).quarantined).toBe(1);
    for (let i = 0; i < 70; i++) await hear(noise(100));
    expect(bob.contacts.get(bob.id).quarantined).toBe(64);
    expect((await bob.database.read(['quarantine'], (tx) => tx.keys('quarantine', ''))).length).toBe(64);
  });

  it('is tried again, and gives up only what still does not open', async () => {
    await hear(noise(4161));
    expect(await bob.inbox.clearQuarantine(bob.id)).toBe(0);
    expect(bob.contacts.get(bob.id).quarantined).toBe(0);
  });
});

it('a contact that sends faster than the disk writes is refused, and loses nothing that was taken', async () => {
  const flood = Array.from({ length: 300 }, () => new Uint8Array(65_601));
  const settled = await Promise.allSettled(flood.map((envelope) => bob.inbox.receive(bob.id, envelope)));
  const refused = settled.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(60);
  await hear(...(await say(text(1))));
  expect(await bob.texts()).toEqual(['text 1']);
});

it('whatever is delayed, swapped or doubled, both see one order once all is there', async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), by: fc.boolean() }),
    fc.record({
      kind: fc.constant('deliver' as const),
      to: fc.boolean(),
      which: fc.nat(),
      again: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('wait' as const), time: fc.nat(3000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const pair = await makePair();
      const side = (first: boolean) => (first ? pair.alice : pair.bob);
      const under = new Map<Side, Uint8Array[]>([
        [pair.alice, []],
        [pair.bob, []],
      ]);
      const collect = async () => {
        await pair.clock.advance(0);
        under.get(pair.bob)?.push(...pair.alice.sent.splice(0));
        under.get(pair.alice)?.push(...pair.bob.sent.splice(0));
      };
      let written = 0;
      for (const one of acts) {
        if (one.kind === 'write') await side(one.by).outbox.write(side(one.by).id, `text ${written++}`);
        else if (one.kind === 'wait') await pair.clock.advance(one.time);
        else {
          const to = side(one.to);
          const waiting = under.get(to) ?? [];
          const envelope = waiting[one.which % Math.max(1, waiting.length)];
          if (envelope === undefined) continue;
          if (!one.again) waiting.splice(waiting.indexOf(envelope), 1);
          await to.inbox.receive(to.id, envelope);
        }
        await collect();
      }
      for (let round = 0; round < 6; round++) {
        for (const [to, waiting] of under) {
          for (const envelope of waiting.splice(0).reverse()) await to.inbox.receive(to.id, envelope);
        }
        await pair.clock.advance(3000);
        await new Promise((done) => setTimeout(done));
        await collect();
      }
      const [atAlice, atBob] = [await pair.alice.texts(), await pair.bob.texts()];
      expect(atAlice.length).toBe(written);
      expect(atAlice).toEqual(atBob);
    }),
    { numRuns: 60 },
  );
});
