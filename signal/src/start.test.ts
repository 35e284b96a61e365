import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { bytes, newMailbox, TestClient } from '../e2e/client.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { start } from './start.ts';
import { EmbeddedStore } from './store/embedded-store.ts';
import { MemoryDisk } from './store/memory-disk.ts';

afterEach(() => vi.useRealTimers());

it('takes a rotated secret and new passes within ten seconds though the time of day is put back', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'aside-start-'));
  const [passes, secret] = [join(directory, 'passes'), join(directory, 'secret')];
  const [before, after] = ['the-pass-of-this-server', 'the-pass-that-came-later'];
  writeFileSync(passes, before);
  writeFileSync(secret, 'first\nusers\n');
  const env = { DATA_DIR: directory, PORT: '0', PASSES_FILE: passes, TURN_SECRET_FILE: secret };
  const config = readConfig({ ...env, TURN_URLS: 'turn:127.0.0.1:3478' });
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_800_000_000_000 });
  const store = new EmbeddedStore({
    disk: new MemoryDisk(),
    limits: config.limits,
    retention: config.retention,
    mostBytes: config.mostBytes,
    now: () => Date.now(),
  });
  const server = await start(config, store, createLog('silent'));
  const client = await TestClient.connect(`ws://127.0.0.1:${server.port}/v1`);
  const open = (pass: string) => client.ask({ type: 'open', ...newMailbox(), pass: bytes(pass) });
  const signedWith = async (pass: string) => {
    const answer = await client.ask({ type: 'turn', pass: bytes(pass) });
    if (typeof answer !== 'object' || answer.type !== 'turn-credentials') return answer;
    const { username, credential } = answer.credentials;
    const signs = (key: string) => createHmac('sha1', key).update(username).digest('base64') === credential;
    return ['first', 'second'].find(signs);
  };
  expect(await open(before)).toMatchObject({ type: 'opened' });
  expect(await signedWith(before)).toBe('first');

  writeFileSync(passes, `${after} # and no other`);
  writeFileSync(secret, 'second\nusers\n');
  vi.advanceTimersByTime(10_000);
  vi.setSystemTime(1_800_000_000_000 - 3600_000);
  expect(await open(before)).toMatchObject({ type: 'refused', reason: 'pass-needed' });
  expect(await open(after)).toMatchObject({ type: 'opened' });
  expect(await signedWith(after)).toBe('second');

  await client.close();
  await server.drain();
  rmSync(directory, { recursive: true });
});
