import {
  createInvite,
  decodeIdentityKeys,
  mailboxIdOf,
  newIdentity,
  newRecoveryKeys,
  publicIdentity,
  sealRecoveryBundle,
} from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inviteLink } from './address.ts';
import { encodeNote } from './content.ts';
import { toHex } from './encoding.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';

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

/** The row of somebody's one contact. */
async function contactOf(person: Person) {
  const [contact] = await rowsOf(person, 'contacts');
  if (contact === undefined) throw new Error('nobody is there');
  return contact;
}

async function keysOf(person: Person) {
  const [profile] = await rowsOf(person, 'profile');
  if (profile === undefined) throw new Error('nobody is there');
  return decodeIdentityKeys(profile.identity);
}

/**
 * Alice is asked about his server, which has seen so many others and not her, also after a restart and when she has
 * written something.
 */
async function isAsked(contactId: string, others: number): Promise<void> {
  await alice.contact(({ moveTo }) => moveTo?.server === his.url);
  await alice.send(contactId, 'Where are you?');
  await alice.restart();
  await alice.app(({ server }) => server.state === 'online');
  expect((await alice.contact()).moveTo?.server).toBe(his.url);
  expect(his.visits).toBe(others);
  expect(his.puts).toEqual([]);
}

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
    // Nor is anything put there that would bring the two together again, were one of them back from a copy.
    for (const mailbox of hers.read)
      hers.deliver({ mailbox, envelope: crypto.getRandomValues(new Uint8Array(4161)).with(0, 1) });
    await expect.poll(async () => (await contactOf(alice)).recovery.mine !== undefined).toBe(true);
    await alice.restart();
    await alice.app(({ server }) => server.state === 'online');
    expect(his.visits).toBe(1);

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

describe('a server that I have not agreed to', () => {
  let carol: Person;
  let toCarol: string;

  beforeEach(async () => {
    carol = await new Person('Carol', hers.url).begin();
  });

  afterEach(() => carol.stop());

  async function meetCarol(): Promise<void> {
    await carol.accept(await alice.invite());
    toCarol = (await alice.contact(({ name }) => name === 'Carol')).id;
    await carol.contact(({ stage }) => stage === 'ready');
  }

  it('sees nothing of me when a contact moves there', async () => {
    await meetCarol();
    await carol.engine.handle({ type: 'change-settings', change: { server: his.url } });
    // Bob and Carol read there.
    await isAsked(toCarol, 2);
  });

  it('sees nothing of me when the maker of an invite that I accept reads there', async () => {
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const made = createInvite({
      me: newIdentity(),
      expires,
      reply: { id: new Uint8Array(32), server: his.url },
    });
    hers.deliver({ mailbox: toHex(mailboxIdOf(made.rendezvousKey)), envelope: made.bundle });
    await isAsked(await alice.accept(inviteLink(hers.url, made.text)), 1);
  });

  it('sees nothing of me when a contact comes back from a copy and reads there', async () => {
    await meetCarol();
    carol.stop();
    const { ways } = (await contactOf(carol)).recovery;
    const [way] = ways;
    if (way === undefined) throw new Error('there is no way back');
    const pair = {
      me: await keysOf(carol),
      peer: publicIdentity(await keysOf(alice)),
      recovery: way.secret,
    };
    const note = encodeNote({ v: 1, mailbox: { id: '00'.repeat(32), server: his.url } });
    const envelope = sealRecoveryBundle(pair, newRecoveryKeys(way.generation + 1), note);
    hers.deliver({ mailbox: toHex(way.write.id), envelope });
    await isAsked(toCarol, 1);
  });
});
