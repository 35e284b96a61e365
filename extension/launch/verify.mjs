/**
 * `npm run verify`: types, format and lint, layers and cycles, outside things in one module each, dead code. Each is
 * one line; what fails is shown. `npm test` runs the same checks and counts them.
 */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { outsideThings } from './outside-things.mjs';
import { root } from './paths.mjs';
import { run } from './processes.mjs';
import { dim, duration, green, red, say } from './say.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<{ code: number, output: string }>} run
 */

/** @param {string} script @param {readonly string[]} args */
const tool = (script, args) => () =>
  run(process.execPath, [join(root, 'node_modules', ...script.split('/')), ...args], { cwd: root });

/** The slowest first: two at a time then end at about the same moment. @type {readonly Check[]} */
export const CHECKS = [
  {
    name: 'types (tsc)',
    run: tool('typescript/bin/tsc', [
      ...['--noEmit', '-p', root],
      // What it found out is kept, so that the next run looks at what has changed and at what that reaches.
      ...['--incremental', '--tsBuildInfoFile', join(root, 'node_modules', '.cache', 'tsc.tsbuildinfo')],
    ]),
  },
  {
    name: 'layers and cycles (dependency-cruiser)',
    run: tool('dependency-cruiser/bin/dependency-cruise.mjs', [
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long'],
      ...['wasm-crypto', 'signal', 'turn', 'extension'],
    ]),
  },
  { name: 'dead code and dependencies (knip)', run: tool('knip/bin/knip.js', ['--no-progress']) },
  {
    name: 'format and lint (biome)',
    run: tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '--diagnostic-level=warn', '.']),
  },
  { name: 'outside things, one module each', run: async () => outsideThings() },
];

/**
 * Runs every check, as many at a time as there are processors (two at most: they are hungry).
 *
 * @returns {Promise<{ passed: number, failures: string[] }>} how many held, and the names of those that did not
 */
export async function verify() {
  const waiting = [...CHECKS];
  /** @type {string[]} */
  const failures = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const start = performance.now();
      const { code, output } = await check.run();
      const time = dim(duration(performance.now() - start));
      say(
        code === 0
          ? `  ${green('ok')}      ${check.name}  ${time}`
          : `  ${red('failed')}  ${check.name}  ${time}`,
      );
      if (code !== 0) {
        failures.push(check.name);
        say(output.trimEnd().replace(/^/gm, '    '));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return { passed: CHECKS.length - failures.length, failures };
}

if (process.argv[1] === import.meta.filename) {
  const { install } = await import('./install.mjs');
  try {
    await install([]);
    const { failures } = await verify();
    process.exitCode = failures.length > 0 ? 1 : 0;
  } catch (error) {
    say(red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
