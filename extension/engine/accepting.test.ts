import { createInvite, mailboxIdOf, newIdentity } from '@aside/wasm-crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inviteLink } from './address.ts';
import { toHex } from './encoding.ts';
import { bundleOf } from './testing/bundle.ts';
import type { Put } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';
import { wordsKindOf } from './testing/words-kind.ts';

let clock: SkipClock;
let two: TwoContacts;

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
});

afterEach(() => two.end());

/** An invite of hers, with its bundle as it lies at the server. */
async function invite(): Promise<{ readonly link: string; readonly bundle: Put }> {
  const { alice, server } = two;
  const link = await alice.invite();
  return { link, bundle: bundleOf(server, link) };
}

const isThere = ({ mailbox, envelope }: Put) => two.server.keeps(mailbox, envelope);

it('leaves no bundle of two invites of one person, where the first one’s goes late', async () => {
  const { alice, bob, server } = two;
  const [first, second] = [await invite(), await invite()];
  // She would take them away herself.
  alice.stop();
  // The server lets Bob look into a rendezvous, and for a while not into it again.
  const looks = new Map<string, number>();
  const shut = new Set([first.bundle.mailbox, second.bundle.mailbox]);
  server.refuseOpening = (mailbox) => {
    const count = (looks.get(mailbox) ?? 0) + 1;
    looks.set(mailbox, count);
    return count > 1 && shut.has(mailbox) ? 'server-busy' : undefined;
  };
  const accept = ({ link }: typeof first) => clock.skipDuring(bob.accept(link), 500);
  await accept(first);
  await accept(second);
  expect([first, second].map(({ bundle }) => isThere(bundle))).toEqual([true, true]);
  shut.delete(first.bundle.mailbox);
  await clock.skipUntil(() => !isThere(first.bundle) && !server.read.includes(first.bundle.mailbox), 1000);
  // Behind what Bob notes of it.
  await bob.send(two.toAlice, 'both taken');
  await bob.restart();
  shut.delete(second.bundle.mailbox);
  await clock.skipUntil(() => !isThere(second.bundle), 1000);
});

it.each(['http://other.example', 'https://other.example/\u202egnp', 'nowhere'])(
  'accepts no invite whose maker says in it that they read at %s',
  async (place) => {
    const { bob, server } = two;
    const expires = Math.floor(clock.now() / 1000) + 3600;
    const reply = { id: new Uint8Array(32), server: place };
    const made = createInvite({ me: newIdentity(), expires, reply });
    const rendezvous = toHex(mailboxIdOf(made.rendezvousKey));
    server.deliver({ mailbox: rendezvous, envelope: made.bundle });
    const accepted = bob.accept(inviteLink(server.url, made.text));
    await expect(accepted).rejects.toMatchObject({ code: 'invite-used-or-withdrawn' });
    expect((await bob.app(() => true)).contacts).toHaveLength(1);
  },
);

it('accepts no invite of somebody whose keys do not vouch for one another, and starts again after it', async () => {
  const { bob, server } = two;
  const expires = Math.floor(clock.now() / 1000) + 3600;
  const reply = { id: new Uint8Array(32), server: server.url };
  const me = newIdentity();
  const identity = { ...me.identity, signature: new Uint8Array(64) };
  const made = createInvite({ me: { ...me, identity }, expires, reply });
  server.deliver({ mailbox: toHex(mailboxIdOf(made.rendezvousKey)), envelope: made.bundle });
  const accepted = bob.accept(inviteLink(server.url, made.text));
  await expect(accepted).rejects.toMatchObject({ code: 'invite-used-or-withdrawn' });
  await bob.restart();
  expect((await bob.app(() => true)).contacts).toHaveLength(1);
});

it('takes the bundle away once the answer is at the server, and not before, a restart between them either', async () => {
  const { alice, bob, server } = two;
  const { link, bundle } = await invite();
  // She would take it away herself.
  alice.stop();
  let refused = 0;
  server.refuse = () => {
    refused++;
    return 'server-busy';
  };
  await clock.skipDuring(bob.accept(link), 500);
  expect(isThere(bundle)).toBe(true);
  await bob.restart();
  const before = refused;
  await clock.skipUntil(() => refused > before, 500);
  await clock.pass(1000);
  // Whoever lost both would have taken an invite that nobody has answered.
  expect(isThere(bundle)).toBe(true);
  server.refuse = () => undefined;
  await clock.skipUntil(() => !isThere(bundle), 500);
});

it.each(['a link', 'words'])(
  'leaves what is over to the maker of an invite by %s, who sees to it',
  async (by) => {
    const { alice, server } = two;
    const others = new Set(server.read);
    const carol = await new Person('Carol', server.url, clock).begin();
    const puts: Put[] = [];
    server.fate = (put) => {
      // The bundle, and then the answer, behind which nothing more is heard of her.
      if (!others.has(put.mailbox) && wordsKindOf(put.envelope) === undefined) puts.push(put);
      if (puts.length === 2) carol.stop();
      return [put];
    };
    const accepting =
      by === 'a link' ? carol.accept(await alice.invite()) : carol.acceptWords(await alice.words());
    accepting.catch(() => {});
    await clock.skipUntil(() => puts.length > 1, 500);
    const [bundle] = puts as [Put];
    expect(isThere(bundle)).toBe(true);
    await clock.skipUntil(() => !isThere(bundle), 1000);
    await clock.skipUntil(async () => (await rowsOf(alice, 'invites')).length === 0, 1000);
    await alice.contact(({ name }) => name === 'Carol');
  },
);

it('reads where the answer goes before its maker can answer, on a socket that comes back too', async () => {
  const { alice, server } = two;
  const known = new Set(server.read);
  const carol = await new Person('Carol', server.url, clock).begin();
  try {
    const link = await alice.invite();
    const [reply] = server.read.filter((mailbox) => !known.has(mailbox));
    /** What is read whenever something comes for her invite. */
    const read: string[][] = [];
    server.refuse = ({ mailbox }) => {
      if (mailbox !== reply || read.push(server.read) > 1) return undefined;
      server.dropAll();
      return 'server-busy';
    };
    const comes = alice.contact(({ name }) => name === 'Carol');
    await clock.skipDuring(Promise.all([carol.accept(link), comes]), 1000);
    const [contact] = await rowsOf(carol, 'contacts');
    const own = toHex(mailboxIdOf(contact?.read[0]?.key as Uint8Array));
    expect(read).toEqual([expect.arrayContaining([own]), expect.arrayContaining([own])]);
  } finally {
    carol.stop();
  }
});

it.each(['stay', 'restart'])(
  'is told the name by who made it, though their server did not know the mailbox at first (%s)',
  async (then) => {
    const { alice, server } = two;
    const known = new Set(server.read);
    let refused = 0;
    const carol = await new Person('Carol', server.url, clock).begin();
    try {
      const link = await alice.invite();
      const hers = new Set([...known, ...server.read]);
      server.refuse = ({ mailbox }) => {
        if (hers.has(mailbox) || refused > 0) return undefined;
        refused++;
        return 'mailbox-unknown';
      };
      await carol.accept(link);
      await alice.contact(({ name }) => name === 'Carol');
      await expect.poll(() => refused).toBe(1);
      if (then === 'restart') await alice.restart();
      await clock.skipDuring(
        carol.contact(({ name }) => name === 'Alice'),
        1000,
      );
    } finally {
      carol.stop();
    }
  },
);
