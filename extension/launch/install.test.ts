import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { cloneLock } from './install.mjs';
import { withLock } from './lock.mjs';

/** Others build in this clone while tests run, and copy what was built: their turns come first, twice. Milliseconds. */
const TURNS = 120_000;

it('installing waits for whoever installs or builds in this clone, and says for whom', {
  timeout: TURNS,
}, async () => {
  const script = `
    import { install } from ${JSON.stringify(new URL('./install.mjs', import.meta.url).href)};
    await install([]);
    console.log('installed');`;
  const said: string[] = [];
  const ended = await withLock(cloneLock, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const over = new Promise<number | null>((resolve) => child.once('close', resolve));
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
    await expect.poll(() => said.join('\n'), { timeout: 20_000 }).toContain(`process ${process.pid}`);
    expect(said).not.toContain('installed');
    return { over };
  });
  expect(await ended.over).toBe(0);
  expect(said).toContain('installed');
});
