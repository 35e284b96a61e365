import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { type Signal, startSignal } from '../launch/server.mjs';
import { LIMITS } from '../src/limits.ts';
import { nameOf } from '../src/mailbox-name.ts';
import { envelopesKey, mailboxKey } from '../src/store/redis/names.ts';
import { KINDS, startRedis, type TestRedis } from '../testing/redis.ts';
import { bytes, newMailbox, TestClient, text } from './client.ts';

beforeAll(async () => {
  await buildSignal();
});

const ready = async (server: Signal) => (await fetch(`${server.origin}/readyz`)).status;

/** Real servers over a real Redis, by their front doors. */
describe.each(KINDS)('two servers over one %s', (kind) => {
  let redis: TestRedis;
  let a: Signal;
  let b: Signal;
  const node = () => startSignal({ env: { REDIS_URLS: redis.url } });
  beforeAll(async () => {
    redis = await startRedis({ kind });
    [a, b] = await Promise.all([node(), node()]);
  });
  afterAll(async () => {
    await Promise.all([a.stop(), b.stop()]);
    await redis.stop();
  });

  it('are one server to two people, stored and live', async () => {
    const [alice, bob] = [await TestClient.connect(a.url), await TestClient.connect(b.url)];
    const box = newMailbox();
    await bob.open(box);
    expect(await alice.send(box, 'stored')).toBe('stored');
    expect(text((await bob.frames('deliver', 1))[0]!.envelope)).toBe('stored');
    const live = { type: 'live', mailbox: box.mailbox, envelope: new Uint8Array([1, 2, 3]) } as const;
    expect(await alice.ask(live)).toBe('passed');
    expect((await bob.frames('deliver-live', 1))[0]!.envelope).toEqual(live.envelope);
    expect(await bob.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 })).toBe('removed');
    // The same person in another browser, which comes to the other server.
    const second = await TestClient.connect(a.url);
    expect(await second.open(box)).toMatchObject({ type: 'opened', waiting: 0 });
    expect((await bob.frames('taken', 1))[0]!.mailbox).toEqual(box.mailbox);
    await Promise.all([alice.close(), bob.close(), second.close()]);
  });

  it('say of nothing that it is removed to whom it is taken from, also where that was not heard', async () => {
    const bob = await TestClient.connect(b.url);
    const box = newMailbox();
    await bob.open(box);
    expect(await bob.send(box, 'for whoever reads it now')).toBe('stored');
    await bob.frames('deliver', 1);
    // As another server opens it, whose word is lost.
    const key = mailboxKey(nameOf(box.mailbox));
    await redis.cli('HINCRBY', key, 'e', '1');
    expect(await bob.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 })).toMatchObject({
      type: 'refused',
      reason: 'not-open',
    });
    expect((await bob.frames('taken', 1))[0]!.mailbox).toEqual(box.mailbox);
    expect(await redis.cli('XLEN', envelopesKey(key))).toBe('1');
    await bob.close();
  });

  it('lose nothing that was answered stored when one is killed in the midst of it', async () => {
    const box = newMailbox();
    const doomed = await node();
    const sender = await TestClient.connect(doomed.url);
    await sender.open(box);
    await sender.ask({ type: 'close', mailbox: box.mailbox });
    const stored: string[] = [];
    const sends = Array.from({ length: 900 }, (_, n) =>
      sender.send(box, `${n} ${'x'.repeat(1000)}`).then(
        (answer) => {
          if (answer === 'stored' && stored.push(`${n}`) === 50) void doomed.kill();
        },
        () => {},
      ),
    );
    await Promise.all([sender.closed, ...sends]);
    const reader = await TestClient.connect(b.url);
    const opened = await reader.open(box);
    const waiting = typeof opened === 'object' && opened.type === 'opened' ? opened.waiting : 0;
    const found: string[] = [];
    while (found.length < waiting) {
      const delivered = await reader.frames('deliver', found.length + 1);
      found.push(...delivered.slice(found.length).map(({ envelope }) => text(envelope).split(' ')[0]!));
      reader.say({ type: 'ack', mailbox: box.mailbox, sequence: found.length });
    }
    expect(stored.length).toBeGreaterThanOrEqual(50);
    expect(found).toEqual(expect.arrayContaining(stored));
    expect(new Set(found).size).toBe(found.length);
    await reader.close();
  });

  it('say that they are not ready while Redis is gone, refuse with “try again”, and go on when it is back', async () => {
    const [alice, bob] = [await TestClient.connect(a.url), await TestClient.connect(b.url)];
    const box = newMailbox();
    await bob.open(box);
    expect(await alice.send(box, 'before')).toBe('stored');
    expect(await ready(a)).toBe(200);
    await redis.kill();
    await expect.poll(() => ready(a)).toBe(503);
    expect(await alice.send(box, 'during')).toMatchObject({ type: 'refused', reason: 'server-busy' });
    await redis.again();
    await expect.poll(() => Promise.all([ready(a), ready(b)])).toEqual([200, 200]);
    expect(await alice.send(box, 'after')).toBe('stored');
    const words = (await bob.frames('deliver', 2)).map(({ envelope }) => text(envelope));
    expect(words).toEqual(['before', 'after']);
    await Promise.all([alice.close(), bob.close()]);
  });

  it('count together what a guest pass opened', async () => {
    const PASS = 'the-pass-of-these-nodes';
    const withPass = () => startSignal({ env: { REDIS_URLS: redis.url, PASSES: PASS } });
    const nodes = await Promise.all([withPass(), withPass()]);
    const clients = await Promise.all(nodes.map(({ url }) => TestClient.connect(url)));
    const minted = await clients[0]!.ask({ type: 'mint', pass: bytes(PASS) });
    if (typeof minted !== 'object' || minted.type !== 'guest-pass') throw new Error('none minted');
    const pass = minted.pass.slice();
    const openings = Array.from({ length: 2 * LIMITS.guestMailboxes }, (_, at) =>
      clients[at % 2]!.ask({ type: 'open', ...newMailbox(), pass }),
    );
    const answers = (await Promise.all(openings)).map((answer) =>
      typeof answer === 'object' ? answer.type : answer,
    );
    expect(answers.filter((type) => type === 'opened')).toHaveLength(LIMITS.guestMailboxes);
    expect(answers.filter((type) => type === 'refused')).toHaveLength(LIMITS.guestMailboxes);
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(nodes.map((server) => server.stop()));
  });

  it('do not start on a Redis that may forget, and say why', async () => {
    const lax = await startRedis({ kind, settings: ['--appendonly', 'no'] });
    await expect(startSignal({ env: { REDIS_URLS: lax.url } })).rejects.toThrow(/appendfsync always/);
    await lax.stop();
  });
});
