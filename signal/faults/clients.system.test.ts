import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { newMailbox, TestClient } from '../e2e/client.ts';
import { startSignal } from '../launch/server.mjs';
import { CLOSE_CODES, encodeClientFrame, READ_WINDOW_ENVELOPES } from '../protocol/index.ts';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { start } from '../src/start.ts';
import { EmbeddedStore } from '../src/store/embedded-store.ts';
import { openLmdbDisk } from '../src/store/lmdb-disk.ts';
import { RedisStore } from '../src/store/redis/redis-store.ts';
import { startRedis, type TestRedis } from '../testing/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  await buildSignal();
  redis = await startRedis();
});
afterAll(() => redis.stop());

const STORES = ['the embedded store', 'Redis'] as const;

describe.each(STORES)('a reader that never acknowledges, over %s', (which) => {
  it('gets a window and no more, holds nobody up, and leaves everything to the next one', async () => {
    const server = await startSignal({ env: which === 'Redis' ? { REDIS_URLS: redis.url } : {} });
    const [reader, sender, other] = [
      await TestClient.connect(server.url),
      await TestClient.connect(server.url),
      await TestClient.connect(server.url),
    ];
    const [box, beside] = [newMailbox(), newMailbox()];
    await reader.open(box);
    await other.open(beside);
    const many = 5 * READ_WINDOW_ENVELOPES;
    const answers = await Promise.all(Array.from({ length: many }, (_, n) => sender.send(box, `${n}`)));
    expect(new Set(answers)).toEqual(new Set(['stored']));
    expect(await sender.send(beside, 'goes on')).toBe('stored');
    await other.frames('deliver', 1);
    expect(await reader.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(reader.all('deliver')).toHaveLength(READ_WINDOW_ENVELOPES);
    await reader.close();
    expect(await other.open(box)).toMatchObject({ type: 'opened', waiting: many });
    await Promise.all([other.close(), sender.close()]);
    await server.stop();
  });
});

describe.each(STORES)('a client that sends a byte at a time, over %s', (which) => {
  it('is ended when its first frame does not come to an end, while its neighbour is served', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aside-drip-'));
    // The real server, but for half a minute's patience.
    const config = readConfig({ DATA_DIR: directory, PORT: '0' });
    const limits = { ...config.limits, firstFrameMs: 2000 };
    const { retention, mostBytes } = config;
    const common = { limits, retention, now: () => Date.now() };
    const access = { tls: false, username: undefined, password: undefined };
    const store =
      which === 'Redis'
        ? await RedisStore.connect({ ...common, access, seeds: [{ host: '127.0.0.1', port: redis.port }] })
        : new EmbeddedStore({ ...common, disk: openLmdbDisk(directory), mostBytes });
    const running = await start({ ...config, limits }, store, createLog('silent'));
    const url = `ws://127.0.0.1:${running.port}/v1`;
    const [dripping, neighbour] = [await TestClient.connect(url), await TestClient.connect(url)];
    const wire = (dripping.socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket;
    const envelope = new Uint8Array(1000);
    const frame = encodeClientFrame({ type: 'send', request: 1, ...newMailbox(), envelope });
    const message = Buffer.concat([
      Buffer.from([0x82, 0x80 | 126, frame.length >> 8, frame.length & 255, 0, 0, 0, 0]),
      frame,
    ]);
    let at = 0;
    const drip = setInterval(() => wire.write(message.subarray(at, ++at)), 100);
    const box = newMailbox();
    await neighbour.open(box);
    expect(await neighbour.send(box, 'meanwhile')).toBe('stored');
    expect(await dripping.closed).toBe(CLOSE_CODES.idle);
    clearInterval(drip);
    expect(at).toBeLessThan(message.length);
    await neighbour.close();
    await running.drain();
    rmSync(directory, { recursive: true });
  });
});
