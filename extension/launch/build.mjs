/**
 * Builds the server and the extension for both browsers, each only if what it is made from has changed.
 * `npm run build`; with `--e2e` also the variants with step hooks, which only tests run.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cloneLock, install } from './install.mjs';
import { withLock } from './lock.mjs';
import { asideFolder, extensionFolder, outputs, root } from './paths.mjs';
import { run } from './processes.mjs';
import { red, say, task } from './say.mjs';

/** @typedef {'signal' | import('./paths.mjs').Target} Product */

/** Folders that no product is made from. */
const NOT_INPUT = new Set([
  'node_modules',
  'dist',
  '.output',
  '.wxt',
  'e2e',
  'bench',
  'vectors',
  'launch',
  'gallery',
]);

/** What each product is made from, beside the lockfile. */
const EXTENSION_INPUTS = ['extension', 'wasm-crypto', 'signal/protocol', 'tsconfig.json'];

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (NOT_INPUT.has(entry.name) || entry.name.includes('.test.')) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

/** @param {readonly string[]} inputs files and folders @param {string} also anything else that decides the result */
function hashOf(inputs, also) {
  const hash = createHash('sha256').update(also);
  for (const input of inputs) {
    const path = join(root, input);
    if (!existsSync(path)) continue;
    const files = /\.(json|mjs|ts)$/.test(input) ? [path] : filesUnder(path);
    for (const file of files) {
      const bytes = readFileSync(file);
      hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest('hex');
}

/** @param {Product} product @returns {string} */
function stampOf(product) {
  if (product === 'signal') return hashOf(['signal', 'package-lock.json'], process.version);
  const also = `${product} ${process.env.ASIDE_DEFAULT_SERVER ?? ''}`;
  return hashOf([...EXTENSION_INPUTS, 'extension/launch/build-extension.mjs', 'package-lock.json'], also);
}

/** @type {Readonly<Record<Product, string>>} What is there when a product has been built. */
const RESULTS = {
  signal: join(root, 'signal', 'dist', 'main.mjs'),
  chrome: join(outputs.chrome, 'manifest.json'),
  firefox: join(outputs.firefox, 'manifest.json'),
  'e2e-chrome': join(outputs['e2e-chrome'], 'manifest.json'),
  'e2e-firefox': join(outputs['e2e-firefox'], 'manifest.json'),
};

/** @type {Readonly<Record<Product, string>>} */
const LABELS = {
  signal: 'Building the signal server',
  chrome: 'Building the extension for Chromium',
  firefox: 'Building the extension for Firefox',
  'e2e-chrome': 'Building the extension for Chromium, with step hooks',
  'e2e-firefox': 'Building the extension for Firefox, with step hooks',
};

/** @param {Product} product @param {(line: string) => void} progress */
async function make(product, progress) {
  if (product === 'signal') {
    const { buildSignal } = await import(pathToFileURL(join(root, 'signal', 'build.mjs')).href);
    await buildSignal();
    return;
  }
  // A process of its own: WXT prints as it goes, keeps global state, and two targets differ in it.
  const { code, output } = await run(
    process.execPath,
    [join(extensionFolder, 'launch', 'build-extension.mjs'), product],
    {
      cwd: extensionFolder,
      onLine: progress,
    },
  );
  if (code !== 0) throw new Error(output.trim().split('\n').slice(-30).join('\n'));
}

/**
 * Builds what is out of date. Throws with the tool's words.
 *
 * @param {readonly Product[]} products
 */
export async function build(products) {
  const stamps = join(asideFolder, 'stamps');
  await withLock(
    cloneLock,
    async () => {
      mkdirSync(stamps, { recursive: true });
      for (const product of products) {
        const file = join(stamps, product);
        const stamp = stampOf(product);
        const last = existsSync(file) ? readFileSync(file, 'utf8') : '';
        if (last === stamp && existsSync(RESULTS[product])) continue;
        await task(LABELS[product], (progress) => make(product, progress));
        writeFileSync(file, stamp);
      }
    },
    (owner) =>
      say(`  … Another command (process ${owner}) is installing or building in this clone; waiting for it`),
  );
}

/** @type {readonly Product[]} */
export const SHIPPED = ['signal', 'chrome', 'firefox'];

/** @type {readonly Product[]} */
export const ALL = [...SHIPPED, 'e2e-chrome', 'e2e-firefox'];

if (process.argv[1] === import.meta.filename) {
  try {
    await install([]);
    await build(process.argv.includes('--e2e') ? ALL : SHIPPED);
    say(`  Chromium, Chrome, Edge: load unpacked from ${outputs.chrome}`);
    say(`  Firefox: load temporarily from ${outputs.firefox}`);
  } catch (error) {
    say(red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
}
