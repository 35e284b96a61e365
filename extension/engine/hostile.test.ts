import { decodeIdentityKeys, publicIdentity } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleOf } from './testing/bundle.ts';
import { mischief } from './testing/mischief.ts';
import { Person } from './testing/person.ts';
import { changeRows } from './testing/rows.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let two: TwoContacts;
let { server, alice, bob, toAlice, toBob } = {} as TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
  ({ server, alice, bob, toAlice, toBob } = two);
});

afterEach(() => two.end());

describe('a hostile server', () => {
  it.each([1, 2, 3])(
    'causes delay and nothing else, whatever it does to envelopes (run %i)',
    async (seed) => {
      const { turnHonest } = mischief(server, seed);
      const fromAlice = Array.from({ length: 12 }, (_, i) => `secret of Alice ${i}`);
      const fromBob = Array.from({ length: 12 }, (_, i) => `secret of Bob ${i}`);
      for (let i = 0; i < 12; i++) {
        await alice.send(toBob, fromAlice[i] as string);
        await bob.send(toAlice, fromBob[i] as string);
      }
      // The server turns honest: one more word each way shows what is missing, and it comes.
      turnHonest();
      fromAlice.push('the last of Alice');
      await alice.send(toBob, 'the last of Alice');
      fromBob.push('the last of Bob');
      await bob.send(toAlice, 'the last of Bob');

      const atBob = await bob.conversation(toAlice, (m) => m.length === 26);
      const atAlice = await alice.conversation(toBob, (m) => m.length === 26);
      for (const messages of [atBob, atAlice]) {
        const mine = messages === atBob ? fromBob : fromAlice;
        const theirs = messages === atBob ? fromAlice : fromBob;
        const said = (from: 'me' | 'them') =>
          messages.filter((one) => one.from === from).map(({ text }) => text);
        expect(said('me')).toEqual(mine);
        expect(said('them')).toEqual(theirs);
      }
      const ids = (messages: typeof atAlice) => messages.map(({ id }) => id);
      expect(ids(atAlice)).toEqual(ids(atBob));
      expect((await alice.app(() => true)).contacts.map(({ name }) => name)).toEqual(['Bob']);
      for (const { envelope } of server.puts) {
        expect(new TextDecoder('latin1').decode(envelope)).not.toContain('secret');
      }
    },
  );

  it('that swallows a message leaves it without the mark of delivery', async () => {
    server.fate = () => [];
    await alice.send(toBob, 'Are you there?');
    const [sent] = await alice.conversation(toBob, (m) => m[0]?.delivery?.state === 'sent');
    expect(sent?.delivery).toEqual({ state: 'sent' });
    expect((await bob.contact()).last).toBeUndefined();
  });

  it('can invent neither messages nor live envelopes', async () => {
    for (const mailbox of server.read) {
      for (const size of [1, 37, 1024, 4096, 9000]) {
        const envelope = crypto.getRandomValues(new Uint8Array(size));
        server.deliver({ mailbox, envelope });
        server.deliverLive({ mailbox, envelope });
      }
    }
    await alice.send(toBob, 'after the noise');
    const heard = await bob.conversation(toAlice, (m) => m.length === 1);
    expect(heard[0]?.text).toBe('after the noise');
    const noisy = await bob.contact(({ quarantined }) => quarantined > 0);
    await bob.engine.handle({ type: 'clear-quarantine', contactId: noisy.id });
    expect((await bob.contact()).quarantined).toBe(0);
  });

  it('shows the people neither who they are nor what they are called', async () => {
    await alice.send(toBob, 'hello');
    await bob.conversation(toAlice, (m) => m.length === 1);
    expect(server.puts.length).toBeGreaterThan(3);
    const keys: string[] = [];
    for (const { database } of [alice, bob]) {
      await changeRows(database, ['profile'], async (tx) => {
        for (const { row } of await tx.list('profile')) {
          const { signKey, agreeKey } = publicIdentity(decodeIdentityKeys(row.identity));
          for (const key of [signKey, agreeKey]) keys.push(new TextDecoder('latin1').decode(key));
        }
      });
    }
    expect(keys).toHaveLength(4);
    for (const { envelope } of server.puts) {
      const text = new TextDecoder('latin1').decode(envelope);
      expect(text).not.toContain('Alice');
      expect(text).not.toContain('Bob');
      expect(text).not.toContain('profile');
      for (const key of keys) expect(text).not.toContain(key);
    }
  });

  it('that hands one invite to two lets one of them in', async () => {
    const carol = await new Person('Carol', server.url).begin();
    const dave = await new Person('Dave', server.url).begin();
    try {
      const link = await alice.invite();
      const bundle = bundleOf(server, link);
      await carol.accept(link);
      await alice.contact(({ name }) => name === 'Carol');
      server.deliver(bundle);
      await dave.accept(link);
      await alice.contact(({ quarantined }) => quarantined > 0);
      expect((await dave.contact()).stage).toBe('waiting');
      expect((await alice.app(() => true)).contacts.map(({ name }) => name).sort()).toEqual(['Bob', 'Carol']);
      // What would open a handshake is gone from the disk as well.
      await changeRows(alice.database, ['invites'], async (tx) => {
        for (const { row } of await tx.list('invites')) expect(row.keys).toHaveLength(0);
      });
    } finally {
      carol.stop();
      dave.stop();
    }
  });
});
