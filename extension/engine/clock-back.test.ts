/** A computer's clock was hours ahead and is put right: what it said then must not make it mute now. */
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Peer, PeerOptions } from './connections/peer.ts';
import { HostileServer } from './testing/hostile-server.ts';
import { Person } from './testing/person.ts';
import { SkipClock } from './testing/skip-clock.ts';

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
