import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startSignal } from '../../signal/launch/server.mjs';
import type { InviteView } from '../bridge/types/snapshots.ts';
import { Transaction } from './storage/database.ts';
import type { InviteRow } from './storage/rows.ts';
import { HandClock } from './testing/hand-clock.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';

let server: Awaited<ReturnType<typeof startSignal>>;
const everybody: Person[] = [];

async function person(name: string): Promise<Person> {
  const made = await new Person(name, server.origin).begin();
  everybody.push(made);
  return made;
}

beforeAll(async () => {
  server = await startSignal({});
});

afterAll(async () => {
  for (const one of everybody) one.stop();
  await server.stop();
});

describe('two people', () => {
  it('become contacts by an invite and talk through the mailbox', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const link = await alice.invite();
    expect(link.length).toBeLessThan(120);
    const toAlice = await bob.accept(link);
    await bob.send(toAlice, 'Hello Alice');
    const fromBob = await alice.contact(({ name }) => name === 'Bob');
    const heard = await alice.conversation(fromBob.id, (messages) => messages.length === 1);
    expect(heard.map(({ text, from }) => [text, from])).toEqual([['Hello Alice', 'them']]);
    await alice.send(fromBob.id, 'Hello Bob');
    const both = await bob.conversation(
      toAlice,
      (messages) => messages.length === 2 && messages[0]?.delivery?.state === 'delivered',
    );
    expect(both.map(({ text, from }) => [text, from])).toEqual([
      ['Hello Alice', 'me'],
      ['Hello Bob', 'them'],
    ]);
    const known = await bob.contact(({ stage }) => stage === 'ready');
    expect(known.name).toBe('Alice');
    expect(known.safety).toEqual(fromBob.safety);
    expect((await alice.app(({ invites }) => invites.length === 0)).invites).toEqual([]);
  });

  it('lose nothing while one of them is away and the server restarts', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const toAlice = await bob.accept(await alice.invite());
    const fromBob = await alice.contact(({ name }) => name === 'Bob');
    await bob.contact(({ stage }) => stage === 'ready');
    bob.stop();
    const texts = Array.from({ length: 10 }, (_, i) => `message ${i}`);
    for (const text of texts) await alice.send(fromBob.id, text);
    await alice.conversation(fromBob.id, (messages) =>
      messages.every(({ delivery }) => delivery?.state === 'sent'),
    );
    await bob.restart();
    const read = await bob.conversation(toAlice, (messages) => messages.length >= 10);
    expect(read.map(({ text }) => text)).toEqual(texts);
    const seen = await alice.conversation(fromBob.id, (messages) =>
      messages.every(({ delivery }) => delivery?.state === 'delivered'),
    );
    expect(seen.length).toBe(10);
    await expect.poll(() => bob.badge).toBe(10);
    expect(bob.news.filter(({ about }) => about === 'message').length).toBeGreaterThan(0);
  });
});

