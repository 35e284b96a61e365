import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { layWire } from '../../../testing/partition.ts';
import { KINDS, startCluster, startRedis, type TestRedis } from '../../../testing/redis.ts';
import { LIMITS } from '../../limits.ts';
import { nameInFrame, nameOf } from '../../mailbox-name.ts';
import { envelopeIn, type Parcel, parcelFromStore } from '../../parcel.ts';
import { passLive } from '../contract.ts';
import type { Opening, Reader } from '../store.ts';
import { envelopesKey, mailboxKey } from './names.ts';
import { RedisStore } from './redis-store.ts';
import { SCRIPTS } from './scripts.ts';
import { slotOf } from './slot.ts';

let one: TestRedis;
/** Of each kind one. */
let clusters: TestRedis[][];
beforeAll(async () => {
  const starts = KINDS.map((kind) => startCluster({ kind }));
  [one, ...clusters] = await Promise.all([startRedis(), ...starts]);
});
afterAll(() => Promise.all([one, ...clusters.flat()].map((redis) => redis.stop())));

const nodes: RedisStore[] = [];
afterEach(() => Promise.all(nodes.splice(0).map((node) => node.stop())));

async function node(port: number, lookEveryMs?: number): Promise<RedisStore> {
  const store = await RedisStore.connect({
    seeds: [{ host: '127.0.0.1', port }],
    access: { tls: false, username: undefined, password: undefined },
    limits: LIMITS,
    retention: 3600,
    now: () => Date.now(),
    ...(lookEveryMs === undefined ? {} : { lookEveryMs }),
  });
  nodes.push(store);
  return store;
}

/** A reader that keeps what it hears, in order. */
class Listener implements Reader {
  readonly arrivals: string[] = [];
  readonly lives: string[] = [];
  taken_ = 0;
  takesLive = true;
  arrived(_sequence: number, parcel: Parcel): void {
    this.arrivals.push(text(parcel));
  }
  live(frame: Uint8Array): boolean {
    if (this.takesLive) this.lives.push(Buffer.from(frame.subarray(37)).toString());
    return this.takesLive;
  }
  taken(): void {
    this.taken_++;
  }
}

const text = (parcel: Parcel) => Buffer.from(envelopeIn(parcel)).toString();

function box() {
  const id = randomBytes(32);
  return {
    mailbox: nameOf(id),
    parcel: (words: string) => parcelFromStore(id, Buffer.from(words)),
    /** As a session makes it: a header, the mailbox, the words. */
    frame: (words: string) => Buffer.concat([Buffer.alloc(5), id, Buffer.from(words)]),
  };
}

async function readAll(opening: Opening): Promise<string[]> {
  const all: string[] = [];
  for (let after = 0; ; ) {
    const { parcels, more } = await opening.read(after, 64, 256 * 1024);
    all.push(...parcels.map(({ parcel }) => text(parcel)));
    if (!more) return all;
    after = parcels.at(-1)?.sequence ?? after;
  }
}

/** Puts again what is refused as busy, as clients do. */
async function putUntilStored(store: RedisStore, { mailbox, parcel }: ReturnType<typeof box>, words: string) {
  await expect
    .poll(() => store.put(mailbox, parcel(words)), { timeout: 30_000, interval: 100 })
    .toBe('stored');
}

