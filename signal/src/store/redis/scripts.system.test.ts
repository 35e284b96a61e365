import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFleet } from '../../../testing/fleet.ts';
import { KINDS, startRedis, type TestRedis } from '../../../testing/redis.ts';
import { nameOf } from '../../mailbox-name.ts';
import type { Fleet } from './fleet.ts';
import { envelopesKey, guestKey, mailboxKey } from './names.ts';
import type { Reply } from './redis-link.ts';
import { listOf, numberOf, textOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';

/**
 * What the scripts decide, asked of a real Redis. A store looks at epochs too, as far as it has heard of them; here is what
 * holds where it has not: a node that was cut off, or held up, says an epoch that is over.
 */
describe.each(KINDS)('the scripts on %s', (kind) => {
  let redis: TestRedis;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis({ kind });
    fleet = await startFleet(redis.port);
  });
  afterAll(async () => {
    fleet.close();
    await redis.stop();
  });

  let key: string;
  beforeEach(() => {
    key = mailboxKey(nameOf(randomBytes(32)));
  });

  const text = (replies: Reply) => listOf(replies).map((reply) => textOf(reply));
  const open = async (seen: string, node: string) => {
    const script = seen === '0' ? SCRIPTS.register : SCRIPTS.open;
    return text(await fleet.run(script, key, envelopesKey(key), seen, node, '600', '1', '1'));
  };
  const put = (words: string) => fleet.run(SCRIPTS.put, key, envelopesKey(key), '0', words, '100', '1000');
  const read = async (epoch: string) =>
    text(await fleet.run(SCRIPTS.read, key, envelopesKey(key), epoch, '0', '10', '1000'));
  const remove = (epoch: string, upTo: number) =>
    fleet.run(SCRIPTS.remove, key, envelopesKey(key), epoch, String(upTo), String(upTo + 1));
  const find = async () => textOf(await fleet.run(SCRIPTS.find, key));
  const waiting = async () => Number(await redis.cli('XLEN', envelopesKey(key)));

  /** A mailbox with an envelope, opened by one node and then by another. */
  async function takenOver(): Promise<{ older: string; newer: string }> {
    const [, older = ''] = await open('0', 'first');
    await put('sealed');
    const [, newer = ''] = await open(older, 'second');
    expect(Number(newer)).toBeGreaterThan(Number(older));
    return { older, newer };
  }

  it('read and remove nothing for an older epoch, and name the one that holds', async () => {
    const { older, newer } = await takenOver();
    expect(await read(older)).toEqual([newer]);
    expect(textOf(await remove(older, 10))).toBe(newer);
    expect(await waiting()).toBe(1);
    expect((await read(newer)).at(-1)).toBe('sealed');
    expect(textOf(await remove(newer, 10))).toBe(newer);
    expect(await waiting()).toBe(0);
  });

  it('open nothing on top of an epoch that is over', async () => {
    const { older, newer } = await takenOver();
    expect(await open(older, 'held up')).toEqual(['older', newer]);
    expect(await open('0', 'held up')).toEqual(['older', newer]);
    expect(await find()).toBe('second');
  });

  it('let go of no mailbox that somebody has opened since', async () => {
    const { older, newer } = await takenOver();
    await fleet.run(SCRIPTS.close, key, older);
    expect(await find()).toBe('second');
    await fleet.run(SCRIPTS.close, key, newer);
    expect(await find()).toBe('');
  });

  it('tell the holder of an older epoch of the newer one, and lengthen nothing for them', async () => {
    const { older, newer } = await takenOver();
    await redis.cli('HSET', key, 'u', '1');
    const renew = async (epoch: string) => text(await fleet.run(SCRIPTS.renew, key, epoch, '600', '1'));
    expect((await renew(older))[0]).toBe(newer);
    expect(await find()).toBe('');
    expect((await renew(newer))[0]).toBe(newer);
    expect(await find()).toBe('second');
  });

  it('give a higher epoch also where a fail-over has forgotten the last one', async () => {
    const { newer } = await takenOver();
    await redis.cli('DEL', key);
    const [, again = ''] = await open('0', 'third');
    expect(Number(again)).toBeGreaterThan(Number(newer));
  });

  it('name no reader whose lease is over', async () => {
    await takenOver();
    expect(await find()).toBe('second');
    await redis.cli('HSET', key, 'u', '1');
    expect(await find()).toBe('');
  });

  it('let a guest whose pass is full have what it counted already', async () => {
    const take = (use: string) =>
      fleet.run(SCRIPTS.guest, guestKey(pass), use, '1', '4000000000', '1').then(numberOf);
    const pass = randomBytes(16);
    expect(await take('one')).toBe(1);
    expect(await take('two')).toBe(0);
    expect(await take('one')).toBe(1);
  });
});
