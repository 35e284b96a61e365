import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startFleet } from '../../../testing/fleet.ts';
import { KINDS, startCluster, startRedis, type TestRedis } from '../../../testing/redis.ts';
import { nameOf } from '../../mailbox-name.ts';
import { parcelFromStore } from '../../parcel.ts';
import { CONTRACT_LIMITS, CONTRACT_RETENTION, type StoreUnderTest, storeContract } from '../contract.ts';
import type { Reader } from '../store.ts';
import type { Fleet } from './fleet.ts';
import { COUNT_KEY, guestKey, newNodeName, SWEEP_KEY } from './names.ts';
import { RedisStore } from './redis-store.ts';
import { sweepRedis } from './sweep.ts';

const access = { tls: false, username: undefined, password: undefined };

const nobody: Reader = { arrived: () => {}, live: () => true, taken: () => {} };

/** A node: a store of its own over the same Redis. */
function connect(
  redis: Pick<TestRedis, 'port'>,
  now = () => Date.now(),
  limits = CONTRACT_LIMITS,
): Promise<RedisStore> {
  return RedisStore.connect({
    seeds: [{ host: '127.0.0.1', port: redis.port }],
    access,
    limits,
    retention: CONTRACT_RETENTION,
    now,
  });
}

async function underTest(redis: TestRedis, from = 1_800_000_000_000): Promise<StoreUnderTest> {
  let now = from;
  const store = await connect(redis, () => now);
  return {
    store,
    advance: (ms) => {
      now += ms;
    },
    reopen: async () => {
      await store.stop();
      return underTest(redis, now);
    },
  };
}

