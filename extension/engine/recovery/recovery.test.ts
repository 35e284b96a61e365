import {
  compareIdentities,
  decodeIdentity,
  decodeIdentityKeys,
  type Identity,
  LAST_GENERATION,
  mailboxIdOf,
  newRecoveryKeys,
  publicIdentity,
  type RecoveryKeys,
  sealRecoveryBundle,
} from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../../bridge/types/snapshots.ts';
import { encodeNote } from '../content.ts';
import { sameBytes, toHex } from '../encoding.ts';
import type { RecoveryRow } from '../storage/rows.ts';
import { FullDisks } from '../testing/full-disks.ts';
import type { Put } from '../testing/hostile-server.ts';
import { Person } from '../testing/person.ts';
import { changeRows, rowsOf } from '../testing/rows.ts';
import { SkipClock } from '../testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from '../testing/two-contacts.ts';
import { ANSWER_WAIT } from './pace.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let clock: SkipClock;
let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
  ({ server, alice, bob, toAlice, toBob } = two);
});

afterEach(() => two.end());

const texts = (messages: readonly MessageView[]) => messages.map(({ text }) => text);
const isDelivered = (messages: readonly MessageView[]) =>
  messages.length > 0 && messages.every(({ delivery }) => (delivery?.state ?? 'delivered') === 'delivered');
/** The whole conversation, once it ends with this text and nothing of it waits. */
async function settled(person: Person, contactId: string, last: string): Promise<string[]> {
  return texts(await person.conversation(contactId, (m) => m.at(-1)?.text === last && isDelivered(m)));
}

/** What a person's disk holds of coming back, for their one contact. */
async function recoveryOf(person: Person): Promise<RecoveryRow> {
  const [contact] = await rowsOf(person, 'contacts');
  if (contact === undefined) throw new Error('nobody is there');
  return contact.recovery;
}

/** Who somebody is, as their disk has it. */
async function keysOf(person: Person): Promise<ReturnType<typeof decodeIdentityKeys>> {
  const [profile] = await rowsOf(person, 'profile');
  if (profile === undefined) throw new Error('nobody is there');
  return decodeIdentityKeys(profile.identity);
}

/** Each says something, back and forth, and hears it confirmed. */
async function talk(...said: string[]): Promise<void> {
  for (const [at, text] of said.entries()) {
    if (at % 2 === 0) await alice.send(toBob, text);
    else await bob.send(toAlice, text);
    await settled(alice, toBob, text);
    await settled(bob, toAlice, text);
  }
}

/** Alice is put back and asks for a new session, at a mailbox that nobody reads: Bob has gone, with something for her on its way. */
async function askNobody(): Promise<void> {
  await talk('one');
  const behind = await alice.copy();
  await talk('lost two', 'lost three');
  alice.stop();
  await bob.send(toAlice, 'while you were away');
  await bob.conversation(toAlice, (m) => m.at(-1)?.delivery?.state === 'sent');
  bob.stop();
  await alice.goBackTo(behind);
  await expect.poll(async () => (await recoveryOf(alice)).mine?.placed).toBeDefined();
}

