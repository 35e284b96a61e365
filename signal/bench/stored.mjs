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
  /** @type {number[]} */
  const load = [];
  try {
    const storing = async (/** @type {number} */ size) => {
      await ready(size);
      const [before, began] = [cpuSeconds(server.pid), performance.now()];
      const { stored, cpu } = await generator.do('store', { ms });
      const wall = (performance.now() - began) / 1000;
      return { rate: (stored / ms) * 1000, busy: (cpuSeconds(server.pid) - before) / wall, load: cpu / wall };
    };
    // The quietest first: what the disk still has to do for hundreds of megabytes falls on whoever comes next.
    for (let round = 0; round <= rounds; round++) {
      await ready(SIZE);
      const { took } = await generator.do('pace', { perSecond: PER_SECOND / 2, ms });
      if (round > 0) late.push(took[Math.floor(took.length * 0.99)] ?? Number.NaN);
    }
    for (let round = 0; round <= rounds; round++) {
      const { rate, ...used } = await storing(SIZE);
      if (round === 0) continue;
      small.push(rate);
      busy.push(used.busy);
      load.push(used.load);
    }
    for (let round = 0; round <= rounds; round++) {
      const { rate } = await storing(4096);
      if (round > 0) large.push(rate);
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
    { name: '  of a processor, the load generator meanwhile', value: median(load), unit: '' },
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
export async function full(generator, size) {
  const folder = mkdtempSync(join(tmpdir(), 'aside-bench-'));
  try {
    const { fill } = await import('./fill.mjs');
    const keys = await fill(folder, size.full, SIZE);
    return await besideFull(generator, size, folder, keys);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Measures on a store that is filled already.
 *
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number, ms: number, full: number }} size
 * @param {string} data
 * @param {Awaited<ReturnType<typeof import('./fill.mjs').fill>>} keys
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function besideFull(generator, { rounds, ms, full: count }, data, keys) {
  /** @type {{ few: number[], many: number[] }} */
  const cost = { few: [], many: [] };
  const env = { ...STOCK, STORE_GIB: '100' };
  for (let round = 0; round <= rounds; round++) {
    for (const which of /** @type {const} */ (['few', 'many'])) {
      const server = await startSignal({ env, ...(which === 'many' ? { data } : {}) });
      try {
        const mailboxesEach = Math.ceil(keys.length / SENDERS);
        await generator.do('senders', { port: server.port, count: SENDERS, size: SIZE, mailboxesEach, keys });
        await generator.do('store', { ms: ms / 4 });
        const before = cpuSeconds(server.pid);
        const { stored } = await generator.do('store', { ms });
        if (round > 0) cost[which].push(((cpuSeconds(server.pid) - before) / stored) * 1e6);
      } finally {
        await server.stop();
      }
    }
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
