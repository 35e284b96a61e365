/**
 * `npm run package`: the archives for the stores, the same bytes from the same source. They come from the shipped
 * builds, never from one with step hooks.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, SHIPPED } from './build.mjs';
import { install } from './install.mjs';
import { extensionFolder, outputs } from './paths.mjs';
import { endAll } from './processes.mjs';
import { red, say } from './say.mjs';
import { readFolder, zip } from './zip.mjs';

/** @typedef {'chrome' | 'firefox'} Store */

/**
 * The files of a store's archive. Chrome's store gives an extension its key and refuses one that brings its own: the
 * key is there to pin the id of an unpacked build.
 *
 * @param {Store} store
 * @returns {Array<[name: string, bytes: Buffer]>}
 */
export function storeFiles(store) {
  return readFolder(outputs[store]).map(([name, bytes]) => {
    if (name !== 'manifest.json') return [name, bytes];
    const { key: _, ...manifest } = JSON.parse(bytes.toString('utf8'));
    return [name, Buffer.from(`${JSON.stringify(manifest)}\n`)];
  });
}

/** @param {Store} store @returns {Buffer} */
export const storeArchive = (store) => zip(storeFiles(store));

/** @returns {string[]} the paths of the written archives */
function writeArchives() {
  const { version } = JSON.parse(readFileSync(join(extensionFolder, 'package.json'), 'utf8'));
  const folder = join(extensionFolder, 'dist');
  mkdirSync(folder, { recursive: true });
  return /** @type {const} */ (['chrome', 'firefox']).map((store) => {
    const path = join(folder, `aside-${version}-${store}.zip`);
    writeFileSync(path, storeArchive(store));
    return path;
  });
}

if (process.argv[1] === import.meta.filename) {
  let code = 0;
  try {
    await install([]);
    await build(SHIPPED);
    for (const path of writeArchives()) {
      const bytes = readFileSync(path);
      say(
        `  ${path}  ${(bytes.length / 1024).toFixed(0)} kB  sha256 ${createHash('sha256').update(bytes).digest('hex')}`,
      );
    }
  } catch (error) {
    say(red(error instanceof Error ? error.message : String(error)));
    code = 1;
  }
  await endAll();
  process.exit(code);
}
