import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endWithUs } from '../signal/testing/end-with-us.ts';

const DOMAIN = 'chat.example.org';
/** The relay's, where it has port 443 of a second address. */
const RELAY_NAME = 'turn.example.org';
const caddyfile = fileURLToPath(new URL('../signal/Caddyfile', import.meta.url));
const START_MS = 20_000;

/**
 * The Caddyfile that docker-compose.yml mounts, run by the real Caddy on loopback with certificates of its own making:
 * no certificate authority is asked, and no trust store is touched.
 */
let caddy: ChildProcess;
let upstream: Server;
let directory: string;
let ports: { http: number; https: number; health: number };
let log = '';
/** Those who begin a request and do not go on, and those who ask once and then nothing, over TLS and before it; each with when it was ended. */
let slow: Promise<number>[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aside-caddy-'));
  upstream = echo();
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const [http = 0, https = 0, health = 0] = await freePorts(3);
  ports = { http, https, health };
  caddy = spawn(
    process.env.ASIDE_CADDY ?? 'caddy',
    ['run', '--config', caddyfile, '--adapter', 'caddyfile'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: directory,
        XDG_DATA_HOME: directory,
        XDG_CONFIG_HOME: directory,
        DOMAIN,
        TURN_443_NAME: RELAY_NAME,
        ASIDE_HTTP_PORT: String(http),
        ASIDE_HTTPS_PORT: String(https),
        ASIDE_HEALTH_PORT: String(health),
        ASIDE_SIGNAL: `127.0.0.1:${(upstream.address() as AddressInfo).port}`,
        ASIDE_CADDY_TLS: 'tls internal',
        ASIDE_CADDY_GLOBAL: 'default_bind 127.0.0.1',
      },
    },
  );
  endWithUs(caddy, directory);
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`Caddy did not start: ${log.slice(-2000)}`)),
      START_MS,
    );
    caddy.once('error', () =>
      reject(
        new Error('Caddy is not installed: apt-get install caddy (the Caddyfile is tried with the real one)'),
      ),
    );
    caddy.once('exit', () => reject(new Error(`Caddy ended: ${log.slice(-2000)}`)));
    caddy.stderr?.on('data', (chunk) => {
      log += String(chunk);
      if (/certificate obtained successfully/.test(log) && /serving initial configuration/.test(log)) {
        clearTimeout(deadline);
        resolve();
      }
    });
  });
  // The certificate is announced a moment before it is served.
  await vi.waitFor(() => ask('/about'), { timeout: START_MS, interval: 50 });
  const begun = Date.now();
  const secured = { host: '127.0.0.1', port: ports.https, servername: DOMAIN, ca: authority() };
  slow = ['GET / HTTP/1.1\r\nHost: ', `GET /i HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`].flatMap((words) =>
    [connect(ports.http, '127.0.0.1'), connectTls(secured)].map(async (socket) => {
      socket.write(words);
      socket.resume().on('error', () => undefined);
      await once(socket, 'close');
      return Date.now() - begun;
    }),
  );
}, 2 * START_MS);

