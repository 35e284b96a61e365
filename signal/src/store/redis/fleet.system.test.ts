import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layWire } from '../../../testing/partition.ts';
import { KINDS, startRedis, type TestRedis } from '../../../testing/redis.ts';
import { LIMITS } from '../../limits.ts';
import { nameOf } from '../../mailbox-name.ts';
import { envelopeIn, type Parcel, parcelFromStore } from '../../parcel.ts';
import { RedisStore } from './redis-store.ts';

/** Longer than a Redis that says nothing is waited for. */
const STARVED_MS = 6000;

/** What a Redis does to its servers while their connections stand: each seen by what a store then answers. */
describe.each(KINDS)('a %s that', (kind) => {
  let redis: TestRedis;
  let store: RedisStore | undefined;
  beforeEach(async () => {
    redis = await startRedis({ kind });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await redis.kill('SIGCONT');
    await store?.stop();
    await redis.stop();
  });

  async function node(port = redis.port): Promise<RedisStore> {
    store = await RedisStore.connect({
      seeds: [{ host: '127.0.0.1', port }],
      access: { tls: false, username: undefined, password: undefined },
      limits: LIMITS,
      retention: 3600,
      now: () => Date.now(),
      // Nothing is found by the clock.
      lookEveryMs: 3_600_000,
    });
    return store;
  }

  const id = randomBytes(32);
  const mailbox = nameOf(id);
  const parcel = (words: string | Buffer) => parcelFromStore(id, Buffer.from(words));
  const arrivals: string[] = [];
  const reader = {
    arrived: (_sequence: number, came: Parcel) =>
      void arrivals.push(Buffer.from(envelopeIn(came)).toString()),
    live: () => true,
    taken: () => {},
  };
  beforeEach(() => {
    arrivals.length = 0;
  });

  it('forgets the scripts, is given them with what it is asked', async () => {
    const a = await node();
    await a.open(mailbox, reader);
    await redis.cli('SCRIPT', 'FLUSH');
    const words = Array.from({ length: 50 }, (_, n) => `${n}`);
    expect(await Promise.all(words.map((word) => a.put(mailbox, parcel(word))))).toEqual(
      words.map(() => 'stored'),
    );
    await expect.poll(() => arrivals).toEqual(words);
    expect(a.ready).toBe(true);
  });

  it('became a replica, is left as soon as it says so', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const a = await node();
    await a.open(mailbox, reader);
    const other = await startRedis({ kind });
    try {
      await redis.cli('REPLICAOF', '127.0.0.1', String(other.port));
      expect(a.ready).toBe(true);
      expect(await a.put(mailbox, parcel('to a replica'))).toBe('server-busy');
      await expect.poll(() => a.ready).toBe(false);
    } finally {
      await other.stop();
    }
  });

  it('answers nothing, is waited for with 64 MiB and no more', async () => {
    const a = await node();
    await a.open(mailbox, reader);
    await redis.kill('SIGSTOP');
    const answers: (string | undefined)[] = [];
    const mebibyte = Buffer.alloc(1024 * 1024);
    const puts = Array.from({ length: 70 }, async (_, n) => {
      answers[n] = undefined;
      answers[n] = await a.put(mailbox, parcel(mebibyte));
    });
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    // Not yet given up, and those past the bound refused at once.
    expect(answers.slice(0, 60)).toEqual(answers.slice(0, 60).map(() => undefined));
    expect(answers.slice(66)).toEqual(answers.slice(66).map(() => 'server-busy'));
    await Promise.all(puts);
    expect(new Set(answers)).toEqual(new Set(['server-busy']));
  });

  it('answers a node that gets no time to listen, is not taken for silent', async () => {
    const a = await node();
    await a.open(mailbox, reader);
    const asked = a.put(mailbox, parcel('on its way'));
    await new Promise((resolve) => setImmediate(resolve));
    const due = a.put(mailbox, parcel('not even sent'));
    // What a crowd that comes at once does to a busy machine: one turn that is longer than any patience with Redis.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STARVED_MS);
    expect(await Promise.all([asked, due])).toEqual(['stored', 'stored']);
    expect((await a.open(nameOf(randomBytes(32)), reader)).waiting).toBe(0);
    expect(arrivals).toEqual(['on its way', 'not even sent']);
  });

  it('is silent only where servers hear each other, is found out all the same', async () => {
    const wire = await layWire(redis.port);
    const a = await node(wire.port);
    await a.open(mailbox, reader);
    wire.hold((said) => /ssubscribe/i.test(said));
    expect(await a.put(mailbox, parcel('unaffected'))).toBe('stored');
    await expect.poll(() => a.ready).toBe(false);
    wire.release();
    await expect.poll(() => a.ready).toBe(true);
    await a.stop();
    await wire.close();
  });
});
