import { mailboxIdOf } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageView } from '../bridge/types/snapshots.ts';
import { type Clock, systemClock } from './clock.ts';
import { toHex } from './encoding.ts';
import { REREAD_AFTER } from './reading.ts';
import { FullDisks } from './testing/full-disks.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { twoContacts } from './testing/two-contacts.ts';
import { Wire } from './testing/wire.ts';

/**
 * The wait before a mailbox is read again is shortened, and no other: a server that is given up after a moment never
 * answers where the machine is busy.
 */
const hurried: Clock = {
  now: () => systemClock.now(),
  after: (milliseconds, callback) =>
    systemClock.after(milliseconds === REREAD_AFTER ? 150 : milliseconds, callback),
};

let server: HostileServer;
let alice: Person;
let bob: Person;
let disks: FullDisks;
const commit = IDBTransaction.prototype.commit;

/** Where somebody who has one contact reads for them. */
async function mailboxOf(person: Person): Promise<string> {
  const [contact] = await rowsOf(person, 'contacts');
  return toHex(mailboxIdOf(contact?.read[0]?.key as Uint8Array));
}

beforeEach(async () => {
  disks = new FullDisks();
  server = await HostileServer.start();
  alice = await new Person('Alice', server.url, hurried).begin();
  bob = await new Person('Bob', server.url, hurried).begin();
});

afterEach(async () => {
  disks.end();
  IDBTransaction.prototype.commit = commit;
  alice.stop();
  bob.stop();
  await server.stop();
});

describe('a text whose transaction does not come through', () => {
  it('is shown to nobody, and nothing of it has left', async () => {
    const toAlice = await bob.accept(await alice.invite());
    const { id: toBob } = await alice.contact(({ name }) => name === 'Bob');
    await alice.send(toBob, 'before');
    await bob.conversation(toAlice, (m) => m.length === 1);
    IDBTransaction.prototype.commit = function (this: IDBTransaction) {
      if (this.db.name === alice.database && this.durability === 'strict') this.abort();
      else commit.call(this);
    };
    await expect(alice.send(toBob, 'lost')).rejects.toMatchObject({ code: 'internal' });
    IDBTransaction.prototype.commit = commit;
    await alice.send(toBob, 'kept');
    for (const shown of [
      await bob.conversation(toAlice, (m) => m.length === 2),
      await alice.conversation(toBob, (m) => m.length === 2),
    ]) {
      expect(shown.map(({ text }) => text)).toEqual(['before', 'kept']);
    }
  });
});

describe('an envelope that cannot be stored', () => {
  it('stays at the server, whatever is stored behind it', async () => {
    const toAlice = await bob.accept(await alice.invite());
    const { id: toBob } = await alice.contact(({ name }) => name === 'Bob');
    await bob.contact(({ stage }) => stage === 'ready');
    const mailbox = await mailboxOf(bob);
    disks.fill(bob.database, 1);
    await alice.send(toBob, 'one');
    await expect.poll(() => disks.left(bob.database), { interval: 5 }).toBe(0);
    // What was not stored may have been a receipt of hers: then the text is behind it.
    await alice.conversation(toBob, (m) => m.length === 1 && m[0]?.delivery?.state !== 'waiting');
    // She brings nothing a second time: what Bob did not store only the mailbox has.
    alice.stop();
    server.deliver({ mailbox, envelope: crypto.getRandomValues(new Uint8Array(500)) });
    const heard = await bob.conversation(toAlice, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('one');
  });

  it('is brought again by one new connection, however many came over the one before', async () => {
    const clock = new SkipClock();
    const two = await twoContacts(clock);
    const { toAlice, toBob } = two;
    const wire = new Wire();
    wire.isUp = true;
    two.server.liveFate = (put) => [put];
    for (const person of [two.alice, two.bob]) {
      person.makePeer = wire.make;
      await person.engine.handle({ type: 'change-settings', change: { direct: 'everybody' } });
    }
    const looking = two.alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {});
    const connected = () => two.bob.contact(({ connection }) => connection.state === 'direct');
    await connected();
    const before = two.bob.peers.length;
    disks.fill(two.bob.database, 1000);
    const left = () => disks.left(two.bob.database);
    for (let n = 1; n <= 20; n++) {
      await two.alice.send(toBob, `text ${n}`);
      await expect.poll(left, { interval: 1 }).toBeLessThanOrEqual(1000 - n);
      clock.skip(100);
    }
    disks.empty();
    clock.skip(REREAD_AFTER - 2000);
    for (let n = 1; n <= 20; n++) {
      clock.skip(100);
      await connected();
    }
    await two.bob.conversation(toAlice, (m) => m.length === 20);
    await connected();
    expect(two.bob.peers.length - before).toBe(1);
    looking();
    await two.end();
  });

  it('makes a contact later where it was an answer to an invite', async () => {
    const link = await alice.invite();
    // Two durable writes of Alice's: for the first envelope and for the second, which must not remove the first.
    disks.fill(alice.database, 1);
    const toAlice = await bob.accept(link);
    await bob.send(toAlice, 'hello');
    await expect.poll(() => disks.left(alice.database), { interval: 5 }).toBe(0);
    bob.stop();
    const { id } = await alice.contact(({ name }) => name === 'Bob');
    const heard = await alice.conversation(id, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('hello');
  });
});

describe('a disk that does not take what is only noted', () => {
  it('holds up nothing else that goes to the mailbox, and is told of it later', async () => {
    const clock = new SkipClock();
    const { alice, bob, server, toBob, toAlice, end } = await twoContacts(clock);
    try {
      // The last receipt of what was before would go with the texts, where it came late.
      await clock.pass(1000);
      await bob.engine.stop();
      server.refuse = () => 'server-busy';
      const texts = Array.from({ length: 70 }, (_, n) => `text ${n}`);
      for (const text of texts) await alice.send(toBob, text);
      server.refuse = () => undefined;
      const before = server.puts.length;
      disks.fill(alice.database, 1);
      await clock.pass(1000);
      await expect.poll(() => server.puts.length - before).toBe(70);
      expect(disks.left(alice.database)).toBe(0);
      const isSent = (m: readonly MessageView[]) => m.every(({ delivery }) => delivery?.state === 'sent');
      await clock.skipDuring(alice.conversation(toBob, isSent), 10_000);
      bob.renew();
      await bob.engine.start();
      expect((await bob.conversation(toAlice, (m) => m.length === 70)).map(({ text }) => text)).toEqual(
        texts,
      );
    } finally {
      await end();
    }
  });

  it('is asked for a receipt again, which nothing else would lead to', async () => {
    const clock = new SkipClock();
    const { alice, bob, toBob, toAlice, end } = await twoContacts(clock);
    try {
      await alice.send(toBob, 'first');
      await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'delivered');
      await clock.pass(1000);
      // What comes is stored; the receipt for it is not.
      disks.fill(bob.database, 1, 1);
      await alice.send(toBob, 'second');
      await bob.conversation(toAlice, (m) => m.length === 2);
      await expect.poll(() => disks.left(bob.database)).toBe(0);
      const since = clock.now();
      const isDelivered = (m: readonly MessageView[]) => m[1]?.delivery?.state === 'delivered';
      await clock.skipDuring(alice.conversation(toBob, isDelivered), 10_000);
      expect(clock.now() - since).toBeLessThan(5 * 60_000);
    } finally {
      await end();
    }
  });
});
