/**
 * `npm run bench -- crypto`: our sessions beside libsignal's and Olm's in the same process, in alternating rounds, so
 * that what else the machine does falls on all. They keep their state in memory, without a database. The padded row says
 * what a message costs as it is sent.
 *
 * Counted in a set-up, on both sides: one-time X25519 and ML-KEM keys made, signed, read and verified; the handshake's
 * three agreements and an encapsulation; the first ratchet step; 256 B sealed, opened. In numbers, both people together:
 *
 * |                      | ours           | libsignal                              | Olm |
 * | -------------------- | -------------- | -------------------------------------- | --- |
 * | X25519 agreements    | 8              | 9: its answer's chain as it opens      | 6   |
 * | X25519 keys          | 3              | 4: the same                            | 3   |
 * | signatures, verified | 1, 2           | 2, 2 (XEdDSA)                          | 1, 1 |
 * | ML-KEM               | 2, 2, 2 of 768 | 1, 1, 1 of 1024, and its own ratchet's | -   |
 *
 * (ML-KEM: keys, encapsulations, decapsulations.) Ours alone: the invite's text, the bundle sealed and opened, a second
 * ML-KEM key and encapsulation in the first step, the accepter's identity verified by the inviter, padding. `bare.ts`
 * counts our calls (the bare rows name them); libsignal's and Olm's are as their sources have them. One way and in
 * ping-pong nobody pads.
 *
 * "Answered" leaves out on every side what the inviter does before: keys made, and signed. "With a pair made ahead"
 * leaves out what `prepareKeyPair` did before each turn; the others have no such thing. "Bare primitives" are the
 * public-key functions of libsodium that ours calls for it, and nothing else, beside the whole of the others': no work of
 * ours around libsodium can do better. Those of PQXDH alone are what would be left without the first ratchet step and
 * without the inviter's check of the accepter: a set-up over libsodium's module cannot do better by leaving these out.
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
/** Rounds of each; the median of them counts. */
const ROUNDS = 15;
/** Rounds before these: the JavaScript of a set-up is long, and was still being compiled after one. */
const WARM_UP = 4;

/**
 * @typedef {import('./subject.mjs').Parts} Parts
 * @typedef {{ name: string, value: number, unit: string, reference?: number, referenceName?: string, ratio?: number, goal?: number, ok?: boolean }} Row
 * @typedef {(count: number) => Promise<Parts>} Work
 */

