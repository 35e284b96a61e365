/** The server's door over a real Redis, fuzzed like the other one (`wasm-crypto/fuzz/run.mjs`), with what that one begins with. */
import { startRedis, type TestRedis } from '../testing/redis.ts';
import { doorOverRedis } from './redis-door.ts';
import { signalTargets } from './targets.ts';
import { visit } from './visit.ts';

/** One for all inputs. It ends with the process. */
let started: Promise<TestRedis> | undefined;

export const redisTargets = {
  'door-redis': {
    maxBytes: signalTargets.door.maxBytes,
    seeds: signalTargets.door.seeds,
    /** How an input ends over Redis is a matter of moments, so there is nothing to keep beside the door's own. */
    corpus: 'door' as const,
    /** It takes so many times as long as others. */
    slow: 100,
    run: async (input: Uint8Array) => {
      started ??= startRedis();
      const redis = await started;
      return visit(input, (options) => doorOverRedis(redis, options));
    },
  },
};
