/**
 * Preloaded into a server whose disk is to fail where lmdb says what is valid. On SIGUSR2 the descriptor through which it
 * writes its meta pages (the one that syncs with every write) leads to a place where every write is an I/O error.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const O_DSYNC = 0o10000;

const flagsOf = (/** @type {string} */ descriptor) =>
  Number.parseInt(
    /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0',
    8,
  );

const isMeta = (/** @type {string} */ descriptor) => {
  try {
    return (
      readlinkSync(`/proc/self/fd/${descriptor}`).endsWith('.mdb') && (flagsOf(descriptor) & O_DSYNC) !== 0
    );
  } catch {
    // The one by which the directory was read.
    return false;
  }
};

process.on('SIGUSR2', () => {
  const meta = Number(readdirSync('/proc/self/fd').find(isMeta));
  closeSync(meta);
  // The lowest number that is free. Nothing is mapped at the beginning of a process's memory.
  for (let opened = -1; opened < meta; ) opened = openSync('/proc/self/mem', 'r+');
  process.stdout.write('{"event":"failing"}\n');
});
