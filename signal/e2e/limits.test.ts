import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { MAX_LIVE_ENVELOPE_BYTES } from '../protocol/index.ts';
import { LIMITS } from '../src/limits.ts';
import { newMailbox, TestClient } from './client.ts';

/** What limits.ts promises, on a real server under attack. */
let server: Awaited<ReturnType<typeof startSignal>>;

beforeAll(async () => {
  await buildSignal();
  server = await startSignal({ env: { TRUSTED_PROXIES: '127.0.0.1', METRICS_PORT: '0' } });
});
afterAll(() => server.stop());

const from = (address: string) => TestClient.connect(server.url, { 'X-Forwarded-For': address });

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.log[0]?.metricsPort}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

/** A connection that speaks for itself. Resolves `over` when the server has ended it. */
function raw(): { readonly socket: Socket; readonly over: Promise<void> } {
  const socket = connectTcp(server.port, '127.0.0.1');
  socket.on('error', () => {});
  return { socket, over: new Promise((resolve) => socket.once('close', () => resolve())) };
}

const handshake = (subprotocol: string, address: string) =>
  [
    'GET /v1 HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==',
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    `X-Forwarded-For: ${address}`,
    '\r\n',
  ].join('\r\n');

describe('a connection that takes its time', () => {
  it('over its request, a byte a second, is ended, and so is one that says nothing', async () => {
    const [silent, dripping] = [raw(), raw()];
    const request = handshake('aside.v1', '192.0.2.1');
    let at = 0;
    const drip = setInterval(() => dripping.socket.write(request[at++] ?? ''), 1000);
    await Promise.all([silent.over, dripping.over]);
    clearInterval(drip);
    expect(at).toBeLessThan(20);
  }, 30_000);
});

describe('a flood of sockets', () => {
  it('that come and go is refused before the upgrade, for its address only', async () => {
    const address = '198.51.100.7';
    let refused = 0;
    for (let n = 0; n < LIMITS.arrivalsBurst && refused === 0; n += 64) {
      const some = Array.from({ length: 64 }, async () => {
        const client = await from(address);
        client.socket.terminate();
        await client.closed;
      });
      for (const { status } of await Promise.allSettled(some)) if (status === 'rejected') refused++;
    }
    // What a slow machine took for those has become free again meanwhile: until more come at once than that.
    while (refused === 0) {
      const more = Array.from({ length: 256 }, () =>
        from(address).then((client) => client.socket.terminate()),
      );
      for (const { status } of await Promise.allSettled(more)) if (status === 'rejected') refused++;
    }
    expect(await metric('aside_refusals_total{reason="too-many-arrivals"}')).toBe(refused);
    await (await from('198.51.100.8')).close();
  });
});

describe('a flood of plain requests', () => {
  const reason = 'aside_refusals_total{reason="too-many-requests"}';

  const request = (path: string, address: string, connection: 'keep-alive' | 'close', method = 'GET') =>
    [
      `${method} ${path} HTTP/1.1`,
      'Host: localhost',
      `X-Forwarded-For: ${address}`,
      `Connection: ${connection}`,
      '\r\n',
    ].join('\r\n');

  /** The statuses of what is answered on a connection of its own, until the server ends it. */
  async function answers(requests: string): Promise<number[]> {
    const { socket, over } = raw();
    let said = '';
    socket.setEncoding('latin1').on('data', (text) => {
      said += text;
    });
    socket.write(requests);
    await over;
    return [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  }

  const ask = async (path: string, address: string, method = 'GET') =>
    (await answers(request(path, address, 'close', method)))[0];

  /** Until this address owes seconds' worth. Returns how many were served. */
  async function flood(address: string): Promise<number> {
    const each = 32;
    const paths = ['/', '/i', '/about', '/v1', '/metrics', '/nothing'];
    const all = Array.from({ length: each }, (_, n) =>
      request(paths[n % paths.length] ?? '', address, n + 1 < each ? 'keep-alive' : 'close'),
    );
    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < LIMITS.requestsBurst; n += each) statuses.push(...(await answers(all.join(''))));
    const more = Array.from({ length: 10 * LIMITS.requestsPerSecond }, () => ask('/', address));
    statuses.push(...(await Promise.all(more)));
    return statuses.filter((status) => status !== 429).length;
  }

  it('is refused, for its address only, and costs it no socket', async () => {
    const address = '2001:db8:1:2::1';
    const began = Date.now();
    const served = await flood(address);
    const seconds = (Date.now() - began) / 1000;
    expect(served).toBeGreaterThanOrEqual(LIMITS.requestsBurst);
    expect(served).toBeLessThanOrEqual(LIMITS.requestsBurst + 1 + seconds * LIMITS.requestsPerSecond);
    const before = await metric(reason);
    expect(before).toBeGreaterThan(0);
    for (const method of ['GET', 'HEAD', 'POST']) expect(await ask('/', address, method)).toBe(429);
    expect(await ask('/', '2001:db8:1:2::3')).toBe(429);
    expect(await metric(reason)).toBe(before + 4);
    await (await from(address)).close();
    expect(await ask('/', '2001:db8:1:3::1')).toBe(200);
  });

  it('leaves health checks alone, also those that come from its address', async () => {
    const address = '198.51.100.22';
    await flood(address);
    for (const path of ['/healthz', '/readyz']) {
      for (const method of ['GET', 'HEAD']) expect(await ask(path, address, method)).toBe(200);
    }
    expect(await ask('/', address)).toBe(429);
  });

  it('loses every connection on which it is refused', async () => {
    const address = '198.51.100.23';
    await flood(address);
    const began = Date.now();
    expect(await answers(request('/', address, 'keep-alive'))).toEqual([429]);
    // Others live for ten seconds.
    expect(Date.now() - began).toBeLessThan(8000);
  });
});

