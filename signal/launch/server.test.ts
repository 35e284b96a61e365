import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';

/** Whether a process is there; signal 0 asks and does nothing. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it('ends a server whose launcher was killed and could not end it, though nobody reads its log any more', async () => {
  await buildSignal();
  const module = new URL('server.mjs', import.meta.url).href;
  const launcher = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startSignal } = await import(${JSON.stringify(module)}); console.log((await startSignal()).pid);`,
  ]);
  const lines = createInterface({ input: launcher.stdout as NonNullable<typeof launcher.stdout> });
  const pid = Number(await new Promise<string>((said) => lines.once('line', said)));
  expect(lives(pid)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => lives(pid), { timeout: 15_000 }).toBe(false);
});