describe.each([
  { what: `one ${KINDS[0]}`, all: () => [one] },
  ...KINDS.map((kind, n) => ({ what: `a cluster of ${kind}`, all: () => clusters[n]! })),
])('two nodes over $what', ({ all }) => {
  const port = () => all()[0]!.port;

  it('read what the other stored', async () => {
    const [a, b] = [await node(port()), await node(port())];
    // Many, so that in a cluster every master has some.
    for (const { mailbox, parcel } of Array.from({ length: 12 }, box)) {
      (await a.open(mailbox, new Listener())).close();
      expect(await a.put(mailbox, parcel('from a'))).toBe('stored');
      expect(await b.put(mailbox, parcel('from b'))).toBe('stored');
      const opening = await b.open(mailbox, new Listener());
      expect(opening.waiting).toBe(2);
      expect(await readAll(opening)).toEqual(['from a', 'from b']);
    }
  });

  it('tell each other’s readers at once, in order and once', async () => {
    const [a, b] = [await node(port()), await node(port())];
    const there = box();
    const reader = new Listener();
    await b.open(there.mailbox, reader);
    const words = Array.from({ length: 300 }, (_, n) => `${n}`);
    const puts = words.map((word, n) => (n % 3 === 0 ? b : a).put(there.mailbox, there.parcel(word)));
    expect(new Set(await Promise.all(puts))).toEqual(new Set(['stored']));
    await expect.poll(() => reader.arrivals).toHaveLength(300);
    expect([...reader.arrivals].sort()).toEqual([...words].sort());
    const fromA = words.filter((_, n) => n % 3 !== 0);
    expect(reader.arrivals.filter((word) => fromA.includes(word))).toEqual(fromA);
  });

  it('pass live envelopes on, and know when nobody took one', async () => {
    const [a, b] = [await node(port()), await node(port())];
    const there = box();
    expect(await passLive(a, there.mailbox, there.frame('early'))).toBe('nobody');
    const reader = new Listener();
    const opening = await b.open(there.mailbox, reader);
    expect(nameInFrame(there.frame(''))).toBe(there.mailbox);
    const many = Array.from({ length: 500 }, (_, n) => passLive(a, there.mailbox, there.frame(`${n}`)));
    expect(new Set(await Promise.all(many))).toEqual(new Set(['passed']));
    expect(reader.lives).toEqual(Array.from({ length: 500 }, (_, n) => `${n}`));
    reader.takesLive = false;
    expect(await passLive(a, there.mailbox, there.frame('too much'))).toBe('nobody');
    opening.close();
    expect(await passLive(a, there.mailbox, there.frame('gone'))).toBe('nobody');
    // Somebody who moves is found again.
    const c = await node(port());
    const moved = new Listener();
    await c.open(there.mailbox, moved);
    expect(await passLive(a, there.mailbox, there.frame('hello again'))).toBe('passed');
    expect(moved.lives).toEqual(['hello again']);
  });

  it('take mailboxes over from each other: the older epoch neither hears, reads nor removes', async () => {
    const [a, b] = [await node(port()), await node(port())];
    const there = box();
    const [first, second] = [new Listener(), new Listener()];
    const old = await a.open(there.mailbox, first);
    await a.put(there.mailbox, there.parcel('one'));
    const opening = await b.open(there.mailbox, second);
    expect(opening.waiting).toBe(1);
    await expect.poll(() => first.taken_).toBe(1);
    expect(await a.put(there.mailbox, there.parcel('two'))).toBe('stored');
    expect(await passLive(a, there.mailbox, there.frame('hello'))).toBe('passed');
    expect(await old.remove(Number.MAX_SAFE_INTEGER - 1)).toBe('not-open');
    expect((await old.read(0, 10, 1000)).parcels).toEqual([]);
    old.close();
    await expect.poll(() => second.arrivals).toEqual(['two']);
    expect(second.lives).toEqual(['hello']);
    expect(first).toMatchObject({ arrivals: ['one'], lives: [], taken_: 1 });
    expect(await readAll(opening)).toEqual(['one', 'two']);
    expect(second.taken_).toBe(0);
  });

  it('leave a mailbox to exactly one of many that open it at once', async () => {
    const stores = [await node(port()), await node(port()), await node(port())];
    const there = box();
    const readers = stores.map(() => new Listener());
    const opened = await Promise.allSettled(stores.map((store, n) => store.open(there.mailbox, readers[n]!)));
    const won = opened.flatMap(({ status }, n) => (status === 'fulfilled' ? [readers[n]!] : []));
    await expect.poll(() => won.filter(({ taken_ }) => taken_ === 0)).toHaveLength(1);
    await stores[0]!.put(there.mailbox, there.parcel('for one'));
    await expect.poll(() => readers.flatMap(({ arrivals }) => arrivals)).toEqual(['for one']);
  });

  it('find what was stored by a node that died before it told', async () => {
    const [a, b] = [await node(port()), await node(port(), 300)];
    const there = box();
    const reader = new Listener();
    await b.open(there.mailbox, reader);
    const storeSilently = async (words: string) => {
      const key = mailboxKey(there.mailbox);
      const args = ['EVALSHA', SCRIPTS.put.sha, '2', key, envelopesKey(key), '0', words, '100', '10000'];
      // In a cluster the others say MOVED.
      await Promise.all(all().map(({ cli }) => cli(...args)));
    };
    await storeSilently('one');
    await a.put(there.mailbox, there.parcel('two'));
    await expect.poll(() => reader.arrivals).toEqual(['one', 'two']);
    // And with nothing after it that would show the gap.
    await storeSilently('three');
    await expect.poll(() => reader.arrivals).toEqual(['one', 'two', 'three']);
  });
});

