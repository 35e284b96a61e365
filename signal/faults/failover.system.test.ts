import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { type Answer, newMailbox, TestClient, text } from '../e2e/client.ts';
import { type Signal, startSignal } from '../launch/server.mjs';
import { LIMITS } from '../src/limits.ts';
import { nameOf } from '../src/mailbox-name.ts';
import { envelopesKey, mailboxKey } from '../src/store/redis/names.ts';
import { layWire, type Wire } from '../testing/partition.ts';
import { DURABLE, KINDS, roleOf, startCluster, startRedis, type TestRedis } from '../testing/redis.ts';
import { Ledger, type Load, ready, until } from './ledger.ts';

/**
 * A replica takes over from its primary under load, in a cluster and beside a single Redis. A round of each here;
 * `node signal/faults/run.mjs failover --rounds 20` for more. What OPERATING.md says of fail-overs is held here.
 */
const ROUNDS = Number(process.env.ASIDE_FAULT_ROUNDS ?? 1);
const TIMEOUT = 60_000 + ROUNDS * 30_000;

/** Enough that something is always under way, for the seconds that a fail-over takes. */
const LOAD: Load = { underWay: 4, restMs: 10 };

/** After so long a change by hand that did not come about is given up by Redis. */
const ELECTION_MS = 6000;

const page = readFileSync(new URL('../OPERATING.md', import.meta.url), 'utf8');

/** A command that the page tells operators to run. */
function told(command: string): string[] {
  const [, words] = new RegExp(`redis-cli (${command})\\b`).exec(page) ?? [];
  if (words === undefined) throw new Error(`OPERATING.md does not speak of ${command}`);
  return words.split(' ');
}

/** A setting that the page proposes, as an argument. */
function proposed(name: string): string[] {
  const [, value] = new RegExp(`\`${name} (\\d+)\``).exec(page) ?? [];
  if (value === undefined) throw new Error(`OPERATING.md does not speak of ${name}`);
  return [`--${name}`, value];
}

beforeAll(async () => {
  await buildSignal();
});

const readyz = async ({ origin }: Signal) => (await fetch(`${origin}/readyz`)).status;

/** Two senders at two servers and one reader at the second, all on one socket each until `strike` is over. */
async function underLoad(ledger: Ledger, [a, b]: readonly [Signal, Signal], strike: () => Promise<void>) {
  let over = false;
  const ended = Promise.all([
    ledger.send(a.url, () => over, LOAD),
    ledger.send(b.url, () => over, LOAD),
    ledger.take(b.url, () => over),
  ]);
  // None of them ends before it is told to: a socket that did has rejected.
  const early = ended.then(() => {
    if (!over) throw new Error('the load ended by itself');
  });
  const struck = (async () => {
    await until(() => ledger.read.size > 0, 'the load begins');
    await strike();
    const { size } = ledger.stored;
    await until(() => ledger.stored.size > size + 20, 'senders go on');
    const last = [...ledger.stored].at(-1) ?? '';
    await until(() => ledger.read.has(last), 'the reader goes on');
  })();
  try {
    await Promise.race([struck, early.then(() => struck)]);
  } finally {
    over = true;
    // A reader that waits for the next envelope is ended by us.
    await ended.catch((error: unknown) => {
      if (error instanceof Error && error.name === 'AssertionError') throw error;
    });
  }
}

/** That one socket's live envelopes reach another's, at another server. */
async function passes(from: TestClient, to: TestClient, mailbox: Uint8Array): Promise<void> {
  const envelope = new Uint8Array([1, 2, 3]);
  const had = to.all('deliver-live').length;
  await until(async () => (await from.ask({ type: 'live', mailbox, envelope })) === 'passed', 'live passes');
  await to.frames('deliver-live', had + 1);
}

/** Waits until a replica has everything that its primary has written by now. */
async function caughtUp(replica: TestRedis, primary: TestRedis): Promise<void> {
  const { offset } = await roleOf(primary);
  await until(async () => (await roleOf(replica)).offset >= offset, 'the replica follows');
}

const isPrimary = async (redis: TestRedis) => (await roleOf(redis)).of === undefined;

