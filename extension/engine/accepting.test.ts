import { mailboxIdOf, rendezvousKey } from '@aside/wasm-crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toHex } from './encoding.ts';
import { readPasted } from './read-invite.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let clock: SkipClock;
let two: TwoContacts;

beforeEach(async () => {
  clock = new SkipClock();
  two = await twoContacts(clock);
});

afterEach(() => two.end());

it('leaves no bundle of two invites of one person, where the first one’s goes late', async () => {
  const { alice, bob, server } = two;
  const invite = async () => {
    const link = await alice.invite();
    const { invite } = readPasted(link, server.url, clock.now());
    const mailbox = toHex(mailboxIdOf(rendezvousKey(invite)));
    // Not the last that came: a receipt of hers may be later.
    return {
      link,
      bundle: server.puts.find((put) => put.mailbox === mailbox) as (typeof server.puts)[number],
    };
  };
  const isThere = ({ mailbox, envelope }: (typeof server.puts)[number]) => server.keeps(mailbox, envelope);
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
  const accept = async ({ link }: typeof first) => {
    let done = false;
    const accepting = bob.accept(link).then(() => {
      done = true;
    });
    await clock.skipUntil(() => done, 500);
    await accepting;
  };
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
