import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';

const answers = (origin: string): Promise<boolean> =>
  fetch(`${origin}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

it('ends a server whose launcher was killed and could not end it', async () => {
  await buildSignal();
  const module = new URL('server.mjs', import.meta.url).href;
  const launcher = execFile(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { startSignal } = await import(${JSON.stringify(module)}); console.log((await startSignal()).origin);`,
  ]);
  const lines = createInterface({ input: launcher.stdout as NonNullable<typeof launcher.stdout> });
  const origin = await new Promise<string>((said) => lines.once('line', said));
  expect(await answers(origin)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => answers(origin), { timeout: 15_000 }).toBe(false);
});
