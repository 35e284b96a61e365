import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { type Signal, startSignal } from '../launch/server.mjs';
import { startRedis } from '../testing/redis.ts';
import { Ledger, pause, ready } from './ledger.ts';

/**
 * kill -9 at random instants under load: every envelope that was answered `stored` is read, none is invented, none comes
 * back that was answered `removed`. A few rounds here; `node signal/faults/run.mjs kills --rounds 100` for more.
 */
const ROUNDS = Number(process.env.ASIDE_FAULT_ROUNDS ?? 4);
const TIMEOUT = 60_000 + ROUNDS * 20_000;

/** The load is interrupted somewhere in this time. Milliseconds. */
const WITHIN_MS = 250;

beforeAll(async () => {
  await buildSignal();
});

/** Two senders and a reader, interrupted; what was under way is over when it resolves. */
async function underLoad(ledger: Ledger, urls: readonly [string, string], strike: () => Promise<unknown>) {
  let over = false;
  const stored = ledger.stored.size;
  const load = [
    ledger.send(urls[0], () => over),
    ledger.send(urls[1], () => over),
    ledger.take(urls[1], () => over),
  ];
  const ended = Promise.allSettled(load);
  for (const deadline = Date.now() + 15_000; ledger.stored.size === stored && Date.now() < deadline; ) {
    await pause(1);
  }
  expect(ledger.stored.size).toBeGreaterThan(stored);
  await pause(Math.random() * WITHIN_MS);
  await strike();
  // What stands is refused for a while, and refusals are answers.
  await pause(50);
  over = true;
  for (const result of await ended) {
    if (result.status === 'rejected' && result.reason?.name === 'AssertionError') throw result.reason;
  }
}

describe('kill -9 at random instants', () => {
  it(
    'of the server with its embedded store',
    async () => {
      const data = mkdtempSync(join(tmpdir(), 'aside-kills-'));
      const ledger = new Ledger();
      let server = await startSignal({ data });
      const { port } = server;
      await ledger.register(server.url);
      for (let round = 0; round < ROUNDS; round++) {
        await underLoad(ledger, [server.url, server.url], () => server.kill());
        server = await startSignal({ data, port });
        await ledger.settle(server.url);
      }
      // Every round interrupted something.
      expect(ledger.unanswered).toBeGreaterThanOrEqual(ROUNDS);
      await server.stop();
      rmSync(data, { recursive: true, force: true });
      say('embedded', ledger);
    },
    TIMEOUT,
  );

  it(
    'of a node, of Redis, of both',
    async () => {
      const redis = await startRedis();
      const node = (port = 0) => startSignal({ port, env: { REDIS_URLS: redis.url } });
      const nodes: [Signal, Signal] = [await node(), await node()];
      const ledger = new Ledger();
      await ledger.register(nodes[1].url);
      for (let round = 0; round < ROUNDS; round++) {
        // In turns: a node, Redis, both, everything.
        const doomed = [[0], [], [1], [0, 1]][round % 4] ?? [];
        const redisToo = round % 4 !== 0;
        await underLoad(ledger, [nodes[0].url, nodes[1].url], () =>
          Promise.all([...doomed.map((n) => nodes[n]?.kill()), ...(redisToo ? [redis.kill()] : [])]),
        );
        if (redisToo) await redis.again();
        for (const n of doomed) nodes[n] = await node(nodes[n]?.port);
        await Promise.all(nodes.map(({ origin }) => ready(origin)));
        await ledger.settle(nodes[round % 2]?.url ?? '');
      }
      expect(ledger.unanswered).toBeGreaterThan(0);
      await Promise.all(nodes.map((one) => one.stop()));
      await redis.stop();
      say(redis.kind, ledger);
    },
    TIMEOUT,
  );
});

function say(where: string, { stored, read, unanswered }: Ledger): void {
  if (process.env.ASIDE_FAULT_ROUNDS === undefined) return;
  process.stdout.write(
    `${where}: ${ROUNDS} rounds, ${stored.size} answered stored and all of them read, ${read.size - stored.size} more ` +
      `that were stored unanswered, ${unanswered} interrupted\n`,
  );
}
