import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import {
  CLIENT_TYPES,
  CLOSE_CODES,
  encodeClientFrame,
  HEADER_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_FRAME_BYTES,
  MAX_LIVE_ENVELOPE_BYTES,
  mayReturn,
} from '../protocol/index.ts';
import { LIMITS } from '../src/limits.ts';
import { bytes, type Mailbox, newMailbox, TestClient } from './client.ts';

/** Through the front door, with a conversation running alongside that must not notice anything. */
let server: Awaited<ReturnType<typeof startSignal>>;
let alongside: { client: TestClient; box: Mailbox; said: number };

beforeAll(async () => {
  await buildSignal();
  server = await startSignal({ env: { SOCKETS_PER_ADDRESS: '20', TRUSTED_PROXIES: '127.0.0.1' } });
  const client = await TestClient.connect(server.url);
  alongside = { client, box: newMailbox(), said: 0 };
  await client.open(alongside.box);
});
afterAll(async () => {
  await alongside.client.close();
  await server.stop();
});

async function expectNobodyElseNoticed(): Promise<void> {
  const { client, box } = alongside;
  alongside.said++;
  expect(await client.send(box, 'still here')).toBe('stored');
  const delivered = await client.frames('deliver', alongside.said);
  expect(delivered).toHaveLength(alongside.said);
  expect(await client.ask({ type: 'ack', mailbox: box.mailbox, sequence: alongside.said })).toBe('removed');
}

function frame(type: number, payload: number): Uint8Array {
  const raw = new Uint8Array(HEADER_BYTES + payload).fill(7);
  raw[0] = type;
  return raw;
}

const connect = () => TestClient.connect(server.url);

/** Sends many WebSocket frames in one piece: one by one, a slow machine would give new allowance for them. */
function atOnce(client: TestClient, opcode: number, count: number, payload: (n: number) => Uint8Array): void {
  const { _socket: line } = client.socket as unknown as { _socket: Socket };
  const pieces = Array.from({ length: count }, (_, n) => {
    const bytes = payload(n);
    // Under a mask of zeros; the length of a payload as short as these takes one byte.
    return [Buffer.from([opcode, 0x80 | bytes.length, 0, 0, 0, 0]), bytes];
  });
  line.write(Buffer.concat(pieces.flat()));
}

