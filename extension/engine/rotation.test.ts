/** A contact's mailboxes, one after the other, between two engines and their servers. */
import { decodeSession, mailboxIdOf, sealLive } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from './encoding.ts';
import { freshMailbox } from './rotation.ts';
import { HostileServer, type Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let server: HostileServer;
let clock: SkipClock;
let alice: Person;
let bob: Person;
let toAlice: string;
let toBob: string;

beforeEach(async () => {
  server = await HostileServer.start();
  clock = new SkipClock();
  alice = await new Person('Alice', server.url, clock).begin();
  bob = await new Person('Bob', server.url, clock).begin();
  toAlice = await bob.accept(await alice.invite());
  toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
  await bob.contact(({ stage }) => stage === 'ready');
  await talk('one');
});

afterEach(async () => {
  alice.stop();
  bob.stop();
  await server.stop();
});

/** Both say it, and each hears it. */
async function talk(text: string): Promise<void> {
  await alice.send(toBob, `${text}, says Alice`);
  await bob.send(toAlice, `${text}, says Bob`);
  await bob.conversation(toAlice, (m) => m.some((one) => one.text === `${text}, says Alice`));
  await alice.conversation(toBob, (m) => m.some((one) => one.text === `${text}, says Bob`));
}

/** Each reads one mailbox for the other, and one to come back by. */
const SETTLED = 4;

const until = (condition: () => boolean, step = 11 * MINUTE) => clock.skipUntil(condition, step);

const texts = async () => (await alice.conversation(toBob, () => true)).map(({ text }) => text);

describe('a contact’s mailbox', () => {
  it('has its turn between one month and two, at a moment of its own', () => {
    const turns = Array.from({ length: 100 }, () => freshMailbox(server.url, 0).turn ?? 0);
    expect(new Set(turns).size).toBe(100);
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(30 * DAY);
    expect(Math.max(...turns)).toBeLessThanOrEqual(60 * DAY);
    expect(Math.max(...turns) - Math.min(...turns)).toBeGreaterThan(10 * DAY);
  });

  it('gives way to a fresh one after a month or two, and is left once nothing comes through it', async () => {
    await until(() => server.read.length === SETTLED);
    const before = new Set(server.read);
    const fresh = () => server.read.filter((mailbox) => !before.has(mailbox));
    clock.skip(61 * DAY);
    await until(() => fresh().length === 2, MINUTE);
    await talk('two');
    await until(() => server.read.length === SETTLED);
    // Those to come back by stay.
    expect(fresh().length).toBe(2);
    const mark = server.puts.length;
    await talk('three');
    expect(server.puts.slice(mark).every(({ mailbox }) => fresh().includes(mailbox))).toBe(true);
    expect(await texts()).toEqual(
      expect.arrayContaining(['one, says Bob', 'two, says Bob', 'three, says Bob']),
    );
    expect((await texts()).length).toBe(6);
  });

  it('is read on while the contact does not know of the fresh one, however long that is', async () => {
    await until(() => server.read.length === SETTLED);
    const before = new Set(server.read);
    let alices = '';
    await changeRows(bob.database, ['contacts'], async (tx) => {
      alices = toHex((await tx.get('contacts', toAlice))?.write?.id as Uint8Array);
    });
    // Nothing reaches Bob, so that he writes where he always wrote.
    const kept: Put[] = [];
    server.fate = (put) => {
      if (put.mailbox === alices) return [put];
      kept.push(put);
      return [];
    };
    clock.skip(61 * DAY);
    await until(() => server.read.some((mailbox) => !before.has(mailbox)), MINUTE);
    await bob.send(toAlice, 'into the one before');
    await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'into the one before'));
    clock.skip(100 * DAY);
    await bob.send(toAlice, 'and again');
    await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'and again'));
    // Two fresh ones are waiting to be used, and no more come before they are.
    clock.skip(2 * HOUR);
    await bob.send(toAlice, 'and once more');
    await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'and once more'));
    expect(server.read.length).toBe(SETTLED + 2);
    server.fate = (put) => [put];
    for (const put of kept.splice(0)) server.deliver(put);
    await talk('two');
  });
});

