/** A computer's clock was hours ahead and is put right: what it said then must not make it mute now. */
import { mailboxIdOf } from '@aside/wasm-crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { toHex } from './encoding.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { changeRows, rowsOf } from './testing/rows.ts';
import { SkipClock } from './testing/skip-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

/** Milliseconds. */
const AHEAD = 3 * 3600 * 1000;

let server: HostileServer;
let clock: SkipClock;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  server = await HostileServer.start();
  server.liveFate = (put) => [put];
  clock = new SkipClock();
  clock.skip(AHEAD);
  alice = await new Person('Alice', server.url, clock).begin();
  bob = await new Person('Bob', server.url).begin();
});

afterEach(async () => {
  alice.stop();
  bob.stop();
  await server.stop();
});

/** Whoever waits for the next offer that Bob's connection takes. */
let heard: () => void = () => {};
const nextOffer = () =>
  new Promise<void>((resolve) => {
    heard = resolve;
  });

const silent = { isOpen: false, hasRemote: false, repeat() {}, close() {} };

describe('a clock that goes back by a year', () => {
  const HOUR = 3600_000;
  const DAY = 24 * HOUR;
  const YEAR = 365 * DAY;
  let two: TwoContacts;

  beforeEach(async () => {
    clock = new SkipClock();
    two = await twoContacts(clock);
    two.server.retention = 14 * 24 * 3600;
  });
  afterEach(() => two.end());

  const read = async () => {
    const [contact] = await rowsOf(two.alice, 'contacts');
    return (contact?.read ?? []).map(({ key }) => toHex(mailboxIdOf(key)));
  };

  it('leaves no mailbox to be read for all that time', async () => {
    const [first] = await read();
    clock.put(-YEAR);
    await clock.skipUntil(async () => (await read())[0] !== first, HOUR / 2);
    await two.bob.send(two.toAlice, 'hello');
    await two.alice.conversation(two.toBob, (m) => m.length === 1);
    await clock.pass(1000);
    clock.put(-YEAR);
    await clock.skipUntil(async () => !(await read()).includes(first as string), HOUR / 2);
    expect(clock.now()).toBeLessThan(Date.now() - 2 * YEAR + 2 * DAY);
  });

  it('leaves the keys of the session before for a day, not for all that time', async () => {
    const { alice, bob, toAlice, toBob } = two;
    const isKept = async () => (await rowsOf(alice, 'sessions')).some(({ earlier }) => earlier !== undefined);
    const say = async (text: string) => {
      await bob.send(toAlice, text);
      await clock.skipDuring(
        alice.conversation(toBob, (m) => m.at(-1)?.text === text),
        100,
      );
    };
    await bob.accept(await alice.invite());
    await say('in another session');
    expect(await isKept()).toBe(true);
    clock.put(-YEAR);
    await say('by a clock that is right');
    expect(await isKept()).toBe(true);
    await clock.pass(DAY + HOUR);
    await say('a day later');
    expect(await isKept()).toBe(false);
  });

  it('offers a back-up after the week for which there was to be none', async () => {
    await two.alice.engine.handle({ type: 'backup-not-now' });
    expect((await two.alice.app(() => true)).backup.offered).toBe(false);
    clock.put(-YEAR);
    expect((await two.alice.app(() => true)).backup.offered).toBe(true);
  });

  it('puts a bundle to come back by there again, as a server may have dropped it', async () => {
    await two.bob.engine.stop();
    const known = new Set(two.server.puts.map(({ mailbox }) => mailbox));
    const bundles = () => two.server.puts.filter(({ mailbox }) => !known.has(mailbox)).length;
    await two.alice.engine.stop();
    await changeRows(two.alice.database, ['contacts'], async (tx) => {
      for (const { key, row } of await tx.list('contacts'))
        tx.put('contacts', key, { ...row, recovery: { ...row.recovery, suspect: true } });
    });
    two.alice.renew();
    await two.alice.engine.start();
    await clock.skipUntil(() => bundles() === 1, 100);
    await clock.pass(1000);
    clock.put(-YEAR);
    await clock.pass(HOUR + 1);
    expect(bundles()).toBe(2);
  });
});

describe('a clock that goes back', () => {
  it('takes no invite away, however far', async () => {
    const link = await alice.invite();
    // A battery is empty, and the computer begins in the year in which it was made.
    clock.skip(-2000 * AHEAD);
    await alice.restart();
    const toAlice = await bob.accept(link);
    await bob.contact(({ id, stage }) => id === toAlice && stage === 'ready');
  });

  it('does not stop the connections of whoever comes back after it', async () => {
    alice.makePeer = ({ signal }: PeerOptions) => {
      queueMicrotask(() => signal({ kind: 'offer', sdp: 'sdp' }));
      return silent as unknown as Peer;
    };
    const accept = async () => {
      heard();
      return 'taken';
    };
    bob.makePeer = () => ({ ...silent, accept }) as unknown as Peer;
    const toAlice = await bob.accept(await alice.invite());
    const toBob = (await alice.contact(({ name }) => name === 'Bob')).id;
    // Whom one writes to may learn one's address.
    await alice.send(toBob, 'hello');
    await bob.send(toAlice, 'hello');
    await alice.conversation(toBob, (m) => m.length === 2);
    const first = nextOffer();
    alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {});
    await first;
    await alice.send(toBob, 'while the clock was ahead');
    await bob.conversation(toAlice, (m) => m.length === 3);
    clock.skip(-AHEAD);
    const second = nextOffer();
    await alice.restart();
    alice.engine.watch({ topic: 'conversation', contactId: toBob, limit: 1 }, () => {});
    await second;
  });
});