/** What was answered `stored`, and neither came to a reader nor waits for one. */
async function missing({ box, stored, read }: Ledger, node: Signal): Promise<string[]> {
  const client = await TestClient.connect(node.url);
  const opened = await client.open(box);
  if (typeof opened === 'string' || opened.type !== 'opened') throw new Error('not opened');
  const waiting = await client.frames('deliver', opened.waiting);
  await client.close();
  const there = new Set([...read, ...waiting.map(({ envelope }) => text(envelope))]);
  return [...stored].filter((words) => !there.has(words));
}

describe.each(KINDS)('a cluster of %s', (kind) => {
  let cluster: TestRedis[];
  let nodes: [Signal, Signal];
  beforeAll(async () => {
    cluster = await startCluster({ kind, replicas: 1 });
    const seeds = cluster.map(({ url }) => url).join(',');
    const node = () => startSignal({ env: { REDIS_URLS: seeds } });
    nodes = [await node(), await node()];
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all(cluster.map((redis) => redis.stop()));
  });

  /** A ledger for a load, and beside it a sender at one node for a reader's mailbox at the other. */
  async function meet() {
    const ledger = new Ledger();
    await ledger.register(nodes[0].url);
    const sender = await TestClient.connect(nodes[0].url);
    const reader = await TestClient.connect(nodes[1].url);
    const other = newMailbox();
    await reader.open(other);
    return { ledger, sender, reader, other };
  }

  /** Whoever answers for a mailbox, and its replica. */
  async function pairOf({ mailbox }: { mailbox: Uint8Array }) {
    const key = mailboxKey(nameOf(mailbox));
    const answers = await Promise.all(cluster.map(({ cli }) => cli('HGET', key, 'e')));
    const primary = cluster[answers.findIndex((answer) => /^\d+$/.test(answer))];
    const roles = await Promise.all(cluster.map(roleOf));
    const replica = cluster[roles.findIndex(({ of }) => of === primary?.port)];
    if (primary === undefined || replica === undefined) throw new Error('nobody has the mailbox');
    return { primary, replica };
  }

  it(
    'goes on by a replica when a primary is killed: refused meanwhile, and nobody has to come again',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { ledger, sender, reader, other } = await meet();
        await passes(sender, reader, other.mailbox);
        const { primary, replica } = await pairOf(ledger.box);
        let replicated: string[] = [];
        await underLoad(ledger, nodes, async () => {
          replicated = [...ledger.stored];
          await caughtUp(replica, primary);
          // On a busy machine it may have taken over before anybody was asked.
          const waits = (word: 'yes' | 'no') =>
            replica.cli('CONFIG', 'SET', 'cluster-replica-no-failover', word);
          await waits('yes');
          await primary.kill();
          const refusals = ledger.refusals.length;
          await until(() => ledger.refusals.length > refusals + 20, 'senders are told to try again');
          for (const node of nodes) await until(async () => (await readyz(node)) === 503, 'a node says so');
          const { size } = ledger.stored;
          await waits('no');
          await until(async () => {
            const now = ledger.stored.size;
            if (await isPrimary(replica)) return true;
            // Nobody can have stored it.
            expect(now).toBe(size);
            return false;
          }, 'the replica takes over');
          await Promise.all(nodes.map(({ origin }) => ready(origin)));
        });
        expect(new Set(ledger.refusals.map(({ reason }) => reason))).toEqual(new Set(['server-busy']));
        expect(ledger.refusals.every(({ retryAfter }) => retryAfter > 0)).toBe(true);
        await passes(sender, reader, other.mailbox);
        const lost = await missing(ledger, nodes[0]);
        expect([...ledger.read].filter((words) => !ledger.said.has(words))).toEqual([]);
        expect(replicated.filter((words) => lost.includes(words))).toEqual([]);
        // What was killed comes back as the other's replica, and everything is as before.
        await primary.again();
        await until(async () => {
          const { of, inStep } = await roleOf(primary);
          return of === replica.port && inStep;
        }, 'the old primary follows');
        await Promise.all(nodes.map(({ origin }) => ready(origin)));
        say('killed', ledger, lost.length);
        await Promise.all([sender.close(), reader.close()]);
      }
    },
    TIMEOUT,
  );

  it(
    'changes over by hand with nothing lost: each envelope that was answered stored is read once',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { ledger, sender, reader, other } = await meet();
        await underLoad(ledger, nodes, async () => {
          // All of them, so that the servers' own channels move too.
          const roles = await Promise.all(cluster.map(roleOf));
          for (const replica of cluster.filter((_, n) => roles[n]?.of !== undefined)) {
            // One shard's primary changes once in twice the node timeout: an election that comes sooner is let pass.
            let asked = 0;
            await until(async () => {
              if (Date.now() - asked > ELECTION_MS) {
                asked = Date.now();
                await replica.cli(...told('CLUSTER FAILOVER'));
              }
              return isPrimary(replica);
            }, 'it takes over');
            const { size } = ledger.stored;
            await until(() => ledger.stored.size > size + 20, 'senders go on');
          }
        });
        await Promise.all(nodes.map(({ origin }) => ready(origin)));
        await passes(sender, reader, other.mailbox);
        expect(ledger.refusals.filter(({ reason }) => reason !== 'server-busy')).toEqual([]);
        await ledger.settle(nodes[0].url);
        say('changed over', ledger, 0);
        await Promise.all([sender.close(), reader.close()]);
      }
    },
    TIMEOUT,
  );
});