afterAll(async () => {
  if (caddy?.exitCode === null && caddy.pid !== undefined) {
    const ended = new Promise((resolve) => caddy.once('exit', resolve));
    caddy.kill('SIGTERM');
    await ended;
  }
  upstream?.closeAllConnections();
  upstream?.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the Caddyfile', () => {
  it('serves DOMAIN over HTTPS from signal, with the headers that protect', async () => {
    const { status, headers, body } = await ask('/about');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ path: '/about', host: DOMAIN, proto: 'https' });
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(headers.server).toBeUndefined();
  });

  it('leaves the policy of signal’s own pages as it is', async () => {
    const { headers } = await ask('/i');
    expect(headers['content-security-policy']).toBe("default-src 'none'; style-src 'self'");
  });

  it('tells signal the address of the connection, never one that a client claims', async () => {
    const { body } = await ask('/about', { headers: { 'X-Forwarded-For': '203.0.113.66' } });
    expect(JSON.parse(body)).toMatchObject({ forwardedFor: '127.0.0.1' });
  });

  it('passes a WebSocket through TLS, bytes both ways', async () => {
    const socket = await upgrade('/v1');
    const bytes = randomBytes(20_000);
    const back = new Promise<Buffer>((resolve) => {
      let got = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        got = Buffer.concat([got, chunk]);
        if (got.length >= bytes.length) resolve(got);
      });
    });
    socket.write(bytes);
    expect((await back).equals(bytes)).toBe(true);
    socket.destroy();
  });

  it.each(['/metrics', '/metrics/x', '/healthz', '/readyz'])('keeps %s inside', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await ask('/about', { method }, Buffer.from('x'))).status).toBe(405);
  });

  it('sends plain HTTP to HTTPS', async () => {
    const answer = await respond(
      httpRequest({ host: '127.0.0.1', port: ports.http, path: '/i', headers: { Host: DOMAIN } }),
    );
    expect(answer.status).toBe(308);
    expect(answer.headers.location).toBe(`https://${DOMAIN}/i`);
  });

  it('answers the container’s health check', async () => {
    const answer = await respond(httpRequest({ host: '127.0.0.1', port: ports.health, path: '/healthz' }));
    expect(answer.status).toBe(200);
  });

  it('logs neither who asked nor for what, also when something fails', async () => {
    const before = log.length;
    await expect(ask('/breaks-off?private=1', { headers: { 'X-Mark': 'mark' } })).rejects.toThrow();
    await expect.poll(() => log.slice(before)).toContain('"level":"error"');
    expect(log.slice(before)).not.toMatch(/breaks-off|private=1|"request"|remote_ip|"mark"|user_agent/i);
    expect(log).not.toContain('handled request');
  });

  it('logs as little when nothing comes back from signal at all', async () => {
    const before = log.length;
    expect((await ask('/says-nothing?private=2', { headers: { 'X-Mark': 'mark' } })).status).toBe(502);
    await expect.poll(() => log.slice(before)).toContain('"level":"error"');
    expect(log.slice(before)).not.toMatch(
      /says-nothing|private=2|"request"|remote_ip|client_ip|"mark"|user_agent/i,
    );
  });

  it('waits for a signal that starts again, rather than say that it is gone', async () => {
    const { port } = upstream.address() as AddressInfo;
    upstream.closeAllConnections();
    await new Promise((closed) => upstream.close(closed));
    const answer = ask('/about').then(({ status }) => status);
    // Long enough for a proxy that does not wait to have said so.
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 500))]);
    await new Promise<void>((listening) => upstream.listen(port, '127.0.0.1', listening));
    expect(early).toBeUndefined();
    expect(await answer).toBe(200);
  });

  it('takes no endless header', async () => {
    // Where Caddy itself would answer 404.
    expect((await ask('/healthz', { headers: { 'X-Long': 'x'.repeat(40_000) } })).status).toBe(431);
  });

  it('ends after ten seconds who has not finished a header, and who asks no more', async () => {
    // Caddy itself would let the former wait for ever and the latter for minutes; this process may be late to hear of it.
    for (const lasted of await Promise.all(slow)) expect(lasted).toBeLessThan(25_000);
  });

  it('asks no certificate authority and opens no door for an administrator', () => {
    expect(log).not.toMatch(/acme-v02|letsencrypt|zerossl|admin endpoint started/i);
  });
});

