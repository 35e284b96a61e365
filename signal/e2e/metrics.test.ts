import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { CLOSE_CODES, REFUSALS } from '../protocol/index.ts';
import { bytes, newMailbox, TestClient } from './client.ts';

/** The numbers of a real server, read as Prometheus reads them. */
let server: Awaited<ReturnType<typeof startSignal>>;
let address: string;

beforeAll(async () => {
  await buildSignal();
  server = await startSignal({
    turn: { secret: 'a secret that only tests know', urls: ['turn:relay.example.org:3478'] },
    env: { METRICS_PORT: '0', SOCKETS_PER_ADDRESS: '3' },
  });
  address = `http://127.0.0.1:${server.log[0]?.metricsPort}`;
});
afterAll(() => server.stop());

async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(`${address}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('the metrics', () => {
  it('count what happened, by its name', async () => {
    const before = await scrape();
    const [reader, writer] = [await TestClient.connect(server.url), await TestClient.connect(server.url)];
    const box = newMailbox();
    await reader.open(box);
    for (const words of ['one', 'two', 'three']) await writer.send(box, words);
    await reader.frames('deliver', 3);
    await reader.ask({ type: 'ack', mailbox: box.mailbox, sequence: 2 });
    const live = { type: 'live', mailbox: box.mailbox, envelope: bytes('psst') } as const;
    await writer.ask(live);
    await writer.ask({ ...live, mailbox: newMailbox().mailbox });
    await writer.send(newMailbox(), 'to nobody');
    await reader.ask({ type: 'turn' });
    const during = await scrape();
    writer.socket.send('not a frame');
    await writer.closed;
    await reader.close();
    const after = await scrape();
    const grew = (name: string) => (during.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN);
    const ended = (name: string) => (after.get(name) ?? Number.NaN) - (during.get(name) ?? Number.NaN);
    expect(grew('aside_sockets')).toBe(2);
    expect(grew('aside_mailboxes_open')).toBe(1);
    expect(grew('aside_mailboxes_registered')).toBe(1);
    expect(grew('aside_envelopes_total{outcome="stored"}')).toBe(3);
    expect(grew('aside_envelopes_total{outcome="delivered"}')).toBe(3);
    expect(grew('aside_envelopes_total{outcome="removed"}')).toBe(2);
    expect(grew('aside_envelopes_total{outcome="passed"}')).toBe(1);
    expect(grew('aside_envelopes_total{outcome="nobody"}')).toBe(1);
    expect(grew('aside_refusals_total{reason="mailbox-unknown"}')).toBe(1);
    expect(grew('aside_turn_credentials_total')).toBe(1);
    expect(grew('aside_bytes_total{direction="in"}')).toBeGreaterThan(9 * 37);
    expect(grew('aside_bytes_total{direction="out"}')).toBeGreaterThan(9 * 37);
    expect(grew('aside_store_seconds_count{operation="open"}')).toBe(1);
    expect(grew('aside_store_seconds_count{operation="put"}')).toBe(3);
    expect(grew('aside_store_seconds_count{operation="remove"}')).toBe(1);
    expect(grew('aside_store_seconds_count{operation="read"}')).toBeGreaterThan(0);
    expect(ended('aside_closes_total{reason="malformed"}')).toBe(1);
    expect(ended('aside_closes_total{reason="gone"}')).toBe(1);
    expect(after.get('aside_sockets')).toBe(0);
    expect(after.get('aside_mailboxes_open')).toBe(0);
  });

  it('count sockets that were refused', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(server.url)));
    await expect(TestClient.connect(server.url)).rejects.toThrow('429');
    expect((await scrape()).get('aside_refusals_total{reason="too-many-sockets"}')).toBe(1);
    for (const client of clients) await client.close();
  });

  it('have a line for every reason before it happens, and say how the process is', async () => {
    const metrics = await scrape();
    for (const reason of [...Object.keys(REFUSALS), 'too-many-openings', 'no-turn-secret']) {
      expect(metrics.has(`aside_refusals_total{reason="${reason}"}`)).toBe(true);
    }
    for (const reason of Object.keys(CLOSE_CODES)) {
      expect(metrics.has(`aside_closes_total{reason="${reason}"}`)).toBe(true);
    }
    expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(metrics.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(metrics.get('aside_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
    expect(metrics.get('aside_envelopes_total{outcome="expired"}')).toBe(0);
  });

  it('are on a port of their own and nowhere else', async () => {
    expect((await fetch(`${server.origin}/metrics`)).status).toBe(404);
    expect((await fetch(`${address}/`)).status).toBe(404);
    expect((await fetch(`${address}/metrics`, { method: 'POST', body: 'x' })).status).toBe(404);
    const without = await startSignal();
    expect(without.log[0]).not.toHaveProperty('metricsPort');
    await without.stop();
  });
});
