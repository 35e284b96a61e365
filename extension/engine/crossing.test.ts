/**
 * Two who accept each other's invites, at the same time or one after the other (SPEC 12.9). Which of two has the lower
 * identity key is chance, so that each story is told in both ways.
 */
import { MIN_ENVELOPE, mailboxIdOf, randomBytes } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from './encoding.ts';
import type { ContactRow } from './storage/rows.ts';
import { HostileServer, type Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { wordsKindOf } from './testing/words-kind.ts';

const DAY = 24 * 3600 * 1000;

let clock: SkipClock;
let server: HostileServer;
let alice: Person;
let bob: Person;
/** What the server holds back; nothing unless a test says so. */
let held: Put[];

beforeEach(async () => {
  clock = new SkipClock();
  server = await HostileServer.start();
  alice = await new Person('Alice', server.url, clock).begin();
  bob = await new Person('Bob', server.url, clock).begin();
  held = [];
});

afterEach(async () => {
  await Promise.all([alice.engine.stop(), bob.engine.stop()]);
  await server.stop();
});

function hold(): void {
  server.fate = (put) => {
    held.push(put);
    return [];
  };
}

/** The one contact row on somebody's disk. */
async function rowOf(person: Person): Promise<ContactRow> {
  const rows = await rowsOf(person, 'contacts');
  expect(rows).toHaveLength(1);
  return rows[0] as ContactRow;
}

/** Each says a word to the other, and both have arrived, however much time that takes; each has one contact. */
async function talk(step = 1000): Promise<void> {
  const say = async (person: Person) => {
    const { id } = await person.contact();
    await person.send(id, `${person.name} speaks`);
    await person.conversation(id, (m) =>
      m.some(({ text, delivery }) => text === `${person.name} speaks` && delivery?.state === 'delivered'),
    );
    await person.conversation(id, (m) => m.some(({ from }) => from === 'them'));
  };
  await clock.skipDuring(Promise.all([say(alice), say(bob)]), step);
}

/** Neither had to ask for another session. */
async function expectNoDoubt(): Promise<void> {
  for (const person of [alice, bob]) expect((await rowOf(person)).recovery.asked.count).toBe(0);
}

const people = [
  ['Alice', () => [alice, bob] as const],
  ['Bob', () => [bob, alice] as const],
] as const;

/** Brings envelopes and waits until their readers have taken them, or have let go of the mailbox for a while. */
async function bring(puts: readonly Put[]): Promise<void> {
  expect(puts).not.toEqual([]);
  await expect.poll(() => puts.every(({ mailbox }) => server.read.includes(mailbox))).toBe(true);
  for (const put of puts) server.deliver(put);
  const waits = ({ mailbox, envelope }: Put) =>
    server.read.includes(mailbox) && server.keeps(mailbox, envelope);
  await expect.poll(() => puts.some(waits)).toBe(false);
}

/** Both accept the other's invite, and the server holds both handshakes; that of whoever comes first is the first. */
async function cross(first: Person, second: Person): Promise<[Put, Put]> {
  const links = [await first.invite(), await second.invite()] as const;
  hold();
  await first.accept(links[1]);
  await second.accept(links[0]);
  server.fate = (put) => [put];
  expect(held).toHaveLength(2);
  return held.splice(0) as [Put, Put];
}

/** Whether two write in one session. */
async function expectOneSession(): Promise<void> {
  const [mine, theirs] = await Promise.all([rowOf(alice), rowOf(bob)]);
  expect(mine.recovery.ways[0]?.secret).toEqual(theirs.recovery.ways[0]?.secret);
}

/** They accept an invite of mine after they took back the one that I have answered, of which they hear at the same time. */
async function answerWhatWasTakenBack(me: Person, they: Person): Promise<void> {
  const [mine, theirs] = [await me.invite(), await they.invite()];
  const [invite] = (await they.app(({ invites }) => invites.length === 1)).invites;
  hold();
  await me.accept(theirs);
  await they.engine.handle({ type: 'withdraw-invite', inviteId: invite?.id as string });
  await they.accept(mine);
  server.fate = (put) => [put];
  for (const put of held.splice(0)) server.deliver(put);
}

describe.each(people)('somebody whose invite %s accepted and who has removed them', (_name, pick) => {
  it('is connected by the next invite that they accept, however soon', async () => {
    const [me, they] = pick();
    await me.accept(await they.invite());
    await me.contact(({ stage }) => stage === 'ready');
    const { id } = await they.contact();
    await they.engine.handle({ type: 'remove-contact', contactId: id });
    await they.accept(await me.invite());
    await talk(0);
    await expectNoDoubt();
  });

  it('is connected by it also where their answer to the first comes behind it', async () => {
    const [me, they] = pick();
    const [mine, theirs] = [await me.invite(), await they.invite()];
    await they.engine.stop();
    await me.accept(theirs);
    hold();
    await they.restart();
    const { id } = await they.contact();
    await expect.poll(() => held.length).toBeGreaterThan(0);
    await they.engine.handle({ type: 'remove-contact', contactId: id });
    const answer = held.splice(0);
    await they.accept(mine);
    server.fate = (put) => [put];
    await bring(held.splice(0));
    await bring(answer);
    await talk();
    await expectNoDoubt();
  });

  it('is connected by it also where they took back the invite before they heard of its answer', async () => {
    const [me, they] = pick();
    await answerWhatWasTakenBack(me, they);
    await talk();
    await expectNoDoubt();
  });
});

describe.each(people)(
  'two who know each other, of whom neither hears the other’s answer, %s',
  (_name, pick) => {
    it('find each other by the introduction before, and all is read', async () => {
      const [me, they] = pick();
      await me.accept(await they.invite());
      for (const person of [me, they]) await person.contact(({ stage }) => stage === 'ready');
      const links = [await me.invite(), await they.invite()] as const;
      hold();
      await Promise.all([me.accept(links[1]), they.accept(links[0])]);
      for (const person of [me, they]) {
        await person.send((await person.contact()).id, `${person.name} wrote`);
        await person.engine.stop();
      }
      // Neither invite is any good by then.
      clock.skip(22 * DAY);
      server.fate = (put) => [put];
      for (const person of [me, they]) await person.restart();
      await talk(DAY / 2);
      for (const person of [me, they]) {
        const { id } = await person.contact(({ quarantined }) => quarantined === 0);
        const said = await person.conversation(id, (m) => m.length === 4);
        expect(said.every(({ from, delivery }) => from === 'them' || delivery?.state === 'delivered')).toBe(
          true,
        );
      }
      await expectOneSession();
    });
  },
);

describe.each(people)('a new invite between two who know each other, accepted by %s', (_name, pick) => {
  it('ends the wait of what could not be opened before it, on either side', async () => {
    const [me, they] = pick();
    await me.accept(await they.invite());
    for (const person of [me, they]) {
      await person.contact(({ stage }) => stage === 'ready');
      const { read } = await rowOf(person);
      const mailbox = toHex(mailboxIdOf(read[0]?.key as Uint8Array));
      server.deliver({ mailbox, envelope: randomBytes(MIN_ENVELOPE) });
      await person.contact(({ quarantined }) => quarantined === 1);
    }
    await me.accept(await they.invite());
    await talk();
    for (const person of [me, they]) expect((await person.contact()).quarantined).toBe(0);
  });
});

describe.each(people)(
  'somebody who is at the browser for less than a minute at a time, %s',
  (_name, pick) => {
    it('is connected in the end by an invite whose answer may have crossed theirs', async () => {
      const [me, they] = pick();
      await answerWhatWasTakenBack(me, they);
      const isHeard = async () => (await me.app(() => true)).invites.length === 0;
      for (let times = 0; times < 3 && !(await isHeard()); times++) {
        for (let step = 0; step < 10; step++) await clock.pass(5000);
        await me.restart();
        // What waits at the server may be the word that decides it.
        for (let step = 0; step < 3; step++) await clock.pass(2000);
      }
      expect(await isHeard()).toBe(true);
      await talk();
      await expectNoDoubt();
    });
  },
);

describe.each(people)('of two who accept each other’s invites at the same time, %s', (_name, pick) => {
  it('hears of it first, and both write in one session', async () => {
    const [first, second] = pick();
    const [mine, theirs] = await cross(first, second);
    hold();
    await bring([theirs]);
    await bring([mine]);
    server.fate = (put) => [put];
    for (const put of held.splice(0)) server.deliver(put);
    await talk();
    await expectNoDoubt();
    await expectOneSession();
  });

  it('hears the answer to their own first, and both write in one session', async () => {
    const [first, second] = pick();
    const [mine, theirs] = await cross(first, second);
    await bring([mine]);
    await talk();
    await bring([theirs]);
    await talk();
    await expectNoDoubt();
    await expectOneSession();
  });

  it('said words that the other took, which are over as soon as that is known', async () => {
    const [me, they] = pick();
    const link = await they.invite();
    const words = await me.words();
    // The answer to the link, the bundle that the words lead to, and the answer to that.
    let count = 0;
    server.fate = (put) => {
      if (wordsKindOf(put.envelope) !== undefined || ++count === 2) return [put];
      held.push(put);
      return [];
    };
    await me.accept(link);
    await clock.skipDuring(they.acceptWords(words), 500);
    await me.spoken('agreed');
    const [mine, theirs] = held.splice(0) as [Put, Put];
    server.fate = (put) => [put];
    await bring([mine]);
    await bring([theirs]);
    await talk();
    const since = clock.now();
    await clock.skipDuring(
      me.app(({ spoken }) => spoken === undefined),
      1000,
    );
    expect(clock.now() - since).toBeLessThan(30_000);
    await expectNoDoubt();
    await expectOneSession();
  });

  it('finds both gone from the session that the other writes in, and they agree on another', async () => {
    const [me, they] = pick();
    const [mine, theirs] = await cross(me, they);
    await they.engine.stop();
    hold();
    await bring([theirs]);
    await clock.skipUntil(() => held.length > 0, 5000);
    const answers = [held.splice(0)];
    await they.restart();
    await bring([mine]);
    const has = (count: number) => expect.poll(() => held.length).toBeGreaterThanOrEqual(count);
    if ((await rowOf(they)).recovery.ways.length > 1) {
      await has(1);
      answers.push(held.splice(0));
    }
    // Each hears of it, and what they do about it waits too.
    for (const answer of answers) await bring(answer);
    if (answers.length > 1) await has(2);
    server.fate = (put) => [put];
    for (const put of held.splice(0)) server.deliver(put);
    await talk();
    await expectOneSession();
  });

  it.each(['the answer', 'the other'])(
    'finds somebody gone, who hears of %s first, and both write in one session',
    async (which) => {
      const [me, they] = pick();
      const [mine, theirs] = await cross(me, they);
      await they.engine.stop();
      hold();
      await bring([theirs]);
      await clock.skipUntil(() => held.length > 0, 5000);
      server.fate = (put) => [put];
      const answer = held.splice(0);
      await they.restart();
      for (const puts of which === 'the answer' ? [answer, [mine]] : [[mine], answer]) await bring(puts);
      await talk();
      await expectOneSession();
    },
  );
});
