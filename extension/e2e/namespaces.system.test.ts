import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const NAMESPACES = join(import.meta.dirname, 'namespaces.mjs');

let parent: ChildProcess | undefined;
afterAll(() => parent?.kill('SIGKILL'));

const ip = (...words: string[]) => execFileSync('ip', words, { encoding: 'utf8' });
const networksOf = ({ pid }: ChildProcess) =>
  ip('netns', 'list').match(RegExp(`\\baside${pid}-\\w+`, 'g')) ?? [];

it('networks of a process that was killed in mid-conversation are gone, with all that ran in them', async () => {
  const script = `import { holdConversation } from ${JSON.stringify(NAMESPACES)}; await holdConversation();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  parent = child;
  // Who carries for the two is there, and so the server and the relay are.
  const running = () => networksOf(child).flatMap((name) => ip('netns', 'pids', name).trim().split(/\s+/));
  await expect.poll(() => networksOf(child).length, { timeout: 20_000 }).toBe(3);
  await expect
    .poll(() => networksOf(child).every((name) => ip('netns', 'pids', name).trim() !== ''), {
      timeout: 30_000,
    })
    .toBe(true);
  const pids = running();
  expect(pids.length).toBeGreaterThanOrEqual(3);
  child.kill('SIGKILL');
  await expect.poll(() => networksOf(child), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => pids.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 20_000 }).toEqual([]);
});
