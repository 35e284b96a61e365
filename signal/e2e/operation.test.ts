import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { CLOSE_CODES, decodeAbout } from '../protocol/index.ts';
import { bytes, newMailbox, TestClient } from './client.ts';

const SECRET = 'a secret that only tests know';
const URLS = ['turn:127.0.0.1:3478?transport=udp', 'turns:relay.example.org:5349'];
const directory = mkdtempSync(join(tmpdir(), 'aside-operation-'));
let main: string;
let server: Awaited<ReturnType<typeof startSignal>>;

beforeAll(async () => {
  main = await buildSignal();
  server = await startSignal({ turn: { secret: SECRET, urls: URLS } });
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('TURN credentials', () => {
  const issued = async (client: TestClient) => {
    const answer = await client.ask({ type: 'turn' });
    if (typeof answer !== 'object' || answer.type !== 'turn-credentials') throw new Error('none issued');
    return answer.credentials;
  };

  it('go only to a socket that holds an open mailbox', async () => {
    const client = await TestClient.connect(server.url);
    expect(await client.ask({ type: 'turn' })).toMatchObject({ type: 'refused', reason: 'not-open' });
    const box = newMailbox();
    await client.open(box);
    expect((await issued(client)).urls).toEqual(URLS);
    await client.ask({ type: 'close', mailbox: box.mailbox });
    expect(await client.ask({ type: 'turn' })).toMatchObject({ reason: 'not-open' });
    await client.close();
  });

  it('are what coturn computes, with one user for one address and nothing of the address in it', async () => {
    const [one, two] = [await TestClient.connect(server.url), await TestClient.connect(server.url)];
    await one.open(newMailbox());
    await two.open(newMailbox());
    const seconds = () => Math.floor(Date.now() / 1000);
    const before = seconds();
    const [a, b] = [await issued(one), await issued(two)];
    const after = seconds();
    expect(a.credential).toBe(createHmac('sha1', SECRET).update(a.username).digest('base64'));
    expect(a.username).toMatch(/^\d{10}:[0-9a-f]{24}$/);
    const [expiry] = a.username.split(':');
    expect(a.ttl).toBeGreaterThanOrEqual(3600);
    expect(a.ttl).toBeLessThanOrEqual(7200);
    expect(Number(expiry) - a.ttl).toBeGreaterThanOrEqual(before);
    expect(Number(expiry) - a.ttl).toBeLessThanOrEqual(after);
    expect(b.username.split(':')[1]).toBe(a.username.split(':')[1]);
    await Promise.all([one.close(), two.close()]);
  });

  it('are refused by a server without a relay', async () => {
    const bare = await startSignal();
    const client = await TestClient.connect(bare.url);
    await client.open(newMailbox());
    expect(await client.ask({ type: 'turn' })).toMatchObject({ reason: 'no-relay' });
    expect(decodeAbout(await (await fetch(`${bare.origin}/about`)).text()).relay).toBe(false);
    await client.close();
    await bare.stop();
  });

  it('come from a file that may appear after the start', async () => {
    const file = join(directory, 'turn-secret');
    const env = { TURN_SECRET_FILE: file, DOMAIN: 'chat.example.org' };
    const late = await startSignal({ env });
    const client = await TestClient.connect(late.url);
    await client.open(newMailbox());
    expect(await client.ask({ type: 'turn' })).toMatchObject({ reason: 'server-busy' });
    writeFileSync(file, `${SECRET}\n`);
    const { username, credential, urls } = await issued(client);
    expect(credential).toBe(createHmac('sha1', SECRET).update(username).digest('base64'));
    expect(urls).toEqual([
      'turn:chat.example.org:3478?transport=udp',
      'turn:chat.example.org:3478?transport=tcp',
    ]);
    await client.close();
    await late.stop();
  });
});

describe('pages', () => {
  const get = (path: string) => fetch(`${server.origin}${path}`, { redirect: 'manual' });

  it('has a landing page for invites that loads and runs nothing', async () => {
    const response = await get('/i');
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|javascript:|https?:\/\/|url\(|@import/i);
    expect(body).toContain('Press the Aside button');
    expect(body).toMatch(/pasting/i);
    expect(body).toContain('prefers-color-scheme:dark');
    expect(body).toContain('<html lang="en">');
  });

  it('has the same bytes for every path that is not there', async () => {
    const answers = [];
    for (const path of ['/x', '/i/', '/i/abc', '/v2', '/index.html', '/readyz/', '/%00', '/..%2f']) {
      const response = await get(path);
      const headers = [...response.headers].filter(([name]) => name !== 'date');
      answers.push(JSON.stringify([response.status, headers, await response.text()]));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^\[404,/);
    expect((await fetch(`${server.origin}/i`, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('lets any page see that it is an Aside server, without credentials', async () => {
    const about = await get('/about');
    expect(about.headers.get('access-control-allow-origin')).toBe('*');
    expect(about.headers.get('access-control-allow-credentials')).toBeNull();
    expect(about.headers.get('content-type')).toBe('application/json');
    expect(decodeAbout(await about.text())).toEqual({ aside: 1, relay: true, pass: false });
    const bare = await get('/v1');
    expect(bare.status).toBe(426);
    expect(decodeAbout(await bare.text())).toEqual({ aside: 1, relay: true, pass: false });
    const home = await get('/');
    expect(home.status).toBe(200);
    expect(await home.text()).toContain('Aside server');
  });

  it('answers HEAD without a body', async () => {
    const status = await new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
      request(`${server.origin}/i`, { method: 'HEAD' }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers['content-length']]);
      })
        .on('error', reject)
        .end();
    });
    expect(status[0]).toBe(200);
    expect(Number(status[1])).toBeGreaterThan(500);
  });
});

describe('a drain', () => {
  it('says not ready, closes every socket with try-again, keeps what was sent, and exits with 0', async () => {
    const data = join(directory, 'drained');
    const draining = await startSignal({ data });
    expect((await fetch(`${draining.origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${draining.origin}/readyz`)).status).toBe(200);
    const clients = await Promise.all(Array.from({ length: 60 }, () => TestClient.connect(draining.url)));
    const box = newMailbox();
    const [writer, ...others] = clients;
    await writer!.open(box);
    await writer!.ask({ type: 'close', mailbox: box.mailbox });
    const sends = Array.from({ length: 50 }, (_, n) => writer!.send(box, `${n}`).catch(() => 'unanswered'));
    const began = Date.now();
    const exit = draining.kill('SIGTERM');
    await others[0]!.closed;
    const ready = await fetch(`${draining.origin}/readyz`);
    expect(ready.status).toBe(503);
    await expect(TestClient.connect(draining.url)).rejects.toThrow('503');
    const codes = await Promise.all(clients.map((client) => client.closed));
    expect(new Set(codes)).toEqual(new Set([CLOSE_CODES.draining]));
    const outcomes = await Promise.all(sends);
    expect(await exit).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(draining.log.map(({ event }) => event)).toEqual(['listening', 'draining', 'stopped']);

    const again = await startSignal({ data });
    const reader = await TestClient.connect(again.url);
    const opened = await reader.open(box);
    const waiting = typeof opened === 'object' && opened.type === 'opened' ? opened.waiting : 0;
    expect(waiting).toBeGreaterThanOrEqual(outcomes.filter((outcome) => outcome === 'stored').length);
    await reader.close();
    await again.stop();
  });
});

describe('a second server on one data directory', () => {
  it('does not start and says why, for as long as the first lives, which goes on', async () => {
    const data = join(directory, 'shared');
    const first = await startSignal({ data });
    await expect(startSignal({ data })).rejects.toThrow(/another server runs on this data directory/);
    const client = await TestClient.connect(first.url);
    const box = newMailbox();
    await client.open(box);
    expect(await client.send(box, 'as before')).toBe('stored');
    await first.kill();
    const next = await startSignal({ data });
    const reader = await TestClient.connect(next.url);
    expect(await reader.open(box)).toMatchObject({ waiting: 1 });
    await reader.close();
    await next.stop();
  });

  it('does not start beside the first when both start at once', async () => {
    const data = join(directory, 'contested');
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => startSignal({ data })));
    const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(servers.length).toBeLessThanOrEqual(1);
    await Promise.all(servers.map((one) => one.stop()));
    await (await startSignal({ data })).stop();
  });
});

describe('the log', () => {
  it('names no address, no mailbox, no key and no word of what was sent, whatever happens', async () => {
    const addresses = ['203.0.113.77', '2001:db8:77:78::79'];
    const chatty = await startSignal({
      turn: { secret: SECRET, urls: URLS },
      env: { LOG_LEVEL: 'debug', TRUSTED_PROXIES: '127.0.0.1', SOCKETS_PER_ADDRESS: '3', METRICS_PORT: '0' },
    });
    const from = (address: string) => TestClient.connect(chatty.url, { 'X-Forwarded-For': address });
    const said = () => new Set(chatty.log.map(({ time, ...line }) => JSON.stringify(line)));
    const ended = () => chatty.log.filter(({ event }) => event === 'ended').length;
    const saidOf: Set<string>[] = [];
    const secrets: string[] = [...addresses, '2001:db8:77:78', 'secret word', SECRET];
    for (const address of addresses) {
      const [reader, writer] = [await from(address), await from(address)];
      const box = newMailbox();
      for (const id of [box.key, box.mailbox]) {
        for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const) {
          secrets.push(Buffer.from(id).toString(form));
        }
      }
      await reader.open(box);
      await writer.send(box, 'a secret word');
      await reader.frames('deliver', 1);
      await reader.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 });
      await writer.ask({ type: 'live', mailbox: box.mailbox, envelope: bytes('a secret word') });
      await writer.open(box);
      await reader.ask({ type: 'ack', mailbox: box.mailbox, sequence: 9 });
      await writer.open({ key: newMailbox().key, mailbox: box.mailbox });
      const issued = await writer.ask({ type: 'turn' });
      if (typeof issued !== 'object' || issued.type !== 'turn-credentials') throw new Error('none issued');
      secrets.push(issued.credentials.username, issued.credentials.credential);
      const third = await from(address);
      await expect(from(address)).rejects.toThrow('429');
      third.socket.send('a secret word');
      await third.closed;
      await Promise.all([reader.close(), writer.close()]);
      await expect.poll(() => ended()).toBe(3 * (saidOf.length + 1));
      saidOf.push(said());
    }
    await chatty.stop();
    const lines = chatty.log.map((line) => JSON.stringify(line));
    // It does say something about each of these sockets.
    for (const event of ['ended', 'turned-away']) {
      expect(chatty.log.filter((line) => line.event === event).length).toBeGreaterThanOrEqual(2);
    }
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    expect(lines.join('\n')).not.toContain('127.0.0.1');
    // Nor a part or a hash of one: of the second it says nothing that it did not say of the first.
    expect(saidOf[1]).toEqual(saidOf[0]);
    expect(chatty.log[0]).toMatchObject({ event: 'listening', port: chatty.port });
  });
});

describe('a configuration with mistakes', () => {
  it('stops the start and names every one', () => {
    const env = {
      PATH: process.env.PATH,
      PORT: '70000',
      RETENTION_DAYS: 'long',
      TURN_URLS: 'http://x, turn:ok.example',
      TRUSTED_PROXIES: '10.0.0.0/33',
      LOG_LEVEL: 'loud',
      PASSES: 'short',
      METRICS_PORT: 'yes',
    };
    const { status, stdout } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' });
    expect(status).toBe(1);
    const mistakes = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; mistake: string });
    expect(mistakes.every(({ event }) => event === 'bad-config')).toBe(true);
    const wrong = [
      'PORT',
      'RETENTION_DAYS',
      'TURN_URLS',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'DATA_DIR',
      'PASSES',
    ];
    for (const name of [...wrong, 'METRICS_PORT']) {
      expect(mistakes.map(({ mistake }) => mistake).join('\n')).toContain(name);
    }
  });

  it('stops the start when the port is taken', async () => {
    await expect(startSignal({ port: server.port })).rejects.toThrow('cannot-listen');
  });
});
