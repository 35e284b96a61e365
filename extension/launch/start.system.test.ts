import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** `npm start` as somebody without a display types it. */
function start(env: Record<string, string> = {}) {
  const program = fileURLToPath(new URL('./start.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, '--headless'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => said.push(line));
  }
  return { child, said, code: codeOf(child) };
}

const codeOf = (child: ChildProcess) => new Promise<number | null>((ended) => child.once('close', ended));

/** The server's address, as the invite that was printed has it. */
const serverIn = (said: readonly string[]) => /(http:\/\/127\.0\.0\.1:\d+)\/i#/.exec(said.join('\n'))?.[1];

function answers(address: string): Promise<boolean> {
  const socket = createConnection(Number(new URL(address).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

it('npm start holds the first conversation twice at once, says how each went, and leaves no server', async () => {
  const both = [start(), start()];
  await Promise.all(both.map(({ code }) => code));
  // What it said is the reason.
  expect(both.filter(({ child }) => child.exitCode !== 0).map(({ said }) => said)).toEqual([]);
  const servers = both.map(({ said }) => serverIn(said));
  expect(new Set(servers).size).toBe(2);
  for (const server of servers) expect(await answers(server ?? '')).toBe(false);
});

it('npm start says by its code that it came to nothing', async () => {
  // A browser that ends at once.
  const { said, code } = start({ ASIDE_CHROMIUM: '/bin/false', ASIDE_FIREFOX: '/bin/false' });
  expect(await code).toBe(1);
  expect(said.join('\n')).toContain('The first conversation');
});

it('npm start ends all that it started at Ctrl-C', async () => {
  const { child, said, code } = start();
  const server = await expect
    .poll(() => serverIn(said), { timeout: 60_000 })
    .toBeDefined()
    .then(() => serverIn(said) ?? '');
  expect(await answers(server)).toBe(true);
  child.kill('SIGINT');
  expect(await code).toBe(130);
  expect(await answers(server)).toBe(false);
});