describe('readers that never read', () => {
  it('make the server hold next to nothing, and lose nothing that is stored', async () => {
    const readers = await Promise.all(Array.from({ length: 40 }, (_, n) => from(`2001:db8:0:${n}::1`)));
    const writers = await Promise.all(Array.from({ length: 40 }, (_, n) => from(`192.0.2.${50 + n}`)));
    const boxes = readers.map(newMailbox);
    for (const [n, reader] of readers.entries()) {
      await reader.open(boxes[n]!);
      reader.socket.pause();
    }
    const stored = new Uint8Array(60 * 1024).fill(7);
    const envelope = new Uint8Array(MAX_LIVE_ENVELOPE_BYTES);
    const live = (n: number, count: number) => {
      const { mailbox } = boxes[n]!;
      return Promise.all(
        Array.from({ length: count }, () => writers[n]!.ask({ type: 'live', mailbox, envelope })),
      );
    };
    for (const [n, { mailbox }] of boxes.entries()) {
      // Until the system takes no more for this reader.
      while (!(await live(n, 64)).includes('nobody'));
      for (let times = 0; times < 3; times++) {
        expect(await writers[n]!.ask({ type: 'send', mailbox, envelope: stored })).toBe('stored');
      }
    }
    const before = await metric('process_resident_memory_bytes');
    // As much again, and more: 100 MB of live envelopes, and questions whose answers nobody takes.
    for (const [n, reader] of readers.entries()) {
      for (let asked = 0; asked < 500; asked++) reader.say({ type: 'ping' });
      // The system's own buffers may still grow a little, the more the busier it is; then it is nobody again.
      let last = (await live(n, 160)).at(-1);
      for (let more = 0; last !== 'nobody' && more < 8; more++) last = (await live(n, 160)).at(-1);
      expect(last).toBe('nobody');
    }
    const after = await metric('process_resident_memory_bytes');
    expect(after - before).toBeLessThan(32 * 1024 * 1024);
    for (const reader of readers) reader.socket.terminate();
    await Promise.all(readers.map((reader) => reader.closed));
    for (const [n, box] of boxes.entries()) {
      expect(await writers[n]!.open(box)).toMatchObject({ type: 'opened', waiting: 3 });
      await writers[n]!.frames('deliver', 3);
    }
    for (const writer of writers) await writer.close();
  }, 60_000);

  it('are not waited for when they are ended, whatever the reason', async () => {
    const writer = await from('192.0.2.200');
    const readers = await Promise.all(Array.from({ length: 8 }, (_, n) => from(`192.0.2.${201 + n}`)));
    const envelope = new Uint8Array(MAX_LIVE_ENVELOPE_BYTES);
    for (const reader of readers) {
      const { key, mailbox } = newMailbox();
      await reader.open({ key, mailbox });
      reader.socket.pause();
      // Until the system takes no more for this reader.
      for (let outcome: unknown; outcome !== 'nobody'; ) {
        const asked = Array.from({ length: 64 }, () => writer.ask({ type: 'live', mailbox, envelope }));
        outcome = (await Promise.all(asked)).at(-1);
      }
    }
    const before = await metric('process_open_fds');
    for (const reader of readers) reader.raw(new Uint8Array(0));
    // A reason would stand behind what they do not read, uncounted, for as long as a line may be silent.
    await expect.poll(() => metric('process_open_fds')).toBeLessThan(before - 4);
    for (const reader of readers) reader.socket.terminate();
    await writer.close();
  }, 60_000);
});