describe('certificate.sh', () => {
  it('ends by itself when it is told to, for the first process of a container dies of no signal that it has no word for', async () => {
    const checked = join(directory, 'told');
    const script = spawn('/bin/sh', [fileURLToPath(new URL('./certificate.sh', import.meta.url))], {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH ?? '',
        NAME: DOMAIN,
        CADDY_DATA: join(directory, 'nothing'),
        CERTIFICATE: join(directory, 'told.pem'),
        CHECKED: checked,
        CHECK_SECONDS: '30',
      },
    });
    const ended = once(script, 'exit');
    await vi.waitFor(() => expect(existsSync(checked)).toBe(true), { timeout: START_MS, interval: 20 });
    script.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  // As it stands in `.env`, perhaps in capitals: Caddy's files are in small letters whatever was written.
  it.each([DOMAIN, RELAY_NAME, DOMAIN.toUpperCase()])(
    'hands the relay Caddy’s certificate for %s, and nothing else',
    async (name) => {
      const out = join(directory, `${name}.pem`);
      const hand = () =>
        execFileSync('/bin/sh', [fileURLToPath(new URL('./certificate.sh', import.meta.url))], {
          encoding: 'utf8',
          env: {
            PATH: process.env.PATH ?? '',
            NAME: name,
            CADDY_DATA: join(directory, 'caddy'),
            CERTIFICATE: out,
            CHECKED: join(directory, 'checked'),
            CHECK_SECONDS: '0',
          },
        });
      await vi.waitFor(() => expect(hand()).toContain(name.toLowerCase()), {
        timeout: START_MS,
        interval: 50,
      });
      expect(hand()).toBe('');
      expect(statSync(out).mode & 0o777).toBe(0o640);
      const pem = readFileSync(out, 'utf8');
      expect(pem.match(/BEGIN [A-Z ]*PRIVATE KEY/g)).toHaveLength(1);
      // Chain and key belong together, and the authority vouches for the name.
      const server = createTlsServer({ cert: pem, key: pem }, (socket) => socket.end('shown'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as AddressInfo;
        const socket = connectTls({ host: '127.0.0.1', port, servername: name, ca: authority() });
        expect(String((await once(socket, 'data'))[0])).toBe('shown');
        socket.destroy();
      } finally {
        server.close();
      }
    },
  );
});

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** The root that this Caddy made for itself. */
const authority = () => readFileSync(join(directory, 'caddy', 'pki', 'authorities', 'local', 'root.crt'));

function secure(path: string, options: RequestOptions = {}) {
  return httpsRequest({
    host: '127.0.0.1',
    port: ports.https,
    servername: DOMAIN,
    ca: authority(),
    path,
    agent: false,
    ...options,
    headers: { Host: DOMAIN, ...(options.headers as Record<string, string>) },
  });
}

function ask(path: string, options: RequestOptions = {}, body?: Buffer): Promise<Answer> {
  return respond(secure(path, options), body);
}

function respond(request: ReturnType<typeof httpRequest>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.once('error', reject);
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.once('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}

function upgrade(path: string): Promise<Duplex> {
  const key = randomBytes(16).toString('base64');
  const request = secure(path, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    },
  });
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', ({ statusCode }) => reject(new Error(`no upgrade but ${statusCode}`)));
    request.once('upgrade', (response, socket) => {
      if (response.headers['sec-websocket-accept'] === accept(key)) resolve(socket);
      else reject(new Error('wrong Sec-WebSocket-Accept'));
    });
    request.end();
  });
}

/** RFC 6455, 4.2.2. */
function accept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** In signal's place: says what it was asked, echoes what comes over a WebSocket, breaks off where it is told to. */
function echo(): Server {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/says-nothing')) {
      request.socket.destroy();
      return;
    }
    if (request.url?.startsWith('/breaks-off')) {
      response.setHeader('Content-Length', '100');
      response.write('half', () => request.socket.destroy());
      return;
    }
    if (request.url === '/i')
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'self'");
    response.setHeader('Server', 'signal');
    // As signal says them too: they must not come twice.
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    request.on('error', () => undefined);
    request.resume().once('end', () =>
      response.end(
        JSON.stringify({
          path: request.url,
          host: request.headers.host,
          proto: request.headers['x-forwarded-proto'],
          forwardedFor: request.headers['x-forwarded-for'],
        }),
      ),
    );
  });
  server.on('upgrade', (request, socket) => {
    const key = String(request.headers['sec-websocket-key']);
    socket.on('error', () => undefined);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  return server;
}

/** Ports that are free now, all held at once so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createTcpServer>>((resolve) => {
          const server = createTcpServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const numbers = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return numbers;
}
