/** A network that holds back what was said, while its person goes on over another. */
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { buildSignal } from '../../signal/build.mjs';
import { startSignal } from '../../signal/launch/server.mjs';
import { layWire, type Wire } from '../../signal/testing/partition.ts';
import { Person } from './testing/person.ts';
import { SkipClock } from './testing/skip-clock.ts';

let server: Awaited<ReturnType<typeof startSignal>>;
let wire: Wire;
let alice: Person;
let bob: Person;
let clock: SkipClock;

beforeEach(async () => {
  await buildSignal();
  server = await startSignal();
  wire = await layWire(Number(new URL(server.origin).port));
  clock = new SkipClock();
  alice = await new Person('Alice', `http://127.0.0.1:${wire.port}`, clock).begin();
  bob = await new Person('Bob', server.origin, clock).begin();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([alice.engine.stop(), bob.engine.stop()]);
  await wire.close();
  await server.stop();
});

/** The network of the next socket of somebody's stalls at its first word; resolves with the socket. */
function stallNext(): Promise<WebSocket> {
  const send = WebSocket.prototype.send as (this: WebSocket, ...rest: unknown[]) => void;
  return new Promise((resolve) => {
    vi.spyOn(WebSocket.prototype, 'send').mockImplementationOnce(function (
      this: WebSocket,
      ...rest: unknown[]
    ) {
      wire.hold(() => true);
      send.apply(this, rest);
      resolve(this);
    });
  });
}

it('is not taken for another browser when it lets through what was said', async () => {
  const toAlice = await bob.accept(await alice.invite());
  const toBob = (await alice.contact(({ stage }) => stage === 'ready')).id;
  await alice.engine.stop();
  const stalled = stallNext();
  alice.renew();
  await alice.engine.start();
  const before = await stalled;
  await bob.send(toAlice, 'while it stalls');
  const heard = alice.conversation(toBob, (m) => m.length === 1);
  await clock.skipDuring(heard, 200);
  const ended = once(before, 'close');
  wire.release();
  await ended;
  expect((await alice.app(() => true)).server.state).toBe('online');
  await bob.send(toAlice, 'after it');
  await alice.conversation(toBob, (m) => m.length === 2);
});
