import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { MAX_ENVELOPE_BYTES, READ_WINDOW_ENVELOPES } from '../protocol/index.ts';
import { bytes, newMailbox, TestClient, text } from './client.ts';

/** Through the front door: the built server in a process of its own, clients on real sockets. */
let server: Awaited<ReturnType<typeof startSignal>>;
beforeAll(async () => {
  await buildSignal();
  server = await startSignal();
});
afterAll(() => server.stop());

const connect = () => TestClient.connect(server.url);

describe('a mailbox', () => {
  it('takes envelopes and gives them to its reader in order', async () => {
    const [alice, bob] = [await connect(), await connect()];
    const box = newMailbox();
    expect(await bob.open(box)).toMatchObject({ type: 'opened', waiting: 0, retention: 14 * 24 * 3600 });
    expect(await Promise.all(['one', 'two', 'three'].map((words) => alice.send(box, words)))).toEqual([
      'stored',
      'stored',
      'stored',
    ]);
    const delivered = await bob.frames('deliver', 3);
    expect(delivered.map(({ envelope }) => text(envelope))).toEqual(['one', 'two', 'three']);
    expect(delivered.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(delivered[0]?.mailbox).toEqual(box.mailbox);
    await Promise.all([alice.close(), bob.close()]);
  });

  it('keeps what nobody acknowledged, forgets what was, and numbers each opening anew', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    for (const words of ['one', 'two', 'three']) await client.send(box, words);
    await client.frames('deliver', 3);
    expect(await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: 2 })).toBe('removed');
    expect(await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 })).toBe('removed');
    await client.close();
    const again = await connect();
    expect(await again.open(box)).toMatchObject({ type: 'opened', waiting: 1 });
    const [left] = await again.frames('deliver', 1);
    expect(left).toMatchObject({ sequence: 1, envelope: bytes('three') });
    await again.close();
  });

  it('holds the largest envelope unharmed, also from the disk', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    await client.ask({ type: 'close', mailbox: box.mailbox });
    const envelope = Uint8Array.from({ length: MAX_ENVELOPE_BYTES }, (_, at) => at * 7);
    expect(await client.ask({ type: 'send', mailbox: box.mailbox, envelope })).toBe('stored');
    await client.open(box);
    const [delivered] = await client.frames('deliver', 1);
    expect(Buffer.from(delivered!.envelope).equals(envelope)).toBe(true);
    await client.close();
  });

  it('passes live envelopes to whoever is there and keeps none', async () => {
    const [alice, bob] = [await connect(), await connect()];
    const box = newMailbox();
    const live = () => alice.ask({ type: 'live', mailbox: box.mailbox, envelope: bytes('psst') });
    expect(await live()).toBe('nobody');
    await bob.open(box);
    expect(await live()).toBe('passed');
    const [passed] = await bob.frames('deliver-live', 1);
    expect(passed).toEqual({ type: 'deliver-live', mailbox: box.mailbox, envelope: bytes('psst') });
    expect(await bob.ask({ type: 'close', mailbox: box.mailbox })).toBe('closed');
    expect(await live()).toBe('nobody');
    await Promise.all([alice.close(), bob.close()]);
  });

  it('refuses a stranger: an unknown mailbox, a wrong key, an ACK and a CLOSE of what is not open', async () => {
    const [client, other] = [await connect(), await connect()];
    const box = newMailbox();
    await other.open(box);
    await other.send(box, 'secret');
    expect(await client.send(newMailbox(), 'hello')).toMatchObject({ reason: 'mailbox-unknown' });
    const stolen = { key: newMailbox().key, mailbox: box.mailbox };
    expect(await client.open(stolen)).toMatchObject({ type: 'refused', reason: 'bad-key' });
    const ack = { type: 'ack', mailbox: box.mailbox, sequence: 1 } as const;
    expect(await client.ask(ack)).toMatchObject({ reason: 'not-open', mailbox: box.mailbox });
    expect(await client.ask({ type: 'close', mailbox: box.mailbox })).toMatchObject({ reason: 'not-open' });
    expect(await other.ask({ ...ack, sequence: 2 })).toMatchObject({ reason: 'unknown-sequence' });
    expect(await other.ask({ ...ack, sequence: 0 })).toMatchObject({ reason: 'unknown-sequence' });
    expect(await other.ask(ack)).toBe('removed');
    expect(client.all('deliver')).toEqual([]);
    await Promise.all([client.close(), other.close()]);
  });

  it('is taken over by a second socket, and the first is told and can do nothing more', async () => {
    const [first, second] = [await connect(), await connect()];
    const box = newMailbox();
    await first.open(box);
    await first.send(box, 'one');
    await first.frames('deliver', 1);
    expect(await second.open(box)).toMatchObject({ type: 'opened', waiting: 1 });
    await first.frames('taken', 1);
    expect(await first.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 })).toMatchObject({
      reason: 'not-open',
    });
    await first.send(box, 'two');
    const delivered = await second.frames('deliver', 2);
    expect(delivered.map(({ envelope }) => text(envelope))).toEqual(['one', 'two']);
    expect(first.all('deliver')).toHaveLength(1);
    expect(second.all('taken')).toEqual([]);
    await Promise.all([first.close(), second.close()]);
  });

  it('has as many envelopes on their way as the window holds, and goes on with every ACK', async () => {
    const [writer, reader] = [await connect(), await connect()];
    const box = newMailbox();
    await reader.open(box);
    const many = READ_WINDOW_ENVELOPES + 30;
    const answers = Array.from({ length: many }, (_, n) => writer.send(box, `${n}`));
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['stored']));
    await reader.frames('deliver', READ_WINDOW_ENVELOPES);
    // Everything before the answer to a PING has come: there is no more.
    await reader.ask({ type: 'ping' });
    expect(reader.all('deliver')).toHaveLength(READ_WINDOW_ENVELOPES);
    await reader.ask({ type: 'ack', mailbox: box.mailbox, sequence: 10 });
    await reader.frames('deliver', READ_WINDOW_ENVELOPES + 10);
    await reader.ask({ type: 'ping' });
    expect(reader.all('deliver')).toHaveLength(READ_WINDOW_ENVELOPES + 10);
    await reader.ask({ type: 'ack', mailbox: box.mailbox, sequence: READ_WINDOW_ENVELOPES });
    const delivered = await reader.frames('deliver', many);
    expect(delivered.map(({ envelope }) => text(envelope))).toEqual(
      Array.from({ length: many }, (_, n) => `${n}`),
    );
    // Caught up: what comes now goes straight through.
    await writer.send(box, 'last');
    expect(text((await reader.frames('deliver', many + 1))[many]!.envelope)).toBe('last');
    await Promise.all([writer.close(), reader.close()]);
  });

  it('has a window of bytes, too', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    const envelope = new Uint8Array(60 * 1024).fill(1);
    for (let n = 0; n < 6; n++) await client.ask({ type: 'send', mailbox: box.mailbox, envelope });
    await client.ask({ type: 'ping' });
    expect(client.all('deliver')).toHaveLength(4);
    await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 });
    await client.frames('deliver', 5);
    await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: 5 });
    await client.frames('deliver', 6);
    await client.close();
  });

  it('begins anew when the same socket opens it again', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    await client.send(box, 'one');
    await client.frames('deliver', 1);
    expect(await client.open(box)).toMatchObject({ type: 'opened', waiting: 1 });
    const delivered = await client.frames('deliver', 2);
    expect(delivered.map(({ sequence }) => sequence)).toEqual([1, 1]);
    expect(client.all('taken')).toEqual([]);
    await client.close();
  });

  it('answers in runs, every request once', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    const { _socket: line } = client.socket as unknown as { _socket: Socket };
    // In one piece: one by one, a machine that is slow to send them gets as many answers.
    line.cork();
    const sends = Array.from({ length: 300 }, (_, n) => client.send(box, `${n}`));
    line.uncork();
    await Promise.all(sends);
    const runs = client.all('answers').flatMap((frame) => frame.runs);
    expect(runs.reduce((sum, run) => sum + run.count, 0)).toBe(300);
    expect(client.all('answers').length).toBeLessThan(100);
    await client.close();
  });
});