describe('a copy that is a day of conversation behind', () => {
  it('gets what the other side still holds, and goes on as if nothing had been', async () => {
    await talk('one', 'two');
    const copy = await alice.copy();
    await talk('lost three', 'lost four', 'lost five');
    clock.skip(DAY);
    alice.stop();
    await bob.send(toAlice, 'while you were away');
    await alice.goBackTo(copy);
    await settled(alice, toBob, 'while you were away');
    await alice.send(toBob, 'back again');
    await settled(bob, toAlice, 'back again');
    await bob.send(toAlice, 'welcome back');
    expect(await settled(alice, toBob, 'welcome back')).toEqual([
      'one',
      'two',
      'while you were away',
      'back again',
      'welcome back',
    ]);
    expect(await settled(bob, toAlice, 'welcome back')).toEqual([
      'one',
      'two',
      'lost three',
      'lost four',
      'lost five',
      'while you were away',
      'back again',
      'welcome back',
    ]);
    expect((await alice.contact()).trust).toEqual({ state: 'introduced' });
    expect((await alice.contact()).quarantined).toBe(0);
  });

  it('may be put back twice', async () => {
    await talk('one');
    const copy = await alice.copy();
    await talk('lost two', 'lost three');
    for (const round of ['first', 'second']) {
      await alice.goBackTo(copy);
      await alice.send(toBob, `after the ${round}`);
      await bob.send(toAlice, `heard of the ${round}`);
      const has = (text: string) => (m: readonly MessageView[]) =>
        m.some((one) => one.text === text) && isDelivered(m);
      const heard = [
        bob.conversation(toAlice, has(`after the ${round}`)),
        alice.conversation(toBob, has(`heard of the ${round}`)),
      ];
      await clock.skipDuring(Promise.all(heard), MINUTE);
    }
    const atBob = texts(await bob.conversation(toAlice, isDelivered));
    expect([...atBob].sort()).toEqual(
      [
        'one',
        'lost two',
        'lost three',
        'after the first',
        'heard of the first',
        'after the second',
        'heard of the second',
      ].sort(),
    );
    const atAlice = texts(await alice.conversation(toBob, isDelivered));
    expect([...atAlice].sort()).toEqual(['one', 'after the second', 'heard of the second'].sort());
  });

  it('may be both at once', async () => {
    await talk('one');
    const copies = [await alice.copy(), await bob.copy()] as const;
    await talk('lost two', 'lost three', 'lost four', 'lost five');
    alice.stop();
    bob.stop();
    await Promise.all([alice.goBackTo(copies[0]), bob.goBackTo(copies[1])]);
    await Promise.all([alice.send(toBob, 'from Alice'), bob.send(toAlice, 'from Bob')]);
    const all = (m: readonly MessageView[]) => m.length === 3 && isDelivered(m);
    const both = [alice.conversation(toBob, all), bob.conversation(toAlice, all)];
    for (const messages of await clock.skipDuring(Promise.all(both), MINUTE))
      expect(texts(messages).sort()).toEqual(['from Alice', 'from Bob', 'one']);
  });
});

describe('the session before', () => {
  it('still opens what is late, for a day from when the new one is heard', async () => {
    await talk('one');
    const copy = await alice.copy();
    const late: Put[] = [];
    server.fate = (put) => {
      late.push(put);
      return [];
    };
    for (const text of ['late', 'too late']) await alice.send(toBob, text);
    await alice.conversation(toBob, (m) => m.length === 3 && m.at(-1)?.delivery?.state === 'sent');
    server.fate = (put) => [put];
    // Nobody but the server has them now.
    await alice.goBackTo(copy);
    const [first, second] = late as [Put, Put];
    // Noise makes him ask, before she gives any number again.
    server.deliver({ ...first, envelope: crypto.getRandomValues(new Uint8Array(4161)).with(0, 1) });
    await expect.poll(async () => (await recoveryOf(bob)).ways[0]?.generation).toBe(1);
    await expect.poll(async () => (await recoveryOf(alice)).ways[0]?.generation).toBe(1);
    await talk('anew', 'heard');
    clock.skip(DAY - 60 * MINUTE);
    server.deliver(first);
    await bob.conversation(toAlice, (m) => m.some(({ text }) => text === 'late'));
    clock.skip(61 * MINUTE);
    await talk('a day later');
    server.deliver(second);
    await expect.poll(() => server.keeps(second.mailbox, second.envelope)).toBe(false);
    expect(texts(await bob.conversation(toAlice, isDelivered))).not.toContain('too late');
  });
});

describe('a copy in which a bundle waits for its answer', () => {
  it('hears the other, who answered that bundle in the life after it', async () => {
    await askNobody();
    const asking = await alice.copy();
    bob.renew();
    await bob.engine.start();
    await settled(alice, toBob, 'while you were away');
    await talk('lost four', 'lost five');
    // The session before is gone at the other side: nothing that was sealed in it could show anything any more.
    clock.skip(3 * DAY);
    await talk('lost six', 'lost seven');
    await alice.goBackTo(asking);
    const since = clock.now();
    await bob.send(toAlice, 'do you hear me?');
    const heard = settled(alice, toBob, 'do you hear me?');
    expect(await clock.skipDuring(heard, MINUTE)).toContain('do you hear me?');
    expect(clock.now() - since).toBeLessThan(10 * MINUTE);
    // It was hers to ask, by a generation that nobody has seen: he had no reason to.
    expect((await recoveryOf(bob)).asked.count).toBe(0);
  });
});

