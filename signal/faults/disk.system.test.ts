import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { newMailbox, TestClient } from '../e2e/client.ts';
import { type Signal, startSignal } from '../launch/server.mjs';
import { startRedis } from '../testing/redis.ts';
import { mountSmallDisk, type SmallDisk } from '../testing/small-disk.ts';
import { Ledger, ready, until } from './ledger.ts';

/**
 * A disk that is full, for real: what was answered `stored` is read, what does not fit is refused and to be tried again,
 * the server lives, and takes again when there is room. `node signal/faults/run.mjs disk --rounds 20` for more than a round.
 */
const ROUNDS = Number(process.env.ASIDE_FAULT_ROUNDS ?? 1);
const TIMEOUT = 60_000 + ROUNDS * 20_000;

/** A mailbox is not full before the disk is. */
const LARGE = 8000;

const MIB = 1024 * 1024;

beforeAll(async () => {
  await buildSignal();
});

let disk: SmallDisk | undefined;
afterEach(async () => {
  await disk?.close();
  disk = undefined;
});

/** Sends until the disk is full and refuses, and a little longer. Returns once nothing is stored any more. */
async function sendUntilRefused(ledger: Ledger, url: string, filled: () => void): Promise<void> {
  const [stored, refused] = [ledger.stored.size, ledger.refusals.length];
  let over = false;
  const load = ledger.send(url, () => over);
  await until(() => ledger.stored.size > stored, 'something is stored');
  filled();
  await until(() => ledger.refusals.length >= refused + 500, 'the full disk refuses');
  over = true;
  await load;
  for (const { reason, retryAfter } of ledger.refusals.slice(refused)) {
    expect(reason).toBe('server-busy');
    expect(retryAfter).toBeGreaterThan(0);
  }
}

const accepts = async (ledger: Ledger, url: string) => {
  const client = await TestClient.connect(url);
  await until(async () => (await ledger.put(client)) === 'stored', 'it takes again');
  await client.close();
};

describe('a disk that is full', () => {
  it(
    'under the embedded store',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        disk = await mountSmallDisk(64 * MIB);
        const ledger = new Ledger(LARGE);
        let server: Signal = await startSignal({ data: disk.path });
        const { port } = server;
        const neighbour = await TestClient.connect(server.url);
        const beside = newMailbox();
        await neighbour.open(beside);
        await ledger.register(server.url);
        const { fill } = disk;
        await sendUntilRefused(ledger, server.url, fill);
        expect(ledger.unanswered).toBe(0);
        // What needs no disk goes on.
        const live = { type: 'live', mailbox: beside.mailbox, envelope: new Uint8Array(1) } as const;
        expect(await neighbour.ask(live)).toBe('passed');
        // A death in this state loses nothing, and the server comes up in it.
        expect(await server.kill()).toBeNull();
        server = await startSignal({ data: disk.path, port });
        await ledger.settle(server.url);
        // Readers empty a disk that is full, and then it takes again once there is room.
        await ledger.empty(server.url);
        disk.clear();
        await accepts(ledger, server.url);
        await ledger.empty(server.url);
        await server.stop();
        await disk.close();
        disk = undefined;
      }
    },
    TIMEOUT,
  );

  it(
    'under Redis, which ends rather than answer what it cannot keep',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        disk = await mountSmallDisk(32 * MIB);
        mkdirSync(join(disk.path, 'redis'));
        const redis = await startRedis({ directory: join(disk.path, 'redis') });
        const nodes = await Promise.all([0, 1].map(() => startSignal({ env: { REDIS_URLS: redis.url } })));
        const [sending, reading] = nodes.map(({ url }) => url) as [string, string];
        const ledger = new Ledger(LARGE);
        await ledger.register(sending);
        await sendUntilRefused(ledger, sending, disk.fill);
        await until(() => !redis.living, 'Redis ends');
        expect((await fetch(`${nodes[0]?.origin}/readyz`)).status).toBe(503);
        // Whoever watches over Redis starts it again: it can be read, and ends at the next write.
        await redis.again();
        await until(async () => {
          const client = await TestClient.connect(sending);
          const answer = await ledger.put(client);
          await client.close();
          expect(answer).toMatchObject({ type: 'refused', reason: 'server-busy' });
          return !redis.living;
        }, 'it ends again');
        disk.clear();
        await redis.again();
        await Promise.all(nodes.map(({ origin }) => ready(origin)));
        await ledger.settle(reading);
        await accepts(ledger, sending);
        await ledger.settle(reading);
        await Promise.all(nodes.map((node) => node.stop()));
        await redis.stop();
        await disk.close();
        disk = undefined;
      }
    },
    TIMEOUT,
  );
});

describe('a disk that gives the file no more room, and is not full', () => {
  it('makes nothing of what is stored not stored', async () => {
    disk = await mountSmallDisk(64 * MIB);
    const server = await startSignal({ data: disk.path });
    const ledger = new Ledger(LARGE);
    await ledger.register(server.url);
    // As a failing disk would, this refuses what the file takes ahead: lmdb's own writes lie within what it has.
    const { size } = statSync(join(disk.path, 'mailboxes.mdb'));
    execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${size}`]);
    const client = await TestClient.connect(server.url);
    for (let n = 0; n < 20; n++) expect(await ledger.put(client)).toBe('stored');
    // In the end it is full after all, which is said before it is met.
    await sendUntilRefused(ledger, server.url, () => {});
    expect(statSync(join(disk.path, 'mailboxes.mdb')).size).toBe(size);
    expect(server.log.map(({ event }) => event)).toEqual(['listening']);
    await client.close();
    await ledger.empty(server.url);
    await server.stop();
  });
});