describe('one Redis with a replica, behind one address', () => {
  let primary: TestRedis;
  let replica: TestRedis;
  /** What the replica follows, and what the servers know. */
  let [line, address]: [Wire?, Wire?] = [];
  let nodes: [Signal, Signal];
  /** Starts the pair, and two servers that know nothing but the address. */
  async function begin(settings: readonly string[] = []) {
    // So that the replica need not wait for others.
    const all = [...DURABLE, '--repl-diskless-sync-delay', '0', ...settings];
    primary = await startRedis({ settings: all });
    line = await layWire(primary.port);
    address = await layWire(primary.port);
    replica = await startRedis({ settings: [...all, '--replicaof', `127.0.0.1 ${line.port}`] });
    await until(async () => (await roleOf(replica)).inStep, 'the replica follows');
    const node = () => startSignal({ env: { REDIS_URLS: `redis://127.0.0.1:${address?.port}` } });
    nodes = [await node(), await node()];
  }
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await Promise.all([line?.close(), address?.close(), primary.stop(), replica.stop()]);
  });

  it('changes over with nothing lost by FAILOVER and the address, while servers say that they are not ready', async () => {
    await begin();
    const ledger = new Ledger();
    await ledger.register(nodes[0].url);
    await underLoad(ledger, nodes, async () => {
      await primary.cli(...told('FAILOVER'));
      await until(() => isPrimary(replica), 'the replica takes over');
      const refusals = ledger.refusals.length;
      await until(() => ledger.refusals.length > refusals + 20, 'senders are told to try again');
      address?.leadTo(replica.port);
      await Promise.all(nodes.map(({ origin }) => ready(origin)));
    });
    expect(new Set(ledger.refusals.map(({ reason }) => reason))).toEqual(new Set(['server-busy']));
    await ledger.settle(nodes[0].url);
    say('FAILOVER', ledger, 0);
  });

  it('is known for a replica also by servers that have nothing to store at that moment', async () => {
    await begin();
    const late = startSignal({ env: { REDIS_URLS: replica.url } });
    await expect(late).rejects.toThrow(/is a replica, and servers need the primary/);
    await primary.cli(...told('FAILOVER'));
    for (const node of nodes) {
      await until(async () => (await readyz(node)) === 503, 'a node says so');
      expect(JSON.stringify(node.log)).toMatch(/store-failed.*is a replica/);
    }
    address?.leadTo(replica.port);
    await Promise.all(nodes.map(({ origin }) => ready(origin)));
    const client = await TestClient.connect(nodes[0].url);
    const box = newMailbox();
    expect(await client.open(box)).toMatchObject({ type: 'opened' });
    expect(await client.send(box, 'after')).toBe('stored');
    await client.close();
  });

  it('loses with a primary that dies for good what the replica had not heard, and nothing else', async () => {
    await begin();
    const [sender, reader] = [await TestClient.connect(nodes[0].url), await TestClient.connect(nodes[1].url)];
    const box = newMailbox();
    await reader.open(box);
    await reader.ask({ type: 'close', mailbox: box.mailbox });
    expect(await sender.send(box, 'before')).toBe('stored');
    await caughtUp(replica, primary);
    line?.hold();
    // Answered, and gone with the primary: what nothing but the senders' own copies makes good.
    expect(await sender.send(box, 'in the last moment')).toBe('stored');
    await primary.kill();
    await line?.close();
    line = undefined;
    for (const node of nodes) await until(async () => (await readyz(node)) === 503, 'a node says so');
    expect(await sender.send(box, 'meanwhile')).toMatchObject({ type: 'refused', reason: 'server-busy' });
    await replica.cli(...told('REPLICAOF NO ONE'));
    address?.leadTo(replica.port);
    await Promise.all(nodes.map(({ origin }) => ready(origin)));
    expect(await sender.send(box, 'after')).toBe('stored');
    expect(await reader.open(box)).toMatchObject({ type: 'opened', waiting: 2 });
    expect((await reader.frames('deliver', 2)).map(({ envelope }) => text(envelope))).toEqual([
      'before',
      'after',
    ]);
    await Promise.all([sender.close(), reader.close()]);
  });

  it('takes acknowledgements of who opened the mailbox in what was lost, when they come again, and of nobody before', async () => {
    await begin();
    const [sender, first, second] = await Promise.all(
      [nodes[0], nodes[1], nodes[0]].map(({ url }) => TestClient.connect(url)),
    );
    if (sender === undefined || first === undefined || second === undefined) throw new Error('no clients');
    const box = newMailbox();
    await first.open(box);
    for (const words of ['one', 'two']) expect(await sender.send(box, words)).toBe('stored');
    await caughtUp(replica, primary);
    line?.hold();
    expect(await second.open(box)).toMatchObject({ type: 'opened', waiting: 2 });
    await Promise.all([first.frames('taken', 1), second.frames('deliver', 2)]);
    // Servers that cannot hear are not ready and look at nothing by themselves: it is for the acknowledgement to find out.
    await replica.cli('ACL', 'SETUSER', 'default', 'resetchannels');
    await primary.kill();
    await line?.close();
    line = undefined;
    await replica.cli(...told('REPLICAOF NO ONE'));
    address?.leadTo(replica.port);
    const key = mailboxKey(nameOf(box.mailbox));
    const lost = await replica.cli('HGET', key, 'e');
    const refused: Answer[] = [];
    await until(async () => {
      const answer = await second.ask({ type: 'ack', mailbox: box.mailbox, sequence: 2 });
      if (answer === 'removed') return true;
      refused.push(answer);
      return false;
    }, 'it is removed');
    expect(await replica.cli('XLEN', envelopesKey(key))).toBe('0');
    expect(Number(await replica.cli('HGET', key, 'e'))).toBeGreaterThan(Number(lost));
    for (const answer of refused)
      expect(answer).toMatchObject({
        type: 'refused',
        reason: 'server-busy',
        retryAfter: LIMITS.busyRetryMs,
      });
    expect(second.all('taken')).toEqual([]);
    expect(await readyz(nodes[0])).toBe(503);
    await replica.cli('ACL', 'SETUSER', 'default', 'allchannels');
    await Promise.all(nodes.map(({ origin }) => ready(origin)));
    expect(await first.ask({ type: 'ack', mailbox: box.mailbox, sequence: 2 })).toMatchObject({
      reason: 'not-open',
    });
    expect(await sender.send(box, 'three')).toBe('stored');
    const [, , three] = await second.frames('deliver', 3);
    expect(text(three!.envelope)).toBe('three');
    await Promise.all([sender, first, second].map((client) => client.close()));
  });

  it('refuses rather than loses with min-replicas-to-write, as soon as the replica is silent', async () => {
    await begin([...proposed('min-replicas-to-write'), ...proposed('min-replicas-max-lag')]);
    const client = await TestClient.connect(nodes[0].url);
    const box = newMailbox();
    await until(
      async () =>
        typeof (await client.open(box)) === 'object' && (await client.send(box, 'before')) === 'stored',
      'all is well',
    );
    line?.hold();
    await until(
      async () => (await client.send(box, 'while the replica is silent')) !== 'stored',
      'it is refused',
    );
    expect(await client.send(box, 'later')).toMatchObject({ type: 'refused', reason: 'server-busy' });
    line?.release();
    await until(async () => (await client.send(box, 'after')) === 'stored', 'it is stored again');
    await client.close();
  });
});

function say(what: string, { stored, read, refusals }: Ledger, lost: number): void {
  if (process.env.ASIDE_FAULT_ROUNDS === undefined) return;
  process.stdout.write(
    `${what}: ${stored.size} answered stored, ${read.size} read, ${lost} lost, ${refusals.length} refused\n`,
  );
}
