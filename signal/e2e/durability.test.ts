import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { type Running, start } from '../src/start.ts';
import { EmbeddedStore } from '../src/store/embedded-store.ts';
import { openLmdbDisk } from '../src/store/lmdb-disk.ts';
import { newMailbox, TestClient, text } from './client.ts';

const directory = mkdtempSync(join(tmpdir(), 'aside-durability-'));
beforeAll(async () => {
  await buildSignal();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('kill -9', () => {
  it('loses no envelope that was answered stored, and invents none', async () => {
    const data = join(directory, 'killed');
    const box = newMailbox();
    const said = new Set<string>();
    const stored: string[] = [];
    for (let round = 0; round < 3; round++) {
      const server = await startSignal({ data });
      const client = await TestClient.connect(server.url);
      await client.open(box);
      await client.ask({ type: 'close', mailbox: box.mailbox });
      let storedNow = 0;
      let killed: Promise<unknown> | undefined;
      const sends = Array.from({ length: 900 }, (_, n) => {
        const words = `${round}-${n} ${'x'.repeat(4000)}`;
        said.add(words);
        return client.send(box, words).then(
          (answer) => {
            if (answer !== 'stored') return;
            stored.push(words);
            // In the midst of it all, with answers on their way and envelopes not yet flushed.
            if (++storedNow === 50) killed = server.kill();
          },
          () => {},
        );
      });
      await Promise.all([client.closed, ...sends]);
      // A socket ends before its process does, which has the directory until then.
      await killed;
    }
    const server = await startSignal({ data });
    const reader = await TestClient.connect(server.url);
    const opened = await reader.open(box);
    const waiting = typeof opened === 'object' && opened.type === 'opened' ? opened.waiting : 0;
    const found: string[] = [];
    while (found.length < waiting) {
      const delivered = await reader.frames('deliver', found.length + 1);
      found.push(...delivered.slice(found.length).map(({ envelope }) => text(envelope)));
      reader.say({ type: 'ack', mailbox: box.mailbox, sequence: found.length });
    }
    expect(stored.length).toBeGreaterThanOrEqual(3 * 50);
    expect(found).toEqual(expect.arrayContaining(stored));
    expect(new Set(found).size).toBe(found.length);
    expect(found.every((words) => said.has(words))).toBe(true);
    await reader.close();
    await server.stop();
  });

  it('brings back nothing that was answered removed', async () => {
    const data = join(directory, 'removed');
    const box = newMailbox();
    let server = await startSignal({ data });
    let client = await TestClient.connect(server.url);
    await client.open(box);
    await Promise.all(['one', 'two', 'three'].map((words) => client.send(box, words)));
    await client.frames('deliver', 3);
    expect(await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: 2 })).toBe('removed');
    // With a client connected, and at the same port: the same server as far as anybody can tell.
    await server.kill();
    server = await startSignal({ data, port: server.port });
    client = await TestClient.connect(server.url);
    expect(await client.open(box)).toMatchObject({ waiting: 1 });
    expect(text((await client.frames('deliver', 1))[0]!.envelope)).toBe('three');
    await client.close();
    await server.stop();
  });
});

describe('a disk that fails under the page that says what is valid', () => {
  const FAILING = new URL('../testing/failing-meta.mjs', import.meta.url).href;

  it('ends the server, which says what to do and answers nothing with stored that is not', async () => {
    const data = join(directory, 'failing');
    const box = newMailbox();
    let server = await startSignal({ data, env: { NODE_OPTIONS: `--import=${FAILING}` } });
    const client = await TestClient.connect(server.url);
    await client.open(box);
    expect(await client.send(box, 'before')).toBe('stored');
    process.kill(server.pid, 'SIGUSR2');
    await expect.poll(() => server.log.at(-1)?.event).toBe('failing');
    const answers: unknown[] = [];
    // Turn after turn, until it has met the failure and what comes after it.
    let over = false;
    void client.closed.then(() => {
      over = true;
    });
    while (!over) {
      const sends = Array.from({ length: 20 }, (_, n) =>
        client.send(box, `after ${n}`).then((answer) => answers.push(answer)),
      );
      await Promise.race([client.closed, Promise.allSettled(sends)]);
    }
    expect(answers).not.toContain('stored');
    // The process has ended, or is about to: a signal changes nothing.
    expect(await server.kill('SIGCONT')).toBe(1);
    const told = server.log.slice(server.log.findIndex(({ event }) => event === 'failing') + 1);
    expect(told).toEqual([
      expect.objectContaining({
        event: 'store-broken',
        remedy: expect.stringContaining('start the server again'),
      }),
    ]);
    // lmdb hangs on its rejection what the disk said, or what the commit after it met, whichever comes first.
    expect(JSON.stringify(told)).toMatch(/Input\/output error|MDB_PANIC/);
    expect(server.words).toEqual([]);
    server = await startSignal({ data, port: server.port });
    const reader = await TestClient.connect(server.url);
    await reader.open(box);
    expect(text((await reader.frames('deliver', 1))[0]!.envelope)).toBe('before');
    expect(await reader.send(box, 'again')).toBe('stored');
    await reader.close();
    await server.stop();
  });
});

/** The real server on the real disk, but for a flush that the test lets through. */
describe('the answer', () => {
  let running: Running;
  let release = () => {};
  let held: Promise<void> | undefined;
  beforeAll(async () => {
    const disk = openLmdbDisk(join(directory, 'held'));
    const config = readConfig({ DATA_DIR: directory, PORT: '0' });
    const store = new EmbeddedStore({
      disk: {
        ...disk,
        flush: async () => {
          await disk.flush();
          await held;
        },
      },
      limits: config.limits,
      retention: config.retention,
      mostBytes: config.mostBytes,
      now: () => Date.now(),
    });
    running = await start(config, store, createLog('silent'));
  });
  afterAll(() => running.drain());

  it('waits for the flush, while the reader has the envelope and the socket goes on', async () => {
    const url = `ws://127.0.0.1:${running.port}/v1`;
    const [alice, bob] = [await TestClient.connect(url), await TestClient.connect(url)];
    const box = newMailbox();
    await bob.open(box);
    held = new Promise((resolve) => {
      release = resolve;
    });
    const sent = alice.send(box, 'early bird');
    expect(text((await bob.frames('deliver', 1))[0]!.envelope)).toBe('early bird');
    const removed = bob.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 });
    for (const client of [alice, bob]) {
      for (let n = 0; n < 5; n++) await client.ask({ type: 'ping' });
      expect(client.all('answers')).toEqual([]);
    }
    release();
    expect(await sent).toBe('stored');
    expect(await removed).toBe('removed');
    await Promise.all([alice.close(), bob.close()]);
  });
});