describe('a Redis that is killed in the midst of it', () => {
  it('has every envelope that was answered stored, and readers go on without asking', async () => {
    const redis = await startRedis();
    const [a, b] = [await node(redis.port), await node(redis.port)];
    const there = box();
    const reader = new Listener();
    await b.open(there.mailbox, reader);
    const said = new Set<string>();
    const stored: string[] = [];
    for (let round = 0; round < 3; round++) {
      let killed: Promise<void> | undefined;
      const puts = Array.from({ length: 1500 }, async (_, n) => {
        // In many turns, so that the end comes between them.
        for (let turn = 0; turn < n / 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        const words = `${round} ${n} ${'x'.repeat(500)}`;
        said.add(words);
        if ((await a.put(there.mailbox, there.parcel(words))) === 'stored') stored.push(words);
        if (stored.length > round * 200 + 100) killed ??= redis.kill();
      });
      await Promise.all(puts);
      expect(killed).toBeDefined();
      await killed;
      expect(await a.put(there.mailbox, there.parcel('x'))).toBe('server-busy');
      await expect.poll(() => a.ready || b.ready).toBe(false);
      await expect(b.open(box().mailbox, new Listener())).rejects.toMatchObject({ code: 'store-busy' });
      await redis.again();
      await putUntilStored(a, there, `after ${round}`);
      said.add(`after ${round}`);
      stored.push(`after ${round}`);
      await expect.poll(() => a.ready && b.ready).toBe(true);
    }
    const missing = () => {
      const heard = new Set(reader.arrivals);
      return stored.filter((words) => !heard.has(words));
    };
    await expect.poll(missing).toEqual([]);
    expect(new Set(reader.arrivals).size).toBe(reader.arrivals.length);
    expect(reader.arrivals.every((words) => said.has(words))).toBe(true);
    const found = await readAll(await a.open(there.mailbox, new Listener()));
    expect(found).toEqual(reader.arrivals);
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await redis.stop();
  });

  it('is waited for when it stands still, and refused honestly', async () => {
    const redis = await startRedis();
    const a = await node(redis.port);
    const there = box();
    await a.open(there.mailbox, new Listener());
    await redis.kill('SIGSTOP');
    expect(await a.put(there.mailbox, there.parcel('held up'))).toBe('server-busy');
    await expect.poll(() => a.ready).toBe(false);
    await redis.kill('SIGCONT');
    await putUntilStored(a, there, 'after');
    await expect.poll(() => a.ready).toBe(true);
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await redis.stop();
  });
});

it('keeps the order of what it is given while somebody empties the scripts of its Redis', async () => {
  const a = await node(one.port);
  const there = box();
  (await a.open(there.mailbox, new Listener())).close();
  const puts: unknown[] = [];
  const putFor = async (work: Promise<unknown>) => {
    let over = false;
    void work.then(() => {
      over = true;
    });
    // Some a turn, so that there are answers between them.
    while (!over) {
      for (let n = 0; n < 3; n++) puts.push(a.put(there.mailbox, there.parcel(`${puts.length}`)));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (let times = 0; times < 5; times++) await putFor(one.cli('SCRIPT', 'FLUSH'));
  // It is over with the last of those that were not understood.
  await putFor(Promise.resolve(puts.at(-1)));
  const outcomes = await Promise.all(puts);
  const stored = outcomes.flatMap((outcome, n) => (outcome === 'stored' ? [`${n}`] : []));
  expect(stored.length).toBeGreaterThan(100);
  expect(await readAll(await a.open(there.mailbox, new Listener()))).toEqual(stored);
});

describe('a node that nothing tells anything', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('looks at every mailbox within half a minute', async () => {
    const a = await node(one.port);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const b = await node(one.port);
    const boxes = Array.from({ length: 40 }, box);
    const readers = await Promise.all(
      boxes.map(async ({ mailbox }) => {
        const reader = new Listener();
        await b.open(mailbox, reader);
        return reader;
      }),
    );
    for (const { mailbox } of boxes) {
      const key = mailboxKey(mailbox);
      await one.cli('EVALSHA', SCRIPTS.put.sha, '2', key, envelopesKey(key), '0', 'untold', '100', '10000');
    }
    expect(readers.flatMap(({ arrivals }) => arrivals)).toEqual([]);
    // A look at a part of them at a time; the last of a round only begins the next.
    for (let second = 0; second <= 30; second++) {
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => readers.map(({ arrivals }) => arrivals)).toEqual(boxes.map(() => ['untold']));
    expect(a.ready).toBe(true);
  });

  it('opens nothing while it cannot hear, says so, and reads afterwards what it missed', async () => {
    const redis = await startRedis();
    // Its looks by the clock would find that too, later.
    const a = await node(redis.port, 3_600_000);
    const [there, open] = [box(), box()];
    const reader = new Listener();
    await a.open(open.mailbox, reader);
    // Ended, and not allowed to come back before the test is done with it.
    await redis.cli('ACL', 'SETUSER', 'default', 'resetchannels');
    await expect.poll(() => a.ready).toBe(false);
    await expect(a.open(there.mailbox, new Listener())).rejects.toMatchObject({ code: 'store-busy' });
    const key = mailboxKey(open.mailbox);
    await redis.cli('EVALSHA', SCRIPTS.put.sha, '2', key, envelopesKey(key), '0', 'untold', '100', '10000');
    await redis.cli('ACL', 'SETUSER', 'default', 'allchannels');
    await expect.poll(() => a.ready).toBe(true);
    await expect.poll(() => reader.arrivals).toEqual(['untold']);
    await a.open(there.mailbox, new Listener());
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await redis.stop();
  });

  it('passes live envelopes within itself for as long as nobody else can have the mailbox, and no longer', async () => {
    const redis = await startRedis();
    const a = await node(redis.port);
    const there = box();
    await a.open(there.mailbox, new Listener());
    await redis.kill();
    await expect.poll(() => a.ready).toBe(false);
    expect(await passLive(a, there.mailbox, there.frame('soon'))).toBe('passed');
    const now = performance.now();
    const later = vi.spyOn(performance, 'now').mockReturnValue(now + 31_000);
    expect(await passLive(a, there.mailbox, there.frame('late'))).toBe('nobody');
    later.mockRestore();
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await redis.stop();
  });
});

describe.each(KINDS.map((kind, n) => ({ kind, masters: () => clusters[n]! })))(
  'a mailbox that moves to another master of a cluster of $kind',
  ({ masters }) => {
    it('takes every envelope, wherever the move stands, and at the first try where one master has all of it', async () => {
      const there = box();
      const key = mailboxKey(there.mailbox);
      const slot = String(slotOf(key));
      const a = await node(masters()[0]!.port);
      const opening = await a.open(there.mailbox, new Listener());
      const stored = async (words: string) =>
        expect([words, await a.put(there.mailbox, there.parcel(words))]).toEqual([words, 'stored']);
      await stored('before');

      const holds = await Promise.all(masters().map(({ cli }) => cli('EXISTS', key)));
      const from = masters()[holds.indexOf('1')]!;
      const to = masters()[(holds.indexOf('1') + 1) % holds.length]!;
      const [fromId, toId] = await Promise.all([from, to].map(({ cli }) => cli('CLUSTER', 'MYID')));
      const move = (what: string) =>
        from.cli('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', what);
      await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId!);
      await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId!);
      await stored('begun');
      // Half of it there: Redis says to try again, and so in the end does the server, until the rest is too.
      await move(key);
      const half = putUntilStored(a, there, 'half');
      await move(envelopesKey(key));
      await half;
      await stored('there');
      for (const { cli } of [to, from, ...masters()]) await cli('CLUSTER', 'SETSLOT', slot, 'NODE', toId!);
      await stored('after');
      expect(await readAll(opening)).toEqual(['before', 'begun', 'half', 'there', 'after']);
    });
  },
);

