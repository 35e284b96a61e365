/**
 * Where things are in this clone. Everything that the launcher makes itself goes under `.aside/`, which git ignores.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's top folder. */
export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** The extension's folder, where WXT runs. */
export const extensionFolder = join(root, 'extension');

/** Data, profiles, stamps and locks of this clone. */
export const asideFolder = join(root, '.aside');

/**
 * What WXT builds. The `e2e` variants carry step hooks and are never packaged.
 *
 * @typedef {'chrome' | 'firefox' | 'e2e-chrome' | 'e2e-firefox'} Target
 */

/** @type {Readonly<Record<Target, string>>} The folder to load unpacked, for each target. */
export const outputs = {
  chrome: join(extensionFolder, '.output', 'chrome-mv3'),
  firefox: join(extensionFolder, '.output', 'firefox-mv2'),
  'e2e-chrome': join(extensionFolder, '.output', 'e2e-chrome-mv3'),
  'e2e-firefox': join(extensionFolder, '.output', 'e2e-firefox-mv2'),
};
