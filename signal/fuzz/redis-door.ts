import { LIMITS } from '../src/limits.ts';
import { RedisStore } from '../src/store/redis/redis-store.ts';
import type { TestRedis } from '../testing/redis.ts';
import { BEGINNING, Door, type DoorOptions, RETENTION } from './door.ts';

/** A door with a real Redis behind it, which is emptied before. */
export async function doorOverRedis(redis: TestRedis, options: DoorOptions = {}): Promise<Door> {
  await redis.cli('FLUSHALL');
  const time = { now: BEGINNING };
  const store = await RedisStore.connect({
    seeds: [{ host: '127.0.0.1', port: redis.port }],
    access: { tls: false, username: undefined, password: undefined },
    limits: options.limits ?? LIMITS,
    retention: RETENTION,
    now: () => time.now,
  });
  return new Door({ ...options, behind: { store, time } });
}
