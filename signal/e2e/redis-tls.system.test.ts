import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../../turn/testing/certificates.ts';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { KINDS, startTlsRedis } from '../testing/redis.ts';
import { newMailbox, TestClient } from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'aside-redis-tls-'));
const [file, other] = [join(directory, 'localhost.pem'), join(directory, 'other.pem')];
beforeAll(async () => {
  writeFileSync(file, makeCertificate('localhost').both, { mode: 0o600 });
  writeFileSync(other, makeCertificate('localhost').certificate);
  await buildSignal();
});
afterAll(() => rmSync(directory, { recursive: true }));

it.each(KINDS)('speaks TLS with a real %s (rediss://)', async (kind) => {
  const redis = await startTlsRedis(file, kind);
  const REDIS_URLS = `rediss://localhost:${redis.port}`;
  const server = await startSignal({ env: { REDIS_URLS, NODE_EXTRA_CA_CERTS: file } });
  const client = await TestClient.connect(server.url);
  const box = newMailbox();
  expect(await client.open(box)).toMatchObject({ type: 'opened' });
  expect(await client.send(box, 'sealed twice')).toBe('stored');
  expect(await client.frames('deliver', 1)).toHaveLength(1);
  expect(await redis.cli('DBSIZE')).not.toBe('0');
  await client.close();
  await server.stop();
  await redis.stop();
});

it('speaks with nobody whose certificate it does not trust', async () => {
  const redis = await startTlsRedis(file);
  const REDIS_URLS = `rediss://localhost:${redis.port}`;
  await expect(startSignal({ env: { REDIS_URLS, NODE_EXTRA_CA_CERTS: other } })).rejects.toThrow('bad-store');
  await redis.stop();
});
