/**
 * `node wasm-crypto/fuzz/run.mjs [target …] [--inputs N] [--keep]`: feeds every decoder and the server's door, or the
 * named ones, N inputs each (100,000 where nothing is said, and a hundredth of N for the door over a real Redis) with
 * Jazzer.js, which looks for inputs that reach new code. Ends with 1 where a property did not hold; the input is then in
 * `.aside/fuzz/`. `--keep` writes the smallest input of every outcome into the corpus, which `npm test` replays.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildModule } from '../build.mjs';
import { copyForOlderLinux } from './older-linux.mjs';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const work = join(root, '.aside', 'fuzz');
const entry = join(here, '..', 'dist', 'fuzz.mjs');
const require = createRequire(import.meta.url);
const cli = join(dirname(require.resolve('@jazzer.js/core')), 'cli.js');

/** @typedef {import('./target.ts').Target} Target */
/** @typedef {{ outcome: string, input: string }} Kept an input in base64 */

/**
 * What a package has to be fuzzed. The server's door answers in turns of the event loop, all others at once.
 *
 * @typedef {Omit<Target, 'run'> & {
 *   run(input: Uint8Array): string | Promise<string>,
 *   corpus?: string,
 *   slow?: number,
 * }} AnyTarget `corpus`: another target's, which is only read; `slow`: it is given so many times fewer inputs
 */

/** The targets as one file that Jazzer.js can instrument, and those of the engine and the server beside ours. */
async function bundle() {
  const module = await buildModule();
  const text = (/** @type {string} */ value) => JSON.stringify(value);
  await build({
    stdin: {
      contents: `
        import { readFileSync } from 'node:fs';
        import { engineTargets } from ${text(join(root, 'extension', 'fuzz', 'targets.ts'))};
        import { redisTargets } from ${text(join(root, 'signal', 'fuzz', 'redis-targets.ts'))};
        import { signalTargets } from ${text(join(root, 'signal', 'fuzz', 'targets.ts'))};
        import { cryptoTargets } from ${text(join(here, 'targets.ts'))};
        export const crypto = await cryptoTargets(readFileSync(${text(module)}));
        export const engine = engineTargets;
        export const signal = { ...signalTargets, ...redisTargets };
        const target = { ...crypto, ...engine, ...signal }[process.env.ASIDE_FUZZ_TARGET];
        export const fuzz = (data) => {
          const ran = target.run(new Uint8Array(data));
          return ran instanceof Promise ? ran.then(() => {}) : undefined;
        };
      `,
      resolveDir: here,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: entry,
    // What Redis runs comes as text into the bundle.
    loader: { '.lua': 'text' },
    // ioredis is CommonJS and asks for node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
}

/** Where Jazzer.js' native part is to be taken from, if not from its package. @returns {NodeJS.ProcessEnv} */
function native() {
  const packaged = join(
    dirname(require.resolve('@jazzer.js/fuzzer')),
    '..',
    'prebuilds',
    'fuzzer-linux-x64.node',
  );
  if (process.platform !== 'linux' || process.arch !== 'x64') return {};
  try {
    require(packaged);
    return {};
  } catch (error) {
    if (!String(error).includes('not found (required by')) throw error;
    const copy = join(here, '..', 'dist', 'fuzzer-linux-x64.node');
    copyForOlderLinux(packaged, copy);
    return { ASIDE_FUZZ_NATIVE: copy };
  }
}

/** @param {string} folder @param {Uint8Array} input */
function put(folder, input) {
  writeFileSync(join(folder, createHash('sha1').update(input).digest('hex')), input);
}

/** @param {string} file @returns {Kept[]} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

/**
 * One target. Says what was found, and gives how many inputs were tried.
 *
 * @param {string} name @param {AnyTarget} target @param {boolean} waits whether it answers later @param {string} corpus
 * @param {number} inputs
 */
async function fuzz(name, target, waits, corpus, inputs) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const seed of target.seeds) put(folder, seed);
  for (const { input } of read(corpus)) put(folder, Buffer.from(input, 'base64'));
  const child = spawn(
    process.execPath,
    [
      ...[
        '--require',
        join(here, 'native.cjs'),
        cli,
        entry,
        folder,
        ...(waits ? [] : ['--sync']),
        // Ours: what Jazzer.js has of its own comes after libFuzzer's, and counts. Milliseconds.
        '--timeout=20000',
        // It would throw at every connection to a Redis, where that looks like a Redis that is away.
        '--disableBugDetectors=ssrf',
        '--includes=dist/fuzz.mjs',
        '--',
      ],
      ...[`-runs=${inputs}`, `-max_len=${target.maxBytes}`, '-rss_limit_mb=2048'],
      ...['-print_final_stats=1', '-len_control=0', `-artifact_prefix=${folder}-`],
    ],
    { env: { ...process.env, ...environment, ASIDE_FUZZ_TARGET: name }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000);
    });
  }
  const [code, signal] = await new Promise((ended) => child.once('close', (...how) => ended(how)));
  const tried = Number(/number_of_executed_units:\s+(\d+)/.exec(said)?.[1] ?? 0);
  if (code !== 0) console.log(said.split('\n').slice(-40).join('\n'), `ended with ${code ?? signal}`);
  return { ok: code === 0 && tried >= inputs, tried, folder };
}

/**
 * The smallest input of every outcome.
 *
 * @param {AnyTarget} target @param {string} folder @param {string} corpus
 */
async function keep(target, folder, corpus) {
  /** @type {Map<string, Uint8Array>} */
  const smallest = new Map();
  for (const file of readdirSync(folder).sort()) {
    const input = new Uint8Array(readFileSync(join(folder, file)));
    const outcome = await target.run(input);
    if (input.length < (smallest.get(outcome)?.length ?? Number.POSITIVE_INFINITY))
      smallest.set(outcome, input);
  }
  const kept = [...smallest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([outcome, input]) => ({ outcome, input: Buffer.from(input).toString('base64') }));
  mkdirSync(dirname(corpus), { recursive: true });
  writeFileSync(corpus, `${JSON.stringify(kept, null, 2)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string', default: '100000' }, keep: { type: 'boolean', default: false } },
});
await bundle();
const environment = native();
/** @type {Record<'crypto' | 'engine' | 'signal', Record<string, AnyTarget>>} */
const { crypto, engine, signal } = await import(pathToFileURL(entry).href);
const all = [
  ...Object.entries(crypto).map(([name, target]) => ({ name, target, package: 'wasm-crypto' })),
  ...Object.entries(engine).map(([name, target]) => ({ name, target, package: 'extension' })),
  ...Object.entries(signal).map(([name, target]) => ({ name, target, package: 'signal' })),
];
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let [total, failed] = [0, chosen.length === 0 ? 1 : 0];
for (const { name, target, package: owner } of chosen) {
  const corpus = join(root, owner, 'fuzz', 'corpus', `${target.corpus ?? name}.json`);
  const inputs = Math.ceil(Number(values.inputs) / (target.slow ?? 1));
  const { ok, tried, folder } = await fuzz(name, target, owner === 'signal', corpus, inputs);
  total += tried;
  if (!ok) failed++;
  else if (values.keep && target.corpus === undefined) await keep(target, folder, corpus);
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${tried.toLocaleString('en').padStart(12)}  ${name}`);
}
console.log(`${total.toLocaleString('en')} inputs, ${failed} of ${chosen.length} targets failed`);
process.exitCode = failed > 0 ? 1 : 0;