describe('an invite', () => {
  it('leaves none of its one-time keys on the disk once it is used or withdrawn', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const link = await alice.invite();
    await alice.invite();
    const { invites } = await alice.app(({ invites }) => invites.length === 2);
    const other = invites.find((one) => one.link !== link)?.id as string;
    const put = vi.spyOn(Transaction.prototype, 'put');
    try {
      await bob.accept(link);
      await alice.contact(({ name }) => name === 'Bob');
      await alice.engine.handle({ type: 'withdraw-invite', inviteId: other });
      const rows = put.mock.calls.flatMap(([table, , row]) =>
        table === 'invites' ? [row as InviteRow] : [],
      );
      const spent = rows.filter(({ state }) => state === 'spent');
      expect(spent.map(({ keys }) => keys.length)).toEqual([0, 0]);
    } finally {
      put.mockRestore();
    }
  });

  it('is placed at once where the server was to be tried again later', async () => {
    const nearby = await HostileServer.start();
    // Time stands still: nothing is tried again by itself.
    const alice = await new Person('Alice', nearby.url, new HandClock()).begin();
    try {
      await alice.app(({ server }) => server.state === 'online');
      nearby.dropAll();
      await alice.app(({ server }) => server.state === 'unreachable');
      await alice.invite();
    } finally {
      alice.stop();
      await nearby.stop();
    }
  });

  it('tells its maker who took it, also where it is somebody whom they know', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    for (const _ of ['new', 'known']) {
      const link = await alice.invite();
      const { invites } = await alice.app(() => true);
      const { id } = invites.find((one) => one.link === link) as InviteView;
      await bob.accept(link);
      const { contacts, taken } = await alice.app(({ invites }) => invites.length === 0);
      expect(contacts).toHaveLength(1);
      const taker = { id, contactId: contacts[0]?.id };
      expect(taken.at(-1)).toEqual(taker);
      await alice.restart();
      expect((await alice.app(() => true)).taken).toEqual([taker]);
    }
    const words = await alice.words();
    const { id } = await alice.spoken('open');
    await bob.acceptWords(words);
    const { contacts, taken } = await alice.app(({ spoken }) => spoken === undefined);
    expect(taken.find((one) => one.id === id)?.contactId).toBe(contacts[0]?.id);
  });

  it('works once, and says what the client knows', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const carol = await person('Carol');
    const link = await alice.invite();
    await bob.accept(link);
    await alice.contact(({ name }) => name === 'Bob');
    await expect(carol.accept(link)).rejects.toMatchObject({ code: 'invite-used-or-withdrawn' });
    await expect(alice.accept(await alice.invite())).rejects.toMatchObject({ code: 'invite-own' });
    const damaged = `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`;
    await expect(carol.accept(damaged)).rejects.toMatchObject({ code: 'invite-damaged' });
  });

  it('is known from a link that has lost it, and from no link', async () => {
    const alice = await person('Alice');
    const read = (text: string) => alice.engine.handle({ type: 'read-invite', text });
    const [page] = (await alice.invite()).split('#');
    for (const cut of [`${page}#`, `${page}`, ' HTTPS://chat.example.org '])
      await expect(read(cut)).rejects.toMatchObject({ code: 'invite-cut' });
    await expect(read(' ')).rejects.toMatchObject({ code: 'invite-missing' });
    await expect(read('Alice')).rejects.toMatchObject({ code: 'invite-damaged' });
    await expect(read(`${page}#Alice`)).rejects.toMatchObject({ code: 'invite-damaged' });
  });

  it('is found in a message that was pasted whole, and in none that holds two', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const read = (text: string) => bob.engine.handle({ type: 'read-invite', text });
    const link = await alice.invite();
    for (const around of [`Hi Bob!\nOpen this: ${link}, and say hello.`, `<${link}>`, `(${link})\n${link}`])
      expect(await read(around)).toMatchObject({ link });
    await expect(read(`${link} or ${await alice.invite()}`)).rejects.toMatchObject({
      code: 'invite-damaged',
    });
    expect(await bob.accept(`Hi Bob! ${link}`)).toMatch(/./);
  });

  it('is known as my own before anybody is asked to accept it', async () => {
    const alice = await person('Alice');
    const text = await alice.invite();
    await expect(alice.engine.handle({ type: 'read-invite', text })).rejects.toMatchObject({
      code: 'invite-own',
    });
  });

  it('can be accepted while the inviter is offline', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const link = await alice.invite();
    alice.stop();
    const toAlice = await bob.accept(link);
    expect((await bob.contact()).stage).toBe('waiting');
    await bob.send(toAlice, 'one');
    await bob.send(toAlice, 'two');
    await alice.restart();
    const fromBob = await alice.contact(({ name }) => name === 'Bob');
    const heard = await alice.conversation(fromBob.id, (messages) => messages.length === 2);
    expect(heard.map(({ text }) => text)).toEqual(['one', 'two']);
    await bob.contact(({ stage }) => stage === 'ready');
  });

  it('does not work after it was withdrawn', async () => {
    const alice = await person('Alice');
    const bob = await person('Bob');
    const link = await alice.invite();
    const { invites } = await alice.app((s) => s.invites.length === 1);
    await alice.engine.handle({ type: 'withdraw-invite', inviteId: invites[0]?.id as string });
    await expect(bob.accept(link)).rejects.toMatchObject({ code: 'invite-used-or-withdrawn' });
  });
});