describe('a bad frame ends its socket with the right code and touches nobody else', () => {
  it.each([
    ['an empty message', new Uint8Array(0), 'malformed'],
    ['half a header', new Uint8Array(20).fill(1), 'malformed'],
    ['type 0', frame(0, 0), 'unknown-type'],
    ['a type of the server', frame(0x81, 8), 'unknown-type'],
    ['an unknown type', frame(0x99, 100), 'unknown-type'],
    ['OPEN without a key', frame(CLIENT_TYPES.open, 0), 'malformed'],
    ['OPEN with half a pass', frame(CLIENT_TYPES.open, 36), 'malformed'],
    ['CLOSE with a payload', frame(CLIENT_TYPES.close, 1), 'malformed'],
    ['SEND of nothing', frame(CLIENT_TYPES.send, 0), 'malformed'],
    ['LIVE of nothing', frame(CLIENT_TYPES.live, 0), 'malformed'],
    ['ACK of a short number', frame(CLIENT_TYPES.ack, 7), 'malformed'],
    ['ACK of a huge number', frame(CLIENT_TYPES.ack, 8).fill(0xff, HEADER_BYTES), 'malformed'],
    ['TURN about a mailbox', frame(CLIENT_TYPES.turn, 0), 'malformed'],
    ['PING with a payload', frame(CLIENT_TYPES.ping, 1), 'malformed'],
    ['a frame over its limit', frame(CLIENT_TYPES.send, MAX_FRAME_BYTES), 'too-large'],
  ] as const)('%s', async (_, raw, reason) => {
    const client = await connect();
    client.raw(raw);
    const code = await client.closed;
    expect(code).toBe(CLOSE_CODES[reason]);
    expect(mayReturn(code)).toBe(false);
    await expectNobodyElseNoticed();
  });

  it('text', async () => {
    const client = await connect();
    client.socket.send('hello');
    expect(await client.closed).toBe(CLOSE_CODES.malformed);
    await expectNobodyElseNoticed();
  });

  it('a request id that was used, left out, or zero', async () => {
    for (const request of [0, 2, 77]) {
      const client = await connect();
      const raw = new Uint8Array(HEADER_BYTES);
      raw[0] = CLIENT_TYPES.ping;
      raw[4] = request;
      client.socket.send(raw);
      expect(await client.closed).toBe(CLOSE_CODES['out-of-order']);
    }
    await expectNobodyElseNoticed();
  });

  it('a frame far over any limit', async () => {
    const client = await connect();
    client.raw(new Uint8Array(4 * MAX_FRAME_BYTES));
    expect(mayReturn(await client.closed)).toBe(true);
    await expectNobodyElseNoticed();
  });

  it('another version', async () => {
    for (const offered of [['aside.v9'], ['aside.v0', 'other'], []]) {
      const client = new TestClient(server.url, offered);
      expect(await client.closed).toBe(CLOSE_CODES['wrong-version']);
    }
    const both = new TestClient(server.url, ['aside.v9', 'aside.v1']);
    await both.connected();
    expect(await both.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await both.close();
  });
});

describe('an envelope that is too large', () => {
  it('is refused by name, and the socket goes on', async () => {
    const client = await connect();
    const tooLarge = { type: 'refused', reason: 'too-large', retryAfter: 0 };
    const send = client.raw(frame(CLIENT_TYPES.send, MAX_ENVELOPE_BYTES + 1));
    expect(await client.answer(send)).toMatchObject(tooLarge);
    const live = client.raw(frame(CLIENT_TYPES.live, MAX_LIVE_ENVELOPE_BYTES + 1));
    expect(await client.answer(live)).toMatchObject(tooLarge);
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await client.close();
  });
});

describe('a flood', () => {
  it('of frames is refused with a time, then ended, while others are served', async () => {
    const client = await connect();
    // The first burst passes, the second is refused, the third ends it.
    atOnce(client, 0x82, 3 * LIMITS.framesBurst, (n) => encodeClientFrame({ type: 'ping', request: n + 1 }));
    await expectNobodyElseNoticed();
    const code = await client.closed;
    expect([CLOSE_CODES.rate, 1006]).toContain(code);
    expect(mayReturn(code)).toBe(true);
    const refused = client.all('refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ reason, retryAfter }) => reason === 'rate' && retryAfter > 0)).toBe(true);
    await expectNobodyElseNoticed();
  });

  it.each([
    ['pings', 0x89],
    ['pongs', 0x8a],
  ])('of WebSocket %s is ended too, though none of them is a frame of ours', async (_what, opcode) => {
    const client = await connect();
    await client.open(newMailbox());
    atOnce(client, opcode, 5 * LIMITS.framesBurst, () => new Uint8Array(0));
    expect([CLOSE_CODES.rate, 1006]).toContain(await client.closed);
    await expectNobodyElseNoticed();
  });

  it('of envelopes is refused before it takes the memory', async () => {
    const client = await connect();
    const box = newMailbox();
    await client.open(box);
    await client.ask({ type: 'close', mailbox: box.mailbox });
    const envelope = new Uint8Array(MAX_ENVELOPE_BYTES);
    const answers = Array.from({ length: 300 }, () =>
      client.ask({ type: 'send', mailbox: box.mailbox, envelope }),
    );
    const outcomes = (await Promise.all(answers)).map((one) => (typeof one === 'string' ? one : one.type));
    expect(outcomes).toContain('stored');
    expect(new Set(outcomes).size).toBeLessThanOrEqual(2);
    await expectNobodyElseNoticed();
    await client.close();
  });

  it('of sockets from one address is refused before the upgrade, and other addresses come in', async () => {
    const from = (address: string) => TestClient.connect(server.url, { 'X-Forwarded-For': address });
    const clients = await Promise.all(Array.from({ length: 20 }, () => from('2001:db8:1:2::1')));
    await expect(from('2001:db8:1:2:ffff::9')).rejects.toThrow('429');
    const other = await from('2001:db8:1:3::1');
    await clients.pop()!.close();
    const again = await from('2001:db8:1:2::2');
    await expectNobodyElseNoticed();
    for (const client of [...clients, other, again]) client.socket.terminate();
    await Promise.all([...clients, other, again].map((client) => client.closed));
  });
});

describe('a proxy that adds a line of its own', () => {
  it('is believed, and what the client wrote into a line before it is not', async () => {
    // An array is one line for each, as some proxies send it: the client's, then the proxy's.
    const from = (claimed: string) =>
      TestClient.connect(server.url, { 'X-Forwarded-For': [claimed, '198.51.100.33'] });
    const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => from(`192.0.2.${n}`)));
    await expect(from('192.0.2.99')).rejects.toThrow('429');
    for (const client of clients) client.socket.terminate();
    await Promise.all(clients.map((client) => client.closed));
  });
});

