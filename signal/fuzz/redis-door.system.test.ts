/** The door over a real Redis: the same property, and every input that fuzzing kept. How each ends is the embedded store's to say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KINDS, startRedis } from '../testing/redis.ts';
import { holdsFor } from './property.ts';
import { doorOverRedis } from './redis-door.ts';
import { redisTargets } from './redis-targets.ts';

it.each(KINDS)(
  'a door over %s answers or ends whatever comes through it, and holds nothing afterwards',
  async (kind) => {
    const redis = await startRedis({ kind });
    try {
      await holdsFor(await doorOverRedis(redis), Number(process.env.ASIDE_FUZZ_RUNS ?? 1500));
    } finally {
      await redis.stop();
    }
  },
);

it(`a door over ${KINDS[0]} keeps its word to every input that was kept`, async () => {
  const { seeds, corpus, run } = redisTargets['door-redis'];
  const kept: { input: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, 'corpus', `${corpus}.json`), 'utf8'),
  );
  const inputs = [...seeds, ...kept.map(({ input }) => new Uint8Array(Buffer.from(input, 'base64')))];
  for (const input of inputs) expect(await run(input)).toEqual(expect.any(String));
});