describe('a live envelope through the fresh mailbox', () => {
  it('shows that the contact knows it, as any other does', async () => {
    await until(() => server.read.length === SETTLED);
    const readBy = async () => {
      let read: string[] = [];
      await changeRows(alice.database, ['contacts'], async (tx) => {
        const [contact] = await tx.list('contacts');
        read = (contact?.row.read ?? []).map(({ key }) => toHex(mailboxIdOf(key)));
      });
      return read;
    };
    // Nothing else comes through it.
    server.fate = () => [];
    clock.skip(61 * DAY);
    await clock.skipUntil(() => server.read.length === SETTLED + 2, MINUTE);
    await expect.poll(async () => (await readBy()).length).toBe(2);
    const [fresh, before] = (await readBy()) as [string, string];
    bob.stop();
    const envelopes: Uint8Array[] = [];
    await changeRows(bob.database, ['sessions'], async (tx) => {
      for (const { row } of await tx.list('sessions'))
        envelopes.push(
          sealLive(decodeSession(row.state), { attempt: 2 ** 40, counter: 0 }, new Uint8Array(1)),
        );
    });
    expect(server.read).toContain(before);
    server.deliverLive({ mailbox: fresh, envelope: envelopes[0] as Uint8Array });
    await until(() => !server.read.includes(before));
    expect(server.read).toContain(fresh);
  });
});

describe('a move to another server', () => {
  it('takes the contacts along once they agree, and until then they are heard at the old one', async () => {
    const other = await HostileServer.start();
    try {
      await alice.engine.handle({ type: 'change-settings', change: { server: other.url } });
      const moved = await bob.contact(({ moveTo }) => moveTo !== undefined);
      expect(moved.moveTo?.server).toBe(other.url);
      // Not agreed to: he writes where he wrote, and she hears him.
      await bob.send(toAlice, 'still at the old one');
      await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'still at the old one'));
      clock.skip(DAY);
      await bob.send(toAlice, 'a day later');
      await alice.conversation(toBob, (m) => m.some(({ text }) => text === 'a day later'));

      await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
      await talk('at the new one');
      expect(other.puts.length).toBeGreaterThan(0);
      // Bob's stay, and those to come back by.
      await until(() => server.read.length === SETTLED - 1);
      expect(other.read.length).toBe(1);
      await talk('for good');
    } finally {
      await other.stop();
    }
  });

  it('is over once the contact agrees, though they have nothing to say', async () => {
    const others = await Promise.all([HostileServer.start(), HostileServer.start()]);
    const moves = [
      { who: alice, contact: bob, contactId: toAlice, to: others[0] },
      { who: bob, contact: alice, contactId: toBob, to: others[1] },
    ];
    try {
      // Both, as one of the two tries to connect now and then, which tells as much.
      for (const [count, { who, contact, contactId, to }] of moves.entries()) {
        await who.engine.handle({ type: 'change-settings', change: { server: to.url } });
        await contact.contact(({ moveTo }) => moveTo !== undefined);
        // The receipt for that has gone where they write.
        await clock.pass(DAY);
        await contact.engine.handle({ type: 'allow-server', contactId, server: to.url });
        await until(() => server.read.length === SETTLED - 1 - count && to.read.length === 1);
      }
    } finally {
      await Promise.all(others.map((other) => other.stop()));
    }
  });

  it('goes on after a restart in its middle', async () => {
    const other = await HostileServer.start();
    try {
      await alice.engine.handle({ type: 'change-settings', change: { server: other.url } });
      await alice.restart();
      await bob.contact(({ moveTo }) => moveTo !== undefined);
      await bob.engine.handle({ type: 'allow-server', contactId: toAlice, server: other.url });
      await talk('after the restart');
      expect(other.puts.length).toBeGreaterThan(0);
    } finally {
      await other.stop();
    }
  });
});
