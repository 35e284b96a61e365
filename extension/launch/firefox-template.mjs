/**
 * A profile that a Firefox has started in once, without our extension: a new one that begins as its copy starts in three
 * quarters of the time, since all that a Firefox compiles and sets up for its own sake at its first start is there.
 * What it holds is Firefox's own; for another Firefox it is made anew.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cloneLock } from './install.mjs';
import { withLock } from './lock.mjs';
import { asideFolder } from './paths.mjs';

/** Where it is in this clone. */
const FOLDER = join(asideFolder, 'firefox-template');
/** Says which Firefox has made the template, and is written last. */
const MADE_BY = 'aside-made-by';

/** What belongs to the start it was made by, and not to the next one. */
const NOT_KEPT = [
  'lock',
  '.parentlock',
  'parent.lock',
  'user.js',
  'cache2',
  'sessionstore-backups',
  'sessionstore.jsonlz4',
];

/** @param {string} executable */
function stampOf(executable) {
  const path = realpathSync(executable);
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${mtimeMs}`;
}

/** @param {string} executable @param {string} folder */
function isThere(executable, folder) {
  const file = join(folder, MADE_BY);
  return existsSync(file) && readFileSync(file, 'utf8') === stampOf(executable);
}

/**
 * Makes the template, unless this Firefox has made it already.
 *
 * @param {string} executable
 * @param {(profile: string) => Promise<void>} startAndEnd starts that Firefox in a profile and ends it well
 * @param {string} [folder]
 */
export async function makeTemplate(executable, startAndEnd, folder = FOLDER) {
  await withLock(cloneLock, async () => {
    if (isThere(executable, folder)) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await startAndEnd(folder);
    for (const name of NOT_KEPT) rmSync(join(folder, name), { recursive: true, force: true });
    writeFileSync(join(folder, MADE_BY), stampOf(executable));
  });
}

/**
 * Lets a new profile begin as the template's copy, if there is one. Call it under {@link cloneLock}.
 *
 * @param {string} executable
 * @param {string} profile
 * @param {string} [folder]
 */
export function beginFromTemplate(executable, profile, folder = FOLDER) {
  if (existsSync(join(profile, 'prefs.js')) || !isThere(executable, folder)) return;
  cpSync(folder, profile, { recursive: true });
}
