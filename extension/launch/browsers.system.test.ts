import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { launch } from './browsers.mjs';
import { outputs } from './paths.mjs';

it('ends a Chromium that is killed without leaving anything outside of its profile', async () => {
  const launched = await launch({ browser: 'chromium', extension: outputs.chrome });
  try {
    const folder = dirname(readlinkSync(join(launched.profile, 'SingletonSocket')));
    expect(existsSync(folder)).toBe(true);
    await launched.kill();
    expect(existsSync(folder)).toBe(false);
  } finally {
    await launched.kill();
    rmSync(launched.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});
