import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock, withLock } from './lock.mjs';

/** Counts up in a file, reading and writing apart: without a lock, some of it would be lost. */
const COUNT_UP = `
  const { withLock } = await import(process.argv[1]);
  const { readFileSync, writeFileSync } = await import('node:fs');
  for (let i = 0; i < 10; i++) {
    await withLock(process.argv[2], async () => {
      const before = Number(readFileSync(process.argv[3], 'utf8'));
      await new Promise((next) => setImmediate(next));
      writeFileSync(process.argv[3], String(before + 1));
    });
  }
`;

describe('the lock between processes', () => {
  let folder = '';
  let lock = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aside-lock-'));
    lock = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const inAnotherProcess = (script: string, ...args: string[]) =>
    new Promise<number | null>((resolve) => {
      const module = new URL('./lock.mjs', import.meta.url).href;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, module, ...args], {
        stdio: 'inherit',
      });
      child.once('close', resolve);
    });

  it('is held by one at a time, and free again afterwards', () => {
    const release = tryLock(lock);
    expect(release).toBeDefined();
    expect(tryLock(lock)).toBeUndefined();
    release?.();
    const again = tryLock(lock);
    expect(again).toBeDefined();
    again?.();
  });

  it('lets go when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(lock, async () => 7)).toBe(7);
  });

  it('is taken from a process that was killed with it', async () => {
    await inAnotherProcess(
      `const { tryLock } = await import(process.argv[1]); tryLock(process.argv[2]); process.kill(process.pid, 'SIGKILL');`,
      lock,
    );
    expect(readFileSync(lock, 'utf8')).not.toBe('');
    expect(await withLock(lock, async () => 'mine')).toBe('mine');
  });

  it('is taken from an older process whose number somebody else has now', async () => {
    writeFileSync(lock, `${process.pid} 1`);
    expect(await withLock(lock, async () => 'mine')).toBe('mine');
  });

  it('keeps several processes apart', async () => {
    const file = join(folder, 'count');
    writeFileSync(file, '0');
    await Promise.all([1, 2, 3].map(() => inAnotherProcess(COUNT_UP, lock, file)));
    expect(readFileSync(file, 'utf8')).toBe('30');
  });
});
