/**
 * Preloaded into the server that the launcher starts: the launcher holds the other end of its standard input, so that
 * the server drains and ends also when the launcher was killed and could say nothing. With `?own-data` its data
 * directory is of the launcher's making, and nobody else would remove it then.
 */
import { rmSync } from 'node:fs';

const ownData = new URL(import.meta.url).searchParams.has('own-data');

process.stdin
  .on('end', () => {
    const { DATA_DIR } = process.env;
    if (ownData && DATA_DIR !== undefined)
      process.once('exit', () => rmSync(DATA_DIR, { recursive: true, force: true }));
    process.kill(process.pid, 'SIGTERM');
  })
  .resume();
// A server that stops by itself does not wait for it.
/** @type {import('node:net').Socket} */ (process.stdin).unref();