describe('a bundle that nobody answers', () => {
  it('is put there again each week, as SPEC 12.2 says, and no sooner', async () => {
    await askNobody();
    const { mine } = await recoveryOf(alice);
    const puts = () => server.puts.filter(({ envelope }) => sameBytes(envelope, mine?.bundle as Uint8Array));
    await clock.pass(7 * DAY - 2 * MINUTE);
    expect(puts()).toHaveLength(1);
    // It is looked for each hour.
    await clock.pass(61 * MINUTE);
    await expect.poll(puts).toHaveLength(2);
    await clock.pass(7 * DAY + 61 * MINUTE);
    await expect.poll(puts).toHaveLength(3);
  });
});

describe('a bundle that the disk does not take', () => {
  it('stays at the server until it is dealt with', async () => {
    await talk('one');
    const behind = await bob.copy();
    await talk('lost two');
    const disks = new FullDisks();
    try {
      const known = new Set(server.puts.map(({ mailbox }) => mailbox));
      const bundles: Put[] = [];
      server.fate = (put) => {
        if (known.has(put.mailbox)) return [put];
        if (bundles.push(put) === 1) disks.fill(alice.database, 1);
        return [put];
      };
      await alice.send(toBob, 'how are you?');
      await bob.goBackTo(behind);
      await expect.poll(() => bundles.length > 0 && disks.left(alice.database) === 0).toBe(true);
      const [{ mailbox, envelope }] = bundles as [Put];
      expect(server.keeps(mailbox, envelope)).toBe(true);
      await clock.skipUntil(() => !server.keeps(mailbox, envelope), MINUTE);
      expect((await recoveryOf(alice)).handled).toHaveLength(1);
    } finally {
      disks.end();
    }
    await settled(bob, toAlice, 'how are you?');
  });
});

describe('a disk that does not take a suspicion', () => {
  it('takes it later: nobody has fetched what was put there for as long as it is kept', async () => {
    await talk('one');
    await bob.engine.stop();
    await alice.send(toBob, 'two');
    await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'sent');
    const before = server.puts.length;
    await clock.pass(server.retention * 1000);
    await clock.skipUntil(() => server.puts.length > before, MINUTE / 2);
    const disks = new FullDisks();
    try {
      disks.fill(alice.database, 1);
      await clock.pass(MINUTE + 1);
      expect(disks.left(alice.database)).toBe(0);
      expect((await recoveryOf(alice)).asked.count).toBe(0);
    } finally {
      disks.end();
    }
    await clock.pass(MINUTE);
    expect((await recoveryOf(alice)).asked.count).toBe(1);
  });
});

describe('a disk that forgot its last second', () => {
  it('loses nothing that the other side was told, and nothing shows twice', async () => {
    await talk('one', 'two');
    const copy = await alice.copy();
    // Sealed and sent, and forgotten: the other has it, under a number that is used once more.
    await alice.send(toBob, 'forgotten here');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'forgotten here');
    await alice.goBackTo(copy);
    await alice.send(toBob, 'said after it');
    expect(await settled(bob, toAlice, 'said after it')).toEqual([
      'one',
      'two',
      'forgotten here',
      'said after it',
    ]);
    expect(await settled(alice, toBob, 'said after it')).toEqual(['one', 'two', 'said after it']);
  });
});

describe('somebody who forgot what the other holds', () => {
  it('is read in their order from then on', async () => {
    const empty = await alice.copy();
    await alice.send(toBob, 'forgotten');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await alice.goBackTo(empty);
    // The first of them takes a number that is taken; the second one's is free.
    for (const text of ['one', 'two', 'three']) await alice.send(toBob, text);
    const read = await clock.skipDuring(
      bob.conversation(toAlice, (m) => m.length === 4),
      MINUTE,
    );
    expect(texts(read)).toEqual(['forgotten', 'one', 'two', 'three']);
  });
});

