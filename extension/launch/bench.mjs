/**
 * `npm run bench -- <area> [--json]`: measures one area and prints a table, or one JSON document.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, SHIPPED } from './build.mjs';
import { install, programName } from './install.mjs';
import { root } from './paths.mjs';
import { endAll } from './processes.mjs';
import { bold, green, red, say } from './say.mjs';

/**
 * One measured thing beside what it is held to.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [reference] measured in the same run
 * @property {string} [referenceName]
 * @property {number} [ratio] value to reference, or the other way round where less is better
 * @property {string | number} [goal] in words, or the least ratio
 * @property {boolean} [ok] whether the goal is met
 */

/**
 * @typedef {object} Area
 * @property {string} module its `run()` gives the rows
 * @property {import('./install.mjs').Program[]} programs
 * @property {readonly import('./build.mjs').Product[]} products
 */

/** @type {Readonly<Record<string, Area>>} */
const AREAS = {
  crypto: { module: 'wasm-crypto/bench/crypto.bench.mjs', programs: [], products: [] },
  signal: { module: 'signal/bench/signal.bench.mjs', programs: ['redis-server'], products: [] },
  link: { module: 'extension/bench/link.bench.mjs', programs: ['chromium', 'firefox'], products: SHIPPED },
};

/** @param {number | undefined} value */
function number(value) {
  if (value === undefined) return '';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

/** @param {readonly Row[]} rows */
function sayTable(rows) {
  const cells = rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    row.reference === undefined
      ? ''
      : `${number(row.reference)} ${row.unit}${row.referenceName ? ` (${row.referenceName})` : ''}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} ×`,
    typeof row.goal === 'number' ? `at least ${row.goal} ×` : (row.goal ?? ''),
    row.ok === undefined ? '' : row.ok ? green('ok') : red('missed'),
  ]);
  const table = [['', 'Aside', 'beside', 'ratio', 'goal', ''], ...cells];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const [at, line] of table.entries()) {
    const text = line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    say(`  ${at === 0 ? bold(text) : text}`);
  }
}

/** @returns {Promise<number>} exit code: 1 if a goal is missed */
async function main() {
  const [name] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const area = name === undefined ? undefined : AREAS[name];
  if (name === undefined || !area) {
    say(`npm run bench -- <area> [--json], where the area is one of: ${Object.keys(AREAS).join(', ')}`);
    return 2;
  }
  const json = process.argv.includes('--json');
  if (json) {
    // The document is all that goes to the output; what is said on the way goes beside it.
    process.stdout.write = process.stderr.write.bind(process.stderr);
  }
  const missing = await install(area.programs);
  if (missing.length > 0) {
    say(red(`  ✗ This bench needs ${missing.map(programName).join(', ')}, which cannot be installed here.`));
    return 1;
  }
  await build(area.products);
  const { run } = await import(pathToFileURL(join(root, area.module)).href).then(
    ({ default: given, run: named }) => ({
      run: named ?? given,
    }),
  );
  const given = await run();
  /** @type {Row[]} */
  const rows = Array.isArray(given) ? given : given.rows;
  if (json) writeOut(JSON.stringify({ area: name, rows }));
  else sayTable(rows);
  return rows.some((row) => row.ok === false) ? 1 : 0;
}

const writeOut = (
  (write) => (/** @type {string} */ text) =>
    write(`${text}\n`)
)(process.stdout.write.bind(process.stdout));

let code = 1;
try {
  code = await main();
} catch (error) {
  say(red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}
await endAll();
process.exit(code);
