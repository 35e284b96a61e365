/**
 * A lock between processes, so that two commands in one clone install and build one after the other. The holder is
 * named in the lock by process id (and its start time, where the system tells it), so that a killed holder is noticed.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Two browsers that start at once wait for each other's copy of the build, which is a few milliseconds' work. */
const LOOK_AGAIN_MILLISECONDS = 20;
/** Breaking a dead holder's lock takes microseconds; who holds the breaking for this long died in it. */
const BREAKING_LASTS_AT_MOST_MILLISECONDS = 10_000;

/**
 * @param {number} pid
 * @returns {string} when the process started, in the kernel's ticks; empty where that cannot be known
 */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** @param {string} owner */
function isAlive(owner) {
  const [pid = '', started = ''] = owner.trim().split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return false;
  }
  return started === '' || startOf(Number(pid)) === started;
}

/** @param {string} path @returns {string | undefined} */
function readOwner(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Takes a dead holder's lock away; only one process at a time may judge, or it could take a living one's. @param {string} path */
function breakIfDead(path) {
  const breaking = `${path}.breaking`;
  try {
    mkdirSync(breaking);
  } catch {
    try {
      if (Date.now() - statSync(breaking).mtimeMs > BREAKING_LASTS_AT_MOST_MILLISECONDS) {
        rmSync(breaking, { recursive: true, force: true });
      }
    } catch {
      // It is gone: somebody has just finished.
    }
    return;
  }
  try {
    const owner = readOwner(path);
    if (owner !== undefined && !isAlive(owner)) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { recursive: true, force: true });
  }
}

/**
 * Tries to take the lock, once.
 *
 * @param {string} path
 * @returns {(() => void) | undefined} lets go of it; nothing where another living process holds it
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  // Written whole beside the lock and then linked to its name: nobody ever reads half an owner.
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    linkSync(mine, path);
  } catch {
    breakIfDead(path);
    return undefined;
  } finally {
    unlinkSync(mine);
  }
  const release = () => {
    process.off('exit', release);
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

/**
 * Runs `work` while holding the lock; waits as long as a living process holds it.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(owner: string) => void} [onWait] told once that another process (its id) is at it
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait) {
  let release = tryLock(path);
  let told = false;
  while (!release) {
    const owner = readOwner(path);
    if (owner !== undefined && !told && isAlive(owner)) {
      told = true;
      onWait?.(owner.split(' ')[0] ?? '');
    }
    await new Promise((again) => setTimeout(again, LOOK_AGAIN_MILLISECONDS));
    release = tryLock(path);
  }
  try {
    return await work();
  } finally {
    release();
  }
}