describe('a Redis that comes to forget', () => {
  it('is taken no more from the next connection on, until it is durable again', async () => {
    const redis = await startRedis();
    const a = await node(redis.port);
    const there = box();
    await a.open(there.mailbox, new Listener());
    await redis.cli('CONFIG', 'SET', 'appendfsync', 'everysec');
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await expect.poll(() => a.ready).toBe(false);
    // Long enough for a connection that is made anew four times a second.
    await expect.poll(() => redis.cli('CLIENT', 'LIST', 'TYPE', 'normal')).toContain('cmd=config');
    expect(a.ready).toBe(false);
    expect(await a.put(there.mailbox, there.parcel('to be forgotten'))).toBe('server-busy');
    await redis.cli('CONFIG', 'SET', 'appendfsync', 'always');
    await putUntilStored(a, there, 'to be kept');
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await redis.stop();
  });
});

describe('a node that is cut off from Redis', () => {
  it('hears afterwards what it missed, without being asked', async () => {
    const wire = await layWire(one.port);
    const [a, b] = [await node(one.port), await node(wire.port)];
    const there = box();
    const reader = new Listener();
    await b.open(there.mailbox, reader);
    wire.hold();
    for (const words of ['one', 'two', 'three']) {
      expect(await a.put(there.mailbox, there.parcel(words))).toBe('stored');
    }
    await expect.poll(() => b.ready).toBe(false);
    expect(reader.arrivals).toEqual([]);
    expect(await passLive(a, there.mailbox, there.frame('anybody?'))).toBe('nobody');
    wire.release();
    await expect.poll(() => reader.arrivals).toEqual(['one', 'two', 'three']);
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await wire.close();
  });

  it('loses to whoever opened meanwhile, and what it asked before comes too late', async () => {
    const wire = await layWire(one.port);
    const [a, b] = [await node(one.port), await node(wire.port)];
    const [held, asked] = [box(), box()];
    const [first, second, late, early] = [new Listener(), new Listener(), new Listener(), new Listener()];
    const old = await b.open(held.mailbox, first);
    wire.hold();
    const opening = b.open(asked.mailbox, late);
    const failed = expect(opening).rejects.toMatchObject({ code: 'store-busy' });
    await a.open(held.mailbox, second);
    await a.open(asked.mailbox, early);
    await a.put(held.mailbox, held.parcel('for the second'));
    await failed;
    wire.release();
    await expect.poll(() => first.taken_).toBe(1);
    await expect.poll(() => b.ready).toBe(true);
    await old.remove(Number.MAX_SAFE_INTEGER - 1);
    expect(await a.put(asked.mailbox, asked.parcel('for the early'))).toBe('stored');
    await expect.poll(() => early.arrivals).toEqual(['for the early']);
    await expect.poll(() => second.arrivals).toEqual(['for the second']);
    expect([second.taken_, early.taken_]).toEqual([0, 0]);
    expect(first.arrivals).toEqual([]);
    await Promise.all(nodes.splice(0).map((store) => store.stop()));
    await wire.close();
  });
});
