import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFleet } from '../../../testing/fleet.ts';
import { startCluster, startRedis, type TestRedis } from '../../../testing/redis.ts';
import type { MailboxName } from '../../mailbox-name.ts';
import { CONTRACT_LIMITS, CONTRACT_RETENTION } from '../contract.ts';
import { RedisStore } from './redis-store.ts';
import { RedisWordBook } from './redis-word-book.ts';

let cluster: TestRedis[];
let nodes: RedisStore[];
beforeAll(async () => {
  cluster = await startCluster();
  const node = ({ port }: TestRedis) =>
    RedisStore.connect({
      seeds: [{ host: '127.0.0.1', port }],
      access: { tls: false, username: undefined, password: undefined },
      limits: { ...CONTRACT_LIMITS, wordsPerAddress: 2 },
      retention: CONTRACT_RETENTION,
      now: () => Date.now(),
    });
  nodes = await Promise.all([node(cluster[0]!), node(cluster[1]!)]);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await Promise.all(cluster.map((one) => one.stop()));
});

/** 32 bytes, as a mailbox has them, also such as are no text. */
const box = (n: number) => String.fromCharCode(...new Uint8Array(32).fill(200 + n)) as MailboxName;

it('a word that one node lends leads to the same mailbox on every node', async () => {
  const [here, there] = nodes.map(({ words }) => words!) as [
    NonNullable<RedisStore['words']>,
    NonNullable<RedisStore['words']>,
  ];
  expect(await here.lend(box(1), 'a', 77)).toEqual({ word: 77, seconds: CONTRACT_LIMITS.wordSeconds });
  expect(await there.find(77)).toBe(box(1));
  const again = await there.lend(box(1), 'elsewhere', 5);
  expect(again).toMatchObject({ word: 77 });
  const other = await there.lend(box(2), 'b', 77);
  expect(other).not.toMatchObject({ word: 77 });
  expect(other).toMatchObject({ word: expect.any(Number) });
  await there.giveBack(box(1));
  expect(await here.find(77)).toBeUndefined();
  expect(await there.lend(box(3), 'b', 77)).toMatchObject({ word: 77 });
  expect(await there.lend(box(4), 'b', undefined)).toBe('no-word');
  // Given back late, long after it became another's: nothing happens to that.
  await here.giveBack(box(1));
  expect(await here.find(77)).toBe(box(3));
});

it('an address that asks for many at once gets no more than one after the other', async () => {
  const words = nodes[0]!.words!;
  const many = Array.from({ length: 12 }, (_, n) => words.lend(box(20 + n), 'greedy', undefined));
  expect((await Promise.all(many)).filter((lent) => lent !== 'no-word')).toHaveLength(2);
  const one = await Promise.all(
    Array.from({ length: 12 }, () => words.lend(box(40), 'impatient', undefined)),
  );
  expect(new Set(one.map((lent) => (lent === 'no-word' ? lent : lent.word))).size).toBe(1);
  // What came to nothing holds no place.
  expect(await words.lend(box(41), 'impatient', undefined)).not.toBe('no-word');
});

it('a word that is given back while it is being lent is free again', async () => {
  const words = nodes[0]!.words!;
  const lent = words.lend(box(50), 'hasty', 99);
  await words.giveBack(box(50));
  expect(await lent).toMatchObject({ word: 99 });
  expect(await words.find(99)).toBeUndefined();
  // And counts for nobody.
  expect(await words.lend(box(51), 'hasty', undefined)).not.toBe('no-word');
  expect(await words.lend(box(52), 'hasty', undefined)).not.toBe('no-word');
});

it('a word is lent wholly or not at all where memory fills meanwhile, and can be given back then', async () => {
  const redis = await startRedis();
  const fleet = await startFleet(redis.port);
  const memory = (bytes: string) => redis.cli('CONFIG', 'SET', 'maxmemory', bytes);
  /** Full as soon as the first thing is written. */
  const filling = <Args extends unknown[], Reply>(ask: (...args: Args) => Promise<Reply>) => {
    return async (...args: Args) => {
      const reply = await ask(...args);
      if ((await redis.cli('DBSIZE')) !== '0') await memory('1');
      return reply;
    };
  };
  const words = new RedisWordBook(
    { send: filling((...args) => fleet.send(...args)), run: filling((...args) => fleet.run(...args)) },
    CONTRACT_LIMITS,
    () => performance.now(),
  );
  try {
    expect(await words.lend(box(1), 'a', 77)).toMatchObject({ word: 77 });
    expect(await words.find(77)).toBe(box(1));
    await expect(words.lend(box(2), 'a', 78)).rejects.toThrow('OOM');
    expect(await words.find(78)).toBeUndefined();
    await words.giveBack(box(1));
    expect(await words.find(77)).toBeUndefined();
    await memory('0');
    expect(await words.lend(box(2), 'a', 77)).toMatchObject({ word: 77 });
  } finally {
    fleet.close();
    await redis.stop();
  }
});