/** @returns {Promise<{ area: 'crypto', rows: Row[] }>} */
export default async function run() {
  await installPeers();
  const folder = await mkdtemp(join(tmpdir(), 'aside-bench-'));
  try {
    const module = await readFile(await buildModule());
    const [ours, libsignal, olm] = await Promise.all(
      ['ours.ts', 'libsignal.mjs', 'olm.mjs'].map((entry) => load(folder, entry)),
    );
    const sides = [await ours.start(module), await libsignal.start(), await olm.start()];
    return { area: 'crypto', rows: await measure(sides, sides[0].calls) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Counts give rounds of comparable length: ours, libsignal's, Olm's. Goals are against libsignal and Olm; `against` is
 * the others' part that a part of ours stands beside, where it is not the same.
 *
 * @type {{ run: string, counts: number[], rows: { part: string, against?: string, name: string, goals?: number[] }[] }[]}
 */
const WORKS = [
  {
    run: 'oneWay',
    counts: [20_000, 1000, 4000],
    rows: [
      { part: 'both', name: 'one way, 256 B sealed and opened', goals: [20, 5] },
      { part: 'seal', name: 'one way, sealed' },
      { part: 'open', name: 'one way, opened' },
    ],
  },
  {
    run: 'pingPong',
    counts: [200, 300, 300],
    rows: [
      { part: 'both', name: 'ping-pong, 256 B, a hybrid step each', goals: [0.65] },
      { part: 'bare', against: 'both', name: 'ping-pong, its bare primitives' },
    ],
  },
  {
    run: 'ahead',
    counts: [200, 300, 300],
    rows: [
      { part: 'both', name: 'ping-pong, with a pair made ahead', goals: [0.85] },
      { part: 'bare', against: 'both', name: 'ping-pong, its bare primitives, with a pair made ahead' },
    ],
  },
  {
    run: 'setUp',
    counts: [60, 60, 60],
    rows: [
      { part: 'both', name: 'set-up, keys made to first message opened', goals: [1.5] },
      { part: 'answered', name: 'set-up, answered to first message opened' },
      { part: 'bare', against: 'both', name: 'set-up, its bare primitives' },
      { part: 'least', against: 'both', name: 'set-up, bare primitives of PQXDH alone' },
    ],
  },
  {
    run: 'setUpAhead',
    counts: [60, 60, 60],
    rows: [
      { part: 'both', name: 'set-up, with a pair made ahead' },
      { part: 'answered', name: 'set-up, answered with a pair made ahead' },
    ],
  },
  {
    run: 'bare',
    counts: [200, 200],
    rows: [
      { part: 'agree', name: 'bare X25519 agreement' },
      { part: 'base', name: 'bare X25519 key' },
      { part: 'sign', name: 'bare Ed25519 signature' },
      { part: 'verify', name: 'bare Ed25519 verification' },
      { part: 'generate', name: 'bare ML-KEM-768 key' },
      { part: 'encapsulate', name: 'bare ML-KEM-768 encapsulation' },
      { part: 'decapsulate', name: 'bare ML-KEM-768 decapsulation' },
    ],
  },
  {
    run: 'padded',
    counts: [5000],
    rows: [{ part: 'both', name: 'one way, 256 B in a 4 KiB envelope' }],
  },
  {
    run: 'stored',
    counts: [5000],
    rows: [{ part: 'both', name: 'one way, with the state through its row' }],
  },
];
const PEERS = ['libsignal', 'Olm'];

/**
 * @param {Record<string, Work>[]} sides ours first
 * @param {Record<string, number>} calls of each bare primitive in a set-up of ours
 * @returns {Promise<Row[]>}
 */
async function measure(sides, calls) {
  /** @type {Row[]} */
  const table = [];
  for (const { run: key, counts, rows } of WORKS) {
    const rates = await interleaved(
      counts.map((count, side) => ({ perform: /** @type {Work} */ (sides[side]?.[key]), count })),
    );
    for (const { part, against = part, name: label, goals = [] } of rows) {
      const [ours = {}, ...others] = rates;
      const times = key === 'bare' ? `, ${calls[part] ?? 0} in a set-up` : '';
      const name = label + times;
      const value = ours[part] ?? 0;
      const beside = others.flatMap(({ [against]: reference }, index) =>
        reference === undefined ? [] : [{ reference, referenceName: PEERS[index] ?? '', goal: goals[index] }],
      );
      if (beside.length === 0) table.push({ name, value, unit: '1/s' });
      for (const { reference, referenceName, goal } of beside) {
        const ratio = value / reference;
        const held = goal === undefined ? {} : { goal, ok: ratio >= goal };
        table.push({ name, value, unit: '1/s', reference, referenceName, ratio, ...held });
      }
    }
  }
  return table;
}

/**
 * Medians of operations a second, by part.
 * @param {{ perform: Work, count: number }[]} works
 * @returns {Promise<Record<string, number>[]>}
 */
async function interleaved(works) {
  /** @type {Record<string, number[]>[]} */
  const seen = works.map(() => ({}));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [side, { perform, count }] of works.entries()) {
      for (const [part, milliseconds] of Object.entries(await perform(count))) {
        const rates = seen[side] ?? {};
        rates[part] ??= [];
        if (round >= 0) rates[part].push((count / milliseconds) * 1000);
      }
    }
  }
  return seen.map((parts) =>
    Object.fromEntries(Object.entries(parts).map(([part, all]) => [part, median(all)])),
  );
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

/** The others are installed for the bench only, from a lockfile of their own. */
async function installPeers() {
  const peers = join(here, 'peers');
  const needed = [
    ['@signalapp', 'libsignal-client'],
    ['@matrix-org', 'olm'],
  ];
  if (needed.every((name) => existsSync(join(peers, 'node_modules', ...name)))) return;
  await promisify(execFile)('npm', ['ci', '--prefix', peers, '--no-audit', '--no-fund'], { cwd: peers });
}