/** For a server whose clock is so many days behind. */
function clockBack(days: number): string {
  const script = `const now = Date.now; Date.now = () => now() - ${days * 24 * 3600 * 1000};`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}

describe('an invite', () => {
  it('answers the same bytes whether used, withdrawn, expired or never there', async () => {
    const data = mkdtempSync(join(tmpdir(), 'aside-signal-'));
    const [used, withdrawn, expired] = [newMailbox(), newMailbox(), newMailbox()];
    // What was put there by a clock of longer ago than anything is kept is over when the server starts by its own.
    const past = await startSignal({ data, env: { NODE_OPTIONS: clockBack(15) } });
    const early = await TestClient.connect(past.url);
    await early.open(expired);
    await early.send(expired, 'bundle');
    await early.frames('deliver', 1);
    await early.close();
    await past.stop();

    const present = await startSignal({ data });
    const connectThere = () => TestClient.connect(present.url);
    const inviter = await connectThere();
    for (const box of [used, withdrawn]) {
      await inviter.open(box);
      await inviter.send(box, 'bundle');
      await inviter.frames('deliver', box === used ? 1 : 2);
    }
    await inviter.ask({ type: 'ack', mailbox: withdrawn.mailbox, sequence: 1 });
    await inviter.ask({ type: 'close', mailbox: used.mailbox });
    const accepter = await connectThere();
    await accepter.open(used);
    await accepter.frames('deliver', 1);
    await accepter.ask({ type: 'ack', mailbox: used.mailbox, sequence: 1 });
    await Promise.all([inviter.close(), accepter.close()]);
    await expect.poll(() => present.log.map(({ event }) => event)).toContain('swept');

    const answers = [];
    for (const box of [used, withdrawn, expired, newMailbox()]) {
      const client = await connectThere();
      await client.open(box);
      await client.ask({ type: 'ping' });
      const all = client.received.map((one) => Buffer.from(one.bytes).toString('hex')).join('|');
      answers.push(all.replaceAll(Buffer.from(box.mailbox).toString('hex'), 'mailbox'));
      // Nor does anything that comes later tell, such as a number that goes on counting.
      await client.send(box, 'probe');
      const [probe] = await client.frames('deliver', 1);
      expect(probe?.sequence).toBe(1);
      await client.close();
    }
    await present.stop();
    rmSync(data, { recursive: true, force: true });
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('mailbox');
  });
});