describe('a reader that does not read', () => {
  it('is not sent more than it takes, loses nothing stored, and holds nobody up', async () => {
    const [slow, writer] = [await connect(), await connect()];
    const boxes = Array.from({ length: 40 }, newMailbox);
    for (const box of boxes) await slow.open(box);
    slow.socket.pause();
    const envelope = new Uint8Array(60 * 1024);
    for (const { mailbox } of boxes) {
      for (let n = 0; n < 4; n++) {
        expect(await writer.ask({ type: 'send', mailbox, envelope })).toBe('stored');
      }
    }
    // Nearly ten megabytes wait, which no system buffers: live envelopes find nobody now.
    const mailbox = boxes[0]!.mailbox;
    expect(await writer.ask({ type: 'live', mailbox, envelope: bytes('hello') })).toBe('nobody');
    await expectNobodyElseNoticed();
    slow.socket.resume();
    const delivered = await slow.frames('deliver', boxes.length * 4);
    expect(delivered).toHaveLength(boxes.length * 4);
    expect(await writer.ask({ type: 'live', mailbox, envelope: bytes('hello') })).toBe('passed');
    await Promise.all([slow.close(), writer.close()]);
  });

  it('gets live envelopes whole and in order as long as it takes them, and again when it reads again', async () => {
    const [slow, writer] = [await connect(), await connect()];
    const box = newMailbox();
    await slow.open(box);
    slow.socket.pause();
    const numbered = (n: number) => {
      const envelope = new Uint8Array(15 * 1024).fill(n);
      new DataView(envelope.buffer).setUint32(0, n);
      return envelope;
    };
    const asked: number[] = [];
    const outcomes: unknown[] = [];
    // Several at a time, and more of them than any system buffers.
    while (!outcomes.includes('nobody') && asked.length < 4000) {
      for (let n = 0; n < 20; n++) {
        asked.push(writer.say({ type: 'live', mailbox: box.mailbox, envelope: numbered(asked.length) }));
      }
      outcomes.push(...(await Promise.all(asked.slice(-20).map((request) => writer.answer(request)))));
    }
    expect(outcomes).toContain('nobody');
    slow.socket.resume();
    const passed = outcomes.flatMap((outcome, n) => (outcome === 'passed' ? [n] : []));
    const delivered = await slow.frames('deliver-live', passed.length);
    expect(delivered).toHaveLength(passed.length);
    // Compared as bytes: one by one, as expectations do it, that takes longer than all the rest.
    const isWhole = passed.map((n, at) => Buffer.compare(delivered[at]!.envelope, numbered(n)) === 0);
    expect(isWhole).toEqual(passed.map(() => true));
    await slow.ask({ type: 'ping' });
    expect(await writer.ask({ type: 'live', mailbox: box.mailbox, envelope: numbered(1) })).toBe('passed');
    expect(await slow.frames('deliver-live', passed.length + 1)).toHaveLength(passed.length + 1);
    await expectNobodyElseNoticed();
    await Promise.all([slow.close(), writer.close()]);
  });

  it('is ended when it asks and asks and takes no answer, and finds everything when it comes back', async () => {
    const slow = await connect();
    const box = newMailbox();
    await slow.open(box);
    slow.socket.pause();
    expect(await alongside.client.send(box, 'kept')).toBe('stored');
    const { mailbox } = newMailbox();
    atOnce(slow, 0x82, 3 * LIMITS.framesBurst, (n) =>
      encodeClientFrame({ type: 'close', request: n + 2, mailbox }),
    );
    await expectNobodyElseNoticed();
    slow.socket.resume();
    expect(mayReturn(await slow.closed)).toBe(true);
    const back = await connect();
    expect(await back.open(box)).toMatchObject({ type: 'opened', waiting: 1 });
    await back.close();
  });
});
