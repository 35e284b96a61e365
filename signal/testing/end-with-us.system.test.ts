import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

let bundle: string;
let parent: ChildProcess | undefined;
beforeAll(async () => {
  // Within the package, where what it needs is found.
  bundle = join(mkdtempSync(join(import.meta.dirname, '.end-')), 'redis.mjs');
  const entryPoints = [join(import.meta.dirname, 'redis.ts')];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', format: 'esm' });
});
afterAll(() => {
  parent?.kill('SIGKILL');
  rmSync(join(bundle, '..'), { recursive: true, force: true });
});

/**
 * Starts a Redis as a test does, in a process that does not stop it; resolves with the Redis' process and directory. That
 * process stays until it is killed, or fails as soon as it is told anything.
 */
async function startIn(): Promise<{ pid: number; directory: string }> {
  const script = `
    import { startRedis } from ${JSON.stringify(bundle)};
    const redis = await startRedis();
    const of = async (what, field) => (await redis.cli(...what)).match(field)[1];
    const pid = await of(['INFO', 'server'], /process_id:(\\d+)/);
    console.log(JSON.stringify({ pid: Number(pid), directory: await of(['CONFIG', 'GET', 'dir'], /dir\\n(.*)/) }));
    process.stdin.once('data', () => { throw new Error('a hook'); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TMPDIR: tmpdir() },
  });
  parent = child;
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('it ended before its Redis was up')));
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
}

const lives = (pid: number) => existsSync(`/proc/${pid}`);

it.each([
  ['was killed', () => parent?.kill('SIGKILL')],
  ['failed', () => parent?.stdin?.write('fail')],
])('a Redis of a process that %s is gone, with its files', async (_how, end) => {
  const { pid, directory } = await startIn();
  expect(lives(pid)).toBe(true);
  end();
  await expect.poll(() => [lives(pid), existsSync(directory)]).toEqual([false, false]);
});
