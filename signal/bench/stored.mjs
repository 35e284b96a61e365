/** Durable envelopes in the embedded store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSignal } from '../launch/server.mjs';
import { STOCK } from './live.mjs';
import { cpuSeconds, median } from './watched.mjs';

const SENDERS = 100;
const SIZE = 300;
const PER_SECOND = 60_000;
const P99_MS = 25;

/**
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number, ms: number }} size
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function stored(generator, { rounds, ms }) {
  const server = await startSignal({ env: STOCK });
  const ready = (/** @type {number} */ size) =>
    // New mailboxes for each round: a mailbox holds 10,000 envelopes.
    generator.do('senders', { port: server.port, count: SENDERS, size, mailboxesEach: 2 });
  /** @type {number[]} */
  const small = [];
  /** @type {number[]} */
  const large = [];
  /** @type {number[]} */
  const late = [];
  /** @type {number[]} */
  const busy = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [size, rates] of /** @type {const} */ ([
        [SIZE, small],
        [4096, large],
      ])) {
        await ready(size);
        const [before, began] = [cpuSeconds(server.pid), performance.now()];
        const { stored } = await generator.do('store', { ms });
        const wall = (performance.now() - began) / 1000;
        if (round > 0) rates.push((stored / ms) * 1000);
        if (round > 0 && size === SIZE) busy.push((cpuSeconds(server.pid) - before) / wall);
      }
      await ready(SIZE);
      const { took } = await generator.do('pace', { perSecond: PER_SECOND / 2, ms });
      if (round > 0) late.push(took[Math.floor(took.length * 0.99)] ?? Number.NaN);
    }
  } finally {
    await server.stop();
  }
  return [
    {
      name: `durable envelopes of ${SIZE} B, embedded`,
      value: median(small),
      unit: '1/s',
      goal: `at least ${PER_SECOND.toLocaleString('en')}`,
      ok: median(small) >= PER_SECOND,
    },
    { name: '  of a processor, the server meanwhile', value: median(busy), unit: '' },
    { name: 'durable envelopes of 4 KiB, embedded', value: median(large), unit: '1/s' },
    {
      name: `answer at ${(PER_SECOND / 2).toLocaleString('en')} a second, 99th percentile`,
      value: median(late),
      unit: 'ms',
      goal: `under ${P99_MS}`,
      ok: median(late) < P99_MS,
    },
  ];
}

/**
 * The same load on a server that holds nearly nothing and on one that holds millions, in turns.
 *
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number, ms: number, full: number }} size
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function full(generator, { rounds, ms, full: count }) {
  const folder = mkdtempSync(join(tmpdir(), 'aside-bench-'));
  /** @type {{ few: number[], many: number[] }} */
  const cost = { few: [], many: [] };
  try {
    const data = join(folder, 'full');
    const { fill, MAILBOXES } = await import('./fill.mjs');
    const keys = await fill(data, count, SIZE);
    const env = { ...STOCK, STORE_GIB: '100' };
    for (let round = 0; round <= rounds; round++) {
      for (const which of /** @type {const} */ (['few', 'many'])) {
        const server = await startSignal({ env, ...(which === 'many' ? { data } : {}) });
        try {
          const each = Math.ceil(MAILBOXES / SENDERS);
          await generator.do('senders', {
            port: server.port,
            count: SENDERS,
            size: SIZE,
            mailboxesEach: each,
            keys,
          });
          await generator.do('store', { ms: ms / 4 });
          const before = cpuSeconds(server.pid);
          const { stored } = await generator.do('store', { ms });
          if (round > 0) cost[which].push(((cpuSeconds(server.pid) - before) / stored) * 1e6);
        } finally {
          await server.stop();
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [few, many] = [median(cost.few), median(cost.many)];
  return [
    {
      name: `processor time of a durable envelope, ${count.toLocaleString('en')} stored before it`,
      value: many,
      unit: 'µs',
      reference: few,
      referenceName: 'a new store',
      ratio: many / few,
      goal: 'at most 2 ×',
      ok: many / few <= 2,
    },
  ];
}