describe('somebody who forgot what the other holds, and writes as much before they meet by an invite', () => {
  it('is read in their order from then on', async () => {
    const link = await alice.invite();
    const copy = await bob.copy();
    for (const text of ['forgotten one', 'forgotten two']) await bob.send(toAlice, text);
    await alice.conversation(toBob, (m) => m.length === 2);
    // Nothing of what shows it arrives, before they meet.
    server.fate = () => [];
    await bob.goBackTo(copy);
    for (const text of ['one', 'two', 'three']) await bob.send(toAlice, text);
    await bob.conversation(
      toAlice,
      (m) => m.length === 3 && m.every((one) => one.delivery?.state === 'sent'),
    );
    server.fate = (put) => [put];
    await bob.accept(link);
    const read = await alice.conversation(toBob, (m) => m.length === 5);
    expect(texts(read)).toEqual(['forgotten one', 'forgotten two', 'one', 'two', 'three']);
  });
});

describe('two who accept each other’s invites at the same moment', () => {
  it('end with one session', async () => {
    const carol = await new Person('Carol', server.url, clock).begin();
    const dave = await new Person('Dave', server.url, clock).begin();
    const [ofCarol, ofDave] = await Promise.all([carol.invite(), dave.invite()]);
    // Nothing arrives before both have accepted.
    const held: Put[] = [];
    const bundles = server.puts.length;
    expect(bundles).toBeGreaterThan(1);
    server.fate = (put) => {
      held.push(put);
      return [];
    };
    const [toDave, toCarol] = await Promise.all([carol.accept(ofDave), dave.accept(ofCarol)]);
    await carol.send(toDave, 'from Carol');
    await dave.send(toCarol, 'from Dave');
    server.fate = (put) => [put];
    for (const put of held) server.deliver(put);
    const both = (m: readonly MessageView[]) => m.length === 2 && isDelivered(m);
    expect(texts(await carol.conversation(toDave, both)).sort()).toEqual(['from Carol', 'from Dave']);
    expect(texts(await dave.conversation(toCarol, both)).sort()).toEqual(['from Carol', 'from Dave']);
    await carol.send(toDave, 'and on');
    await settled(dave, toCarol, 'and on');
    // The one that the lower identity key began, as any program does that goes by SPEC 12.9.
    const keys = await Promise.all([carol, dave].map(async (one) => publicIdentity(await keysOf(one))));
    const carolBegan = compareIdentities(keys[0] as Identity, keys[1] as Identity) < 0;
    expect((await recoveryOf(carol)).ways[0]?.accepted).toBe(carolBegan);
    expect((await recoveryOf(dave)).ways[0]?.accepted).toBe(!carolBegan);
    for (const person of [carol, dave]) {
      expect((await person.contact(({ stage }) => stage === 'ready')).quarantined).toBe(0);
      expect((await person.app(() => true)).contacts.length).toBe(1);
      person.stop();
    }
  });
});

describe('a hostile contact', () => {
  /** A bundle of Bob's as no engine of his would make it, with Bob himself gone. */
  async function bundleOf(made: (generation: number) => RecoveryKeys): Promise<Put> {
    bob.stop();
    const bundles: Put[] = [];
    await changeRows(bob.database, ['profile', 'contacts'], async (tx) => {
      const [profile] = await tx.list('profile');
      const [contact] = await tx.list('contacts');
      if (profile === undefined || contact === undefined) throw new Error('nobody is there');
      const { peer, recovery, read } = contact.row;
      const [way] = recovery.ways;
      const [own] = read;
      if (way === undefined || own === undefined) throw new Error('nothing to come back by');
      const me = decodeIdentityKeys(profile.row.identity);
      const note = encodeNote({ v: 1, mailbox: { id: toHex(mailboxIdOf(own.key)), server: own.server } });
      const pair = { me, peer: decodeIdentity(peer), recovery: way.secret };
      const envelope = sealRecoveryBundle(pair, made(way.generation), note);
      bundles.push({ mailbox: toHex(way.write.id), envelope });
    });
    return bundles[0] as Put;
  }

  async function send(made: (generation: number) => RecoveryKeys): Promise<void> {
    server.deliver(await bundleOf(made));
    await expect.poll(async () => (await recoveryOf(alice)).handled.length).toBe(1);
  }

  it('whose bundle nothing can be encapsulated to is answered with nothing, and is done with', async () => {
    await talk('one');
    await send((generation) => {
      const keys = newRecoveryKeys(generation + 1);
      keys.oneTime.kem.fill(255);
      return keys;
    });
    expect((await recoveryOf(alice)).ways[0]?.generation).toBe(0);
  });

  it('who asks for one new session after the other is answered at a pace', async () => {
    await talk('one');
    await send((generation) => newRecoveryKeys(generation + 1));
    const next = await bundleOf(() => newRecoveryKeys(2));
    server.deliver(next);
    // Let go of until it is time.
    await expect.poll(() => server.read.includes(next.mailbox)).toBe(false);
    expect(server.keeps(next.mailbox, next.envelope)).toBe(true);
    expect((await recoveryOf(alice)).ways[0]?.generation).toBe(1);
    clock.skip(ANSWER_WAIT);
    await expect.poll(async () => (await recoveryOf(alice)).ways[0]?.generation).toBe(2);
  });

  it('who asks over a generation that is over is behind, and is asked', async () => {
    await talk('one');
    await send((generation) => newRecoveryKeys(generation + 1));
    clock.skip(ANSWER_WAIT);
    server.deliver(await bundleOf(() => newRecoveryKeys(1)));
    await expect.poll(async () => (await recoveryOf(alice)).mine?.generation).toBe(2);
    expect((await recoveryOf(alice)).ways[0]?.generation).toBe(1);
  });

  it('who uses up the generations leaves nothing to ask by, and nothing that fails again and again', async () => {
    await talk('one');
    await send(() => newRecoveryKeys(LAST_GENERATION));
    expect((await recoveryOf(alice)).ways[0]?.generation).toBe(LAST_GENERATION);
    for (const mailbox of server.read)
      server.deliver({ mailbox, envelope: crypto.getRandomValues(new Uint8Array(4161)).with(0, 1) });
    await alice.contact(({ quarantined }) => quarantined > 0);
    await expect.poll(async () => (await recoveryOf(alice)).suspect).toBe(false);
    expect((await recoveryOf(alice)).mine).toBeUndefined();
  });
});

