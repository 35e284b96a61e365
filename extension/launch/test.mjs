/**
 * `npm test`: installs what is missing, builds, and runs everything, the fast parts first. A program that cannot be had
 * fails the run. `npm test -- unit e2e` runs only these parts; the last line counts what ran.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ALL, build } from './build.mjs';
import { install, programName } from './install.mjs';
import { asideFolder, root } from './paths.mjs';
import { endAll, start } from './processes.mjs';
import { bold, dim, duration, red, say } from './say.mjs';
import { exitCodeOf, failuresOf, tallyOf } from './tally.mjs';
import { verify } from './verify.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */
/** @typedef {import('./tally.mjs').Report} Report */

/** Vitest's projects, from fast to slow; see vitest.config.ts. */
const SUITES = ['unit', 'views', 'browsers', 'e2e'];
const PARTS = ['verify', ...SUITES];

/** What failed in the whole run, said again at its end. @type {string[]} */
const failures = [];

/** @returns {Promise<Tally>} */
async function runVerify() {
  const { passed, failures: broken } = await verify();
  failures.push(...broken);
  return { passed, failed: broken.length, skipped: 0 };
}

/**
 * @param {string} suite
 * @returns {Promise<Tally>}
 */
async function runSuite(suite) {
  const folder = join(asideFolder, 'reports');
  const file = join(folder, `${suite}-${process.pid}.json`);
  mkdirSync(folder, { recursive: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = ['run', '--root', root, '--project', suite, '--passWithNoTests'];
  const child = start(
    process.execPath,
    [vitest, ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    {
      cwd: root,
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
    },
  );
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  const code = await new Promise((ended) => child.once('close', ended));
  /** @type {Report} */
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    failures.push(`${suite}: vitest ended with ${code} and left no report`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(file, { force: true });
  }
  saySlowest(report);
  const tally = tallyOf(report, code);
  const found = failuresOf(report, (file) => relative(root, file));
  failures.push(...found);
  if (found.length < tally.failed)
    failures.push(`${suite}: an error outside of every test; see its output above`);
  return tally;
}

/** @param {Report} report */
function saySlowest({ testResults }) {
  const slow = testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), time: endTime - startTime }))
    .filter(({ time }) => time > 2000)
    .sort((a, b) => b.time - a.time)
    .slice(0, 10);
  for (const { name, time } of slow) say(dim(`    ${duration(time).padStart(12)}  ${name}`));
}

/** @returns {Promise<Tally>} */
async function main() {
  const named = process.argv.slice(2).filter((argument) => PARTS.includes(argument));
  const parts = named.length > 0 ? named : PARTS;
  const start = performance.now();
  /** @type {Tally} */
  const total = { passed: 0, failed: 0, skipped: 0 };
  const missing = await install([
    'chromium',
    'firefox',
    'turnserver',
    'caddy',
    'promtool',
    'redis-server',
    'valkey-server',
    'tcpdump',
    'eprover',
    'ip',
    'nft',
  ]);
  if (missing.length > 0) {
    say(red(`  ✗ The tests need ${missing.map(programName).join(', ')}, which cannot be installed here.`));
    return { ...total, failed: missing.length };
  }
  await build(ALL);
  for (const part of parts) {
    const began = performance.now();
    say(bold(part));
    const tally = part === 'verify' ? await runVerify() : await runSuite(part);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    say(
      `  ${part}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped  ${dim(duration(performance.now() - began))}`,
    );
  }
  say(dim(`  ${duration(performance.now() - start)} in all`));
  return total;
}

/** @type {Tally} */
let total = { passed: 0, failed: 1, skipped: 0 };
try {
  total = await main();
} catch (error) {
  say(red(error instanceof Error ? error.message : String(error)));
}
await endAll();
for (const failure of failures) say(red(`✗ ${failure}`));
say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(exitCodeOf(total));
