import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { endWithUs } from '../testing/end-with-us.ts';

/**
 * Containers share a kernel and a volume, and each of them counts its processes from 1. No container engine runs in tests:
 * `unshare` makes what matters here, as root or where users may make namespaces.
 */
const data = mkdtempSync(join(tmpdir(), 'aside-containers-'));
let main: string;
beforeAll(async () => {
  main = await buildSignal();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

interface Contained {
  /** Resolves with the first line of its log. */
  readonly said: Promise<Record<string, unknown>>;
  /** Resolves with the exit code. */
  readonly gone: Promise<number | null>;
  /** Kills one that is the first, and resolves when it is gone. */
  kill(): Promise<number | null>;
}

/** A server that is process 1 of a namespace of its own, or a later one. */
function startContained(how: 'first' | 'later'): Contained {
  const flags = process.getuid?.() === 0 ? ['-pf'] : ['-rpf'];
  const script = how === 'first' ? 'exec "$@"' : '"$@"; exit $?';
  const words = [...flags, '--kill-child', 'sh', '-c', script, 'sh', process.execPath, main];
  const child = spawn('unshare', words, {
    env: { PATH: process.env.PATH, DATA_DIR: data, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(child);
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said = new Promise<Record<string, unknown>>((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });
  const kill = () => {
    // The server itself, which `unshare` waits for: killed with it, it would be gone a moment later than this says.
    const [server] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    process.kill(Number(server), 'SIGKILL');
    return gone;
  };
  return { said, gone, kill };
}

it('a second container on one volume does not start, whatever number its process has, until the first was killed', async () => {
  const first = startContained('first');
  expect(await first.said).toMatchObject({ event: 'listening' });
  for (const how of ['first', 'later'] as const) {
    const second = startContained(how);
    expect(await second.said).toMatchObject({
      event: 'cannot-start',
      err: { message: 'another server runs on this data directory' },
    });
    expect(await second.gone).toBe(1);
  }
  await first.kill();
  const next = startContained('first');
  expect(await next.said).toMatchObject({ event: 'listening' });
  await next.kill();
});
