import { describe, expect, it } from 'vitest';
import { requireDurable } from './durable.ts';
import type { Link } from './redis-link.ts';

/** A durable Redis of a version that is not to be had here; redis-store.system.test.ts has the real ones. */
function redisOf(version: string): Link {
  const settings = ['appendonly', 'yes', 'appendfsync', 'always', 'maxmemory-policy', 'noeviction'];
  const answers: Record<string, Buffer | Buffer[]> = {
    CONFIG: settings.map((word) => Buffer.from(word)),
    INFO: Buffer.from(`# Server\r\nredis_version:${version}\r\n`),
  };
  const send = async (command: string) => answers[command] ?? null;
  return { address: { host: 'redis', port: 6379 }, send } as unknown as Link;
}

describe('the version of a Redis', () => {
  it.each(['7.0.15', '7.4.7', '8.0.0'])('%s will do', async (version) => {
    await expect(requireDurable(redisOf(version))).resolves.toBeUndefined();
  });

  it.each(['6.2.14', '5.0.0', ''])('“%s” is refused in plain words', async (version) => {
    await expect(requireDurable(redisOf(version))).rejects.toMatchObject({
      code: 'bad-store',
      message: expect.stringContaining('older than version 7'),
    });
  });
});
