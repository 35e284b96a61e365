/**
 * `npm run bench -- crypto`: our sessions beside libsignal's in the same process, in alternating rounds, so that what
 * else the machine does falls on both. Both keep their state in memory, without a database. The padded row says what a
 * message costs as it is sent.
 *
 * Counted in a set-up, on both sides: one-time X25519 and ML-KEM keys made, signed, read and verified; three agreements
 * and an encapsulation; the first ratchet step; 256 B sealed, opened. Ours alone: the invite's text, the bundle sealed
 * and opened, a second encapsulation in the first step, padding. libsignal's alone: ML-KEM-1024 in the place of 768,
 * and its answer's chain, which it makes as it opens. One way and in ping-pong neither side pads.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { buildModule } from '../build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const REFERENCE = 'libsignal';
/** Pairs of rounds; the median of them counts. */
const ROUNDS = 9;

/**
 * @typedef {{ name: string, value: number, unit: string, reference?: number, referenceName?: string, ratio?: number, goal?: number, ok?: boolean }} Row
 */

/** @returns {Promise<{ area: 'crypto', rows: Row[] }>} */
export default async function run() {
  await installPeers();
  const folder = await mkdtemp(join(tmpdir(), 'aside-bench-'));
  try {
    const module = await readFile(await buildModule());
    const ours = await load(folder, 'ours.ts');
    const peer = await load(folder, 'libsignal.mjs');
    return { area: 'crypto', rows: await measure(await ours.start(module), await peer.start()) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @typedef {Record<'oneWay' | 'pingPong' | 'setUp', (count: number) => unknown>} Subject */

/**
 * @param {Subject & { padded(count: number): unknown, stored(count: number): unknown }} ours
 * @param {Subject} peer
 * @returns {Promise<Row[]>}
 */
async function measure(ours, peer) {
  const rows = [];
  for (const { name, run: key, counts, goal } of COMPARED) {
    const { a, b } = await interleaved(
      { run: ours[key], count: counts[0] },
      { run: peer[key], count: counts[1] },
    );
    const ratio = a / b;
    rows.push({
      name,
      value: a,
      unit: '1/s',
      reference: b,
      referenceName: REFERENCE,
      ratio,
      goal,
      ok: ratio >= goal,
    });
  }
  for (const { name, run: key, count } of ALONE) {
    const { a } = await interleaved({ run: ours[key], count }, undefined);
    rows.push({ name, value: a, unit: '1/s' });
  }
  return rows;
}

/** Counts give rounds of comparable length: ours, then the reference's. */
const COMPARED = /** @type {const} */ ([
  { name: 'one way, 256 B sealed and opened', run: 'oneWay', counts: [20_000, 1000], goal: 20 },
  { name: 'ping-pong, 256 B, a hybrid step each', run: 'pingPong', counts: [200, 300], goal: 0.6 },
  { name: 'set-up, keys made to first message opened', run: 'setUp', counts: [60, 60], goal: 1 },
]);
const ALONE = /** @type {const} */ ([
  { name: 'one way, 256 B in a 4 KiB envelope', run: 'padded', count: 5000 },
  { name: 'one way, with the state through its row', run: 'stored', count: 5000 },
]);

/**
 * Medians of operations a second.
 * @param {{ run: (count: number) => unknown, count: number }} first
 * @param {{ run: (count: number) => unknown, count: number } | undefined} second
 */
async function interleaved(first, second) {
  /** @type {number[]} */
  const a = [];
  /** @type {number[]} */
  const b = [];
  // The first round of each only warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const one = await rate(first);
    const other = second === undefined ? 0 : await rate(second);
    if (round > 0) a.push(one);
    if (round > 0) b.push(other);
  }
  return { a: median(a), b: median(b) };
}

/** @param {{ run: (count: number) => unknown, count: number }} subject */
async function rate({ run: perform, count }) {
  const start = performance.now();
  await perform(count);
  return (count / (performance.now() - start)) * 1000;
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;
}

/** Node 20 runs no TypeScript: one file, bundled, but for the native module. */
async function load(/** @type {string} */ folder, /** @type {string} */ entry) {
  const outfile = join(folder, `${entry}.mjs`);
  await build({
    entryPoints: [join(here, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    external: ['node:*'],
    logLevel: 'warning',
    define: { 'import.meta.dirname': JSON.stringify(here) },
  });
  return import(pathToFileURL(outfile).href);
}

/** The reference is installed for the bench only, from its own lockfile. */
async function installPeers() {
  const peers = join(here, 'peers');
  if (existsSync(join(peers, 'node_modules', '@signalapp', 'libsignal-client'))) return;
  await promisify(execFile)('npm', ['ci', '--prefix', peers, '--no-audit', '--no-fund'], { cwd: peers });
}
