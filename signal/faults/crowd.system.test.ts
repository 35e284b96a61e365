import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { Client, frameOf } from '../bench/sockets.mjs';
import { ownMemory } from '../bench/watched.mjs';
import { buildSignal } from '../build.mjs';
import { newMailbox, TestClient } from '../e2e/client.ts';
import { type Signal, startSignal } from '../launch/server.mjs';
import { encodeClientFrame, WIRE_SUBPROTOCOL } from '../protocol/index.ts';
import { startRedis } from '../testing/redis.ts';
import { until } from './ledger.ts';

/**
 * Many sockets that are opened and dropped at once, from as many addresses as the limits ask for: memory and descriptors
 * return to where they were, round after round, and who was there before is served meanwhile.
 * `node signal/faults/run.mjs crowd --rounds 6`; `npm test` has a smaller crowd.
 */
const LONG = process.env.ASIDE_FAULT_ROUNDS !== undefined;
const SOCKETS = LONG ? 15_000 : 5000;
const ROUNDS = Number(process.env.ASIDE_FAULT_ROUNDS ?? 3);
const TIMEOUT = 60_000 + ROUNDS * 60_000;

/** Rounds after which tables and code have the size that they keep. */
const WARM = 2;

/** A socket that leaves a twentieth of what it takes while it stands is found. Bytes. */
const LEFT_PER_SOCKET = 250;

/** The same of the process' own memory, of which a MiB comes and goes by itself. */
const OWN_PER_SOCKET = 1024;

const PER_ADDRESS = 250;

const COLLECT = new URL('../bench/collect.mjs', import.meta.url).href;

beforeAll(async () => {
  await buildSignal();
});

const descriptors = ({ pid }: Signal) => readdirSync(`/proc/${pid}/fd`).length;

/** What is left when garbage is collected: of objects and their buffers, and of all that the process holds. Bytes. */
async function memory({ log, pid }: Signal): Promise<{ readonly heap: number; readonly own: number }> {
  const said = () => log.filter(({ event }) => event === 'collected');
  const before = said().length;
  process.kill(pid, 'SIGUSR2');
  await until(() => said().length > before, 'garbage is collected');
  return { heap: Number(said().at(-1)?.heap), own: ownMemory(pid) };
}

/** What the last look found more than the first rounds left; the lowest of those counts, as allocators give back when they like. */
function growth(left: readonly number[]): number {
  return (left.at(-1) ?? 0) - Math.min(...left.slice(0, WARM));
}

const inMiB = (left: readonly number[]) => left.map((bytes) => (bytes / 1024 / 1024).toFixed(1)).join(', ');

/** The same in every round: what is registered stays, and is remembered on purpose. */
const openings = Array.from({ length: SOCKETS }, () =>
  frameOf(encodeClientFrame({ type: 'open', request: 1, ...newMailbox() })),
);

/** What the system did with connections that nobody had accepted yet, since it started. */
function queues(): string {
  const [names = [], values = []] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .slice(0, 2)
    .map((line) => line.split(' '));
  return ['ListenOverflows', 'ListenDrops', 'SyncookiesFailed']
    .map((name) => `${name}: ${values[names.indexOf(name)]}`)
    .join(', ');
}

/** Comes in, opens a mailbox each, and goes without a word. */
async function crowd(port: number, round: number): Promise<void> {
  const clients = openings.map((opening, n) => {
    const house = Math.floor(n / PER_ADDRESS);
    // From elsewhere in every round, as the rate of arrivals counts for a while.
    const from = `127.${1 + (round % 250)}.1.${1 + house}`;
    const client = new Client({ port, path: '/v1', subprotocol: WIRE_SUBPROTOCOL, from });
    return client.ready.then(() => {
      client.write(opening);
      return client;
    });
  });
  const came = await Promise.allSettled(clients);
  const refused = came.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  if (refused.length > 0) {
    throw new Error(`round ${round}: ${refused.length} of ${SOCKETS} did not come in. ${queues()}`, {
      cause: refused[0],
    });
  }
  const there = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await until(
    () => there.every(({ frames, failed }) => frames > 0 || failed !== undefined),
    () => `all are served, and ${there.filter(({ frames }) => frames === 0).length} are not`,
  );
  const ended = there.filter(({ failed }) => failed !== undefined);
  if (ended.length > 0) {
    throw new Error(`round ${round}: ${ended.length} of ${SOCKETS} were ended`, { cause: ended[0]?.failed });
  }
  for (const client of there) client.end();
}

/** `quiet`: whether what the store had to do for those who went is done. */
async function hold(server: Signal, ownPerSocket: number, quiet: () => Promise<boolean>): Promise<void> {
  const neighbour = await TestClient.connect(server.url);
  const box = newMailbox();
  await neighbour.open(box);
  let over = false;
  let longest = 0;
  let served = 0;
  const talk = (async () => {
    for (; !over; served++) {
      const began = performance.now();
      expect(await neighbour.send(box, `${served}`)).toBe('stored');
      const sequence = (await neighbour.frames('deliver', served + 1)).length;
      expect(await neighbour.ask({ type: 'ack', mailbox: box.mailbox, sequence })).toBe('removed');
      longest = Math.max(longest, performance.now() - began);
    }
  })();
  const open = descriptors(server);
  const heap: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < WARM + ROUNDS; round++) {
    await crowd(server.port, round);
    await until(() => descriptors(server) <= open, 'descriptors are given back');
    await until(quiet, 'the store lets go of their mailboxes');
    const left = await memory(server);
    heap.push(left.heap);
    own.push(left.own);
  }
  // What a burst of commands left in buffers goes with the next ones: the neighbour talks on. What leaks stays.
  await until(async () => {
    if (growth(heap) < SOCKETS * LEFT_PER_SOCKET && growth(own) < SOCKETS * ownPerSocket) return true;
    const left = await memory(server);
    heap.push(left.heap);
    own.push(left.own);
    return false;
  }, 'memory is back where it was');
  over = true;
  await talk;
  if (LONG) {
    process.stdout.write(
      `${ROUNDS} rounds of ${SOCKETS} sockets: heap ${inMiB(heap)} MiB, own memory ${inMiB(own)} MiB, ` +
        `a neighbour was served ${served} times meanwhile, after ${longest.toFixed(0)} ms at the latest\n`,
    );
  }
  expect(served).toBeGreaterThan(ROUNDS);
  await neighbour.close();
}

it(
  'of a server with its embedded store',
  async () => {
    const server = await startSignal({ env: { NODE_OPTIONS: `--import ${COLLECT}` } });
    try {
      await hold(server, OWN_PER_SOCKET, async () => true);
    } finally {
      await server.stop();
    }
  },
  TIMEOUT,
);

it(
  'of a node over Redis',
  async () => {
    const redis = await startRedis();
    const server = await startSignal({ env: { NODE_OPTIONS: `--import ${COLLECT}`, REDIS_URLS: redis.url } });
    const readers =
      "local n = 0 for _, k in ipairs(redis.call('KEYS', 'm:*')) do n = n + redis.call('HEXISTS', k, 'n') end return n";
    // The neighbour goes on. Buffers of a burst of commands come back to the system late: the heap is what tells.
    try {
      await hold(server, 4096, async () => (await redis.cli('EVAL', readers, '0')) === '1');
    } finally {
      await server.stop();
      await redis.stop();
    }
  },
  TIMEOUT,
);
