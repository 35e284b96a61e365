import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';

/** Alice reads at one server, Bob at another; each server remembers who came and what was put there. */
let hers: HostileServer;
let his: HostileServer;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  [hers, his] = await Promise.all([HostileServer.start(), HostileServer.start()]);
  alice = await new Person('Alice', hers.url).begin();
  bob = await new Person('Bob', his.url).begin();
});

afterEach(async () => {
  alice.stop();
  bob.stop();
  await Promise.all([hers.stop(), his.stop()]);
});

const allow = (server: string, contactId: string) =>
  alice.engine.handle({ type: 'allow-server', contactId, server });

describe('who accepts my invite and reads at another server', () => {
  it('gets nothing from me, and their server sees nothing of me, until I allow it', async () => {
    const toAlice = await bob.accept(await alice.invite());
    await bob.send(toAlice, 'It is me');
    const contact = await alice.contact(({ name }) => name === 'Bob');
    await alice.conversation(contact.id, (m) => m.length === 1);
    expect(contact.moveTo).toEqual({ server: his.url, held: true });
    expect(contact.connection).toEqual({ state: 'offline' });
    await alice.send(contact.id, 'Is it you?');
    await alice.restart();
    await alice.app(({ server }) => server.state === 'online');
    // What she reads at her own server arrives; his has had no other visitor than himself.
    await bob.send(toAlice, 'Hello?');
    const heard = await alice.conversation(contact.id, (m) => m.length === 3);
    expect(heard.find(({ from }) => from === 'me')?.delivery).toEqual({ state: 'waiting' });
    expect(his.visits).toBe(1);
    expect(his.puts).toEqual([]);

    await allow('https://another.example', contact.id);
    expect((await alice.contact()).moveTo).toEqual({ server: his.url, held: true });
    await allow(his.url, contact.id);
    await bob.conversation(toAlice, (m) => m.some(({ text }) => text === 'Is it you?'));
    expect(await alice.contact(({ stage }) => stage === 'ready')).not.toHaveProperty('moveTo');
    expect((await bob.contact(({ stage }) => stage === 'ready')).server).toBe(hers.url);

    // It is remembered for him.
    await alice.restart();
    await alice.send(contact.id, 'Good');
    await bob.conversation(toAlice, (m) => m.at(-1)?.text === 'Good');
  });

  it('is followed without a question where I read at that server myself', async () => {
    await alice.engine.handle({ type: 'change-settings', change: { server: his.url } });
    const toAlice = await bob.accept(await alice.invite());
    const contact = await alice.contact(({ name }) => name === 'Bob');
    expect(contact).not.toHaveProperty('moveTo');
    await alice.send(contact.id, 'Here too');
    await bob.conversation(toAlice, (m) => m.length === 1);
  });
});
