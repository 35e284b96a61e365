import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from './server.mjs';

/** Whether a process is there; signal 0 asks and does nothing. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const module = new URL('server.mjs', import.meta.url).href;
let data: string;

beforeEach(async () => {
  await buildSignal();
  data = mkdtempSync(join(tmpdir(), 'aside-launched-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

it('ends a server whose launcher was killed and could not end it, though nobody reads its log any more', async () => {
  const launcher = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startSignal } = await import(${JSON.stringify(module)}); console.log((await startSignal({ data: ${JSON.stringify(data)} })).pid);`,
  ]);
  const lines = createInterface({ input: launcher.stdout as NonNullable<typeof launcher.stdout> });
  const pid = Number(await new Promise<string>((said) => lines.once('line', said)));
  expect(lives(pid)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => lives(pid)).toBe(false);
});

it('leaves no data directory of its own behind where the launcher was killed', async () => {
  const launcher = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startSignal } = await import(${JSON.stringify(module)}); console.log((await startSignal()).dataDir);`,
  ]);
  const lines = createInterface({ input: launcher.stdout as NonNullable<typeof launcher.stdout> });
  const directory = await new Promise<string>((said) => lines.once('line', said));
  expect(existsSync(directory)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => existsSync(directory)).toBe(false);
});

it('leaves no data directory of its own behind where the server was killed', async () => {
  const launcher = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startSignal } = await import(${JSON.stringify(module)});
     const server = await startSignal();
     console.log(server.dataDir);
     await server.kill();`,
  ]);
  const lines = createInterface({ input: launcher.stdout as NonNullable<typeof launcher.stdout> });
  const directory = await new Promise<string>((said) => lines.once('line', said));
  await new Promise((ended) => launcher.once('close', ended));
  expect(existsSync(directory)).toBe(false);
});

it('says so when a server that is to be stopped had fallen before', async () => {
  const server = await startSignal();
  process.kill(server.pid, 'SIGSEGV');
  // At the first moment at which it is gone, when its last words are still to be read.
  while (lives(server.pid)) await new Promise((resolve) => setImmediate(resolve));
  await expect(server.stop()).rejects.toThrow(/ended with SIGSEGV:\n.*"listening"/);
});