describe.each(KINDS)('on %s', (kind) => {
  let redis: TestRedis;
  let cluster: TestRedis[];
  beforeAll(async () => {
    [redis, cluster] = await Promise.all([startRedis({ kind }), startCluster({ kind })]);
  });
  afterAll(() => Promise.all([redis, ...cluster].map((one) => one.stop())));

  storeContract(`the Redis store on one ${kind}`, async () => {
    await redis.cli('FLUSHALL');
    return underTest(redis);
  });

  storeContract(`the Redis store on a cluster of ${kind}`, async () => {
    await Promise.all(cluster.map(({ cli }) => cli('FLUSHALL')));
    return underTest(cluster[0]!);
  });

  describe('a guest', () => {
    it('has no more on two nodes than on one, and is forgotten an hour after the pass is over', async () => {
      await redis.cli('FLUSHALL');
      const nodes = await Promise.all([connect(redis), connect(redis)]);
      const until = Math.floor(Date.now() / 1000) + 1000;
      const pass = randomBytes(16);
      const openings = Array.from({ length: 12 }, (_, at) => {
        const right = { pass, use: randomBytes(16), mailboxes: 5, until };
        return nodes[at % 2]!.open(nameOf(randomBytes(32)), nobody, right);
      });
      const outcomes = await Promise.allSettled(openings);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      expect((await redis.cli('EXPIRETIME', guestKey(pass))).trim()).toBe(String(until + 3600));
      await Promise.all(nodes.map((node) => node.stop()));
    });
  });

  describe('full memory', () => {
    // Less than an empty one takes.
    const fill = ({ cli }: TestRedis) => cli('CONFIG', 'SET', 'maxmemory', '1');
    const clear = ({ cli }: TestRedis) => cli('CONFIG', 'SET', 'maxmemory', '0');
    const newBox = () => {
      const id = randomBytes(32);
      return { mailbox: nameOf(id), parcel: parcelFromStore(id, Buffer.from('sealed')) };
    };
    afterEach(() => Promise.all([redis, ...cluster].map(clear)));

    it('takes in neither mail nor mailboxes, of which nothing stays', async () => {
      await redis.cli('FLUSHALL');
      const store = await connect(redis);
      const [known, unknown, guests] = [newBox(), newBox(), newBox()];
      await store.open(known.mailbox, nobody);
      await expect.poll(() => redis.cli('GET', COUNT_KEY)).toBe('1');
      const before = await redis.cli('KEYS', '*');
      await fill(redis);
      expect(await store.put(known.mailbox, known.parcel)).toBe('server-busy');
      await expect(store.open(unknown.mailbox, nobody)).rejects.toMatchObject({ code: 'store-busy' });
      const right = { pass: randomBytes(16), use: randomBytes(16), mailboxes: 5, until: 4_000_000_000 };
      await expect(store.open(guests.mailbox, nobody, right)).rejects.toMatchObject({ code: 'store-busy' });
      await expect(store.words.lend(known.mailbox, 'somebody', undefined)).rejects.toThrow('OOM');
      expect(await redis.cli('KEYS', '*')).toBe(before);
      await clear(redis);
      expect(await store.put(unknown.mailbox, unknown.parcel)).toBe('mailbox-unknown');
      expect(await store.put(known.mailbox, known.parcel)).toBe('stored');
      await store.stop();
    });

    it('holds nothing up that makes room: readers come, read, remove and go, and a sweep takes what is over', async () => {
      await redis.cli('FLUSHALL');
      let now = 1_800_000_000_000;
      const before = await connect(redis, () => now);
      const [read, left] = [newBox(), newBox()];
      for (const { mailbox, parcel } of [read, left]) {
        (await before.open(mailbox, nobody)).close();
        expect(await before.put(mailbox, parcel)).toBe('stored');
      }
      await fill(redis);
      const store = await connect(redis, () => now);
      const opening = await store.open(read.mailbox, nobody);
      const [first] = (await opening.read(0, 10, 1000)).parcels;
      await opening.remove(first!.sequence);
      opening.close();
      expect((await store.open(read.mailbox, nobody)).waiting).toBe(0);
      now += (CONTRACT_LIMITS.lapseDays + 1) * 24 * 3600 * 1000;
      expect(await store.sweep()).toEqual({ envelopes: 1, mailboxes: 1 });
      expect(store.registered).toBe(1);
      await Promise.all([before.stop(), store.stop()]);
    });

    it('of the process that counts stops no count of what others of a cluster take in', async () => {
      for (const { cli } of cluster) await cli('FLUSHALL');
      const asked = await Promise.all(cluster.map(({ cli }) => cli('GET', COUNT_KEY)));
      await fill(cluster[asked.findIndex((answer) => !answer.startsWith('MOVED'))]!);
      const store = await connect(cluster[0]!);
      const boxes = Array.from({ length: 20 }, newBox);
      const outcomes = await Promise.allSettled(boxes.map(({ mailbox }) => store.open(mailbox, nobody)));
      const opened = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(opened).toBeGreaterThan(0);
      expect(opened).toBeLessThan(20);
      await expect
        .poll(() => Promise.all(cluster.map(({ cli }) => cli('GET', COUNT_KEY))))
        .toContain(String(opened));
      await store.stop();
    });
  });

  describe('the count of mailboxes', () => {
    const past = { envelopesBefore: 1, unreadSince: 0, minutes: 0 };
    // More than the contract's, or those that are opened last would be refused once the first are counted.
    const roomy = (seed: TestRedis) => connect(seed, Date.now, { ...CONTRACT_LIMITS, mailboxes: 1000 });

    /** A sweep of mailboxes that stay, and what it leaves the count at. */
    async function countAfter(
      seed: TestRedis,
      begin: (fleet: Fleet) => Promise<void>,
      goOn: () => boolean,
    ): Promise<number> {
      const fleet = await startFleet(seed.port);
      await begin(fleet);
      await sweepRedis({ fleet, me: newNodeName(), ...past, goOn, counted: () => {} });
      const count = await fleet.send(COUNT_KEY, 'GET', COUNT_KEY);
      fleet.close();
      return Number(count);
    }

    async function openMany(seed: TestRedis, store: RedisStore): Promise<void> {
      await Promise.all(Array.from({ length: 500 }, () => store.open(nameOf(randomBytes(32)), nobody)));
      // An opening waits for no count.
      const fleet = await startFleet(seed.port);
      await expect.poll(async () => Number(await fleet.send(COUNT_KEY, 'GET', COUNT_KEY))).toBe(500);
      fleet.close();
    }

    it('stays as it is where a sweep is cut short', async () => {
      await redis.cli('FLUSHALL');
      const store = await roomy(redis);
      await openMany(redis, store);
      expect(
        await countAfter(
          redis,
          async () => {},
          () => false,
        ),
      ).toBe(500);
      await store.stop();
    });

    it('is left to whoever took a sweep for one that died, which is not taken from them', async () => {
      await redis.cli('FLUSHALL');
      const store = await roomy(redis);
      await openMany(redis, store);
      // Their corrections stand while the slow one goes on.
      await redis.cli('SET', COUNT_KEY, '499');
      let isTaken = false;
      const count = await countAfter(
        redis,
        async (fleet) => {
          const { send } = fleet;
          vi.spyOn(fleet, 'send').mockImplementation(async (...command) => {
            const answer = await send.apply(fleet, command);
            // The moment after it began, its fifteen minutes are over.
            if (!isTaken && command[1] === 'GET') {
              isTaken = true;
              await redis.cli('SET', SWEEP_KEY, 'another');
            }
            return answer;
          });
        },
        () => true,
      );
      expect(count).toBe(499);
      expect((await redis.cli('GET', SWEEP_KEY)).trim()).toBe('another');
      await store.stop();
    });

    it('stays as it is where a sweep does not reach all of a cluster', async () => {
      const keys = [SWEEP_KEY, COUNT_KEY];
      for (const { cli } of cluster) {
        await cli('FLUSHALL');
        // The others answer on, as they do for the first moments in any case.
        await cli('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
      }
      const store = await roomy(cluster[0]!);
      await openMany(cluster[0]!, store);
      const holders = await Promise.all(
        cluster.map(async ({ cli }) => {
          const answers = await Promise.all(keys.map((key) => cli('GET', key)));
          return answers.some((answer) => !answer.startsWith('MOVED'));
        }),
      );
      const away = cluster[holders.indexOf(false)]!;
      const seed = cluster[holders.indexOf(true)]!;
      const lose = async (fleet: Fleet) => {
        await away.kill();
        await expect.poll(() => fleet.ready).toBe(false);
      };
      expect(await countAfter(seed, lose, () => true)).toBe(500);
      await store.stop();
    });
  });

  it('holds no more than 16 MiB of live envelopes while it is silent, and no longer than that', async () => {
    await redis.cli('FLUSHALL');
    const store = await connect(redis);
    const outcomes: string[] = [];
    const sender = { liveOutcome: (_request: number, outcome: string) => void outcomes.push(outcome) };
    const frame = randomBytes(16 * 1024);
    const live = (request: number) => store.live(nameOf(randomBytes(32)), frame, sender, request);
    await redis.kill('SIGSTOP');
    try {
      const answers = Array.from({ length: 1100 }, (_, request) => live(request));
      expect(answers.filter((answer) => answer === 'later')).toHaveLength(1024);
      expect(answers.slice(1024).every((answer) => answer === 'nobody')).toBe(true);
    } finally {
      await redis.kill('SIGCONT');
    }
    await expect.poll(() => outcomes.length, { timeout: 10_000 }).toBe(1024);
    expect(live(2000)).toBe('later');
    await store.stop();
  });

  describe(`a ${kind} that would lose what it answers`, () => {
    it.each([
      ['no log on disk', ['--appendonly', 'no'], 'appendonly'],
      [
        'a log that is flushed every second',
        ['--appendonly', 'yes', '--appendfsync', 'everysec'],
        'everysec',
      ],
      [
        'memory that it makes room in',
        ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'allkeys-lru'],
        'noeviction',
      ],
    ])('is refused at the start, in plain words: %s', async (_what, settings, word) => {
      const lax = await startRedis({ kind, settings });
      await expect(connect(lax)).rejects.toMatchObject({
        code: 'bad-store',
        message: expect.stringContaining(word),
      });
      await lax.stop();
    });

    it('is refused too where it may not be asked, with what to do', async () => {
      const quiet = await startRedis({ kind });
      await quiet.cli('ACL', 'SETUSER', 'default', '-config|get');
      await expect(connect(quiet)).rejects.toMatchObject({
        code: 'bad-store',
        message: expect.stringContaining('+config|get'),
      });
      await quiet.stop();
    });
  });
});

it('takes Valkey, which says 7 for its Redis, and what it is beside that', async () => {
  const valkey = await startRedis({ kind: 'Valkey' });
  const info = await valkey.cli('INFO', 'server');
  expect(info).toMatch(/^server_name:valkey\r?$/m);
  expect(info).toMatch(/^valkey_version:\d/m);
  expect(info).toMatch(/^redis_version:7\./m);
  const store = await connect(valkey);
  expect(store.ready).toBe(true);
  await store.stop();
  await valkey.stop();
});
