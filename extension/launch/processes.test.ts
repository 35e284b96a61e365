import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aside-ends-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('an interrupted command that comes to its own end meanwhile still ends all that it started first', async () => {
  const module = new URL('processes.mjs', import.meta.url).href;
  const file = join(folder, 'ended');
  const command = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { writeFileSync } from 'node:fs';
     import { setTimeout } from 'node:timers/promises';
     const { atEnd, endAll } = await import(${JSON.stringify(module)});
     const interrupted = new Promise((said) => atEnd(async () => {
       said();
       await setTimeout(200);
       writeFileSync(${JSON.stringify(file)}, '');
     }));
     console.log('ready');
     const staysAlive = setInterval(() => {}, 1000);
     await interrupted;
     await endAll();
     process.exit(0);`,
  ]);
  const lines = createInterface({ input: command.stdout as NonNullable<typeof command.stdout> });
  await new Promise((said) => lines.once('line', said));
  command.kill('SIGINT');
  const code = await new Promise((gone) => command.once('exit', gone));
  expect(existsSync(file)).toBe(true);
  expect(code).toBe(130);
});