describe('a hostile server', () => {
  /** Mailboxes into which nobody writes as long as all is well. */
  async function bundlesOf(work: () => Promise<void>): Promise<Put[]> {
    const before = new Set(server.puts.map(({ mailbox }) => mailbox));
    const from = server.puts.length;
    await work();
    return server.puts.slice(from).filter(({ mailbox }) => !before.has(mailbox));
  }

  it('that brings old bundles again causes nothing', async () => {
    await talk('one');
    const copy = await alice.copy();
    await talk('lost two', 'lost three');
    const bundles = await bundlesOf(async () => {
      await alice.goBackTo(copy);
      await alice.send(toBob, 'back');
      await settled(bob, toAlice, 'back');
    });
    expect(bundles.length).toBeGreaterThan(0);
    const again = await bundlesOf(async () => {
      for (let round = 0; round < 3; round++) {
        for (const bundle of bundles) server.deliver(bundle);
        clock.skip(3 * DAY);
        await talk(`round ${round}`, `answer ${round}`);
      }
    });
    expect(again).toEqual([]);
    const mailboxes = new Set(bundles.map(({ mailbox }) => mailbox));
    expect(server.puts.filter(({ mailbox }) => mailboxes.has(mailbox)).length).toBe(bundles.length);
  });

  it('that writes noise causes a bundle now and then, and no loss', async () => {
    await talk('one', 'two');
    const known = new Set(server.puts.map(({ mailbox }) => mailbox));
    const toRecovery = () => server.puts.filter(({ mailbox }) => !known.has(mailbox)).length;
    const noise = () => {
      for (const mailbox of server.read)
        server.deliver({ mailbox, envelope: crypto.getRandomValues(new Uint8Array(4161)).with(0, 1) });
    };
    for (let round = 0; round < 5; round++) {
      noise();
      await talk(`round ${round}`, `answer ${round}`);
    }
    // Each of the two asked at most once within the first minute, whatever came.
    expect(toRecovery()).toBeGreaterThan(0);
    expect(toRecovery()).toBeLessThanOrEqual(2);
    const before = toRecovery();
    for (let day = 0; day < 2; day++) {
      for (let hour = 0; hour < 4; hour++) {
        noise();
        clock.skip(DAY / 4);
        await talk(`day ${day} ${hour}`, `answer ${day} ${hour}`);
      }
    }
    expect(toRecovery() - before).toBeLessThanOrEqual(2 * 6);
    const heard = await settled(alice, toBob, 'answer 1 3');
    expect(heard.length).toBe(2 + 10 + 16);
  });
});
