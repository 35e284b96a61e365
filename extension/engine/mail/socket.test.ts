import {
  CLOSE_CODES,
  type ClientFrame,
  decodeClientFrame,
  encodeServerFrame,
  type ServerFrame,
} from '@aside/signal/protocol';
import { mailboxIdOf } from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../encoding.ts';
import { HandClock, settle } from '../testing/hand-clock.ts';
import type { Acknowledge } from './mailboxes.ts';
import { SignalSocket, type SocketState } from './socket.ts';

/** The browser's part of a socket: the test says what the server does. */
class FakeWebSocket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  closed = false;
  readonly frames: ClientFrame[] = [];

  send(bytes: Uint8Array): void {
    this.frames.push(decodeClientFrame(bytes.slice()));
  }
  close(): void {
    this.closed = true;
  }
  say(frame: ServerFrame): void {
    const bytes = encodeServerFrame(frame);
    this.onmessage?.({ data: bytes.slice().buffer });
  }
  of<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }
}

const key = new Uint8Array(32).fill(7);
let id: Uint8Array;
let clock: HandClock;
let sockets: FakeWebSocket[];
let states: SocketState[];
let envelopes: { envelope: Uint8Array; acknowledge: Acknowledge }[];
let openings: number[];
let live: string[];
let taken: string[];
let shut: string[];
let socket: SignalSocket;
let pass: Uint8Array | undefined;
let guestPass: Uint8Array | undefined;
const last = () => sockets.at(-1) as FakeWebSocket;

beforeAll(async () => {
  await loadCrypto();
  id = mailboxIdOf(key);
});

beforeEach(() => {
  clock = new HandClock();
  pass = guestPass = undefined;
  [sockets, states, envelopes, openings, live, taken, shut] = [[], [], [], [], [], [], []];
  socket = new SignalSocket(
    'https://a.example',
    {
      state: (state) => states.push(state),
      opened: (_mailbox, waiting) => openings.push(waiting),
      envelope: (_mailbox, envelope, acknowledge) => envelopes.push({ envelope, acknowledge }),
      live: (mailbox) => live.push(mailbox),
      taken: (mailbox) => taken.push(mailbox),
      shut: (mailbox) => shut.push(mailbox),
    },
    clock,
    () => {
      sockets.push(new FakeWebSocket());
      return last() as unknown as WebSocket;
    },
    { own: () => pass, guest: () => guestPass },
  );
});

function online(): FakeWebSocket {
  if (sockets.length === 0) socket.start();
  last().onopen?.();
  return last();
}

function opened(waiting = 0): void {
  const { request } = last().of('open').at(-1) as { request: number };
  last().say({ type: 'opened', request, mailbox: id, waiting, retention: 3600 });
}

const deliver = (sequence: number): void =>
  last().say({ type: 'deliver', mailbox: id, sequence, envelope: Uint8Array.of(sequence) });
const answer = (first: number, outcome: 'stored' | 'passed' | 'removed', count = 1): void =>
  last().say({ type: 'answers', runs: [{ first, count, outcome }] });

describe('a socket that falls', () => {
  it('comes back with growing pauses, and opens its mailboxes again', async () => {
    socket.openMailbox(key);
    socket.start();
    const pauses: number[] = [];
    for (let i = 0; i < 5; i++) {
      last().onclose?.({ code: 1006 });
      const state = socket.state as Extract<SocketState, { state: 'unreachable' }>;
      pauses.push(state.retryAt - clock.now());
      await clock.advance(state.retryAt - clock.now());
      expect(sockets.length).toBe(i + 2);
    }
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(250 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(500 * 2 ** i);
    }
    online();
    expect(last().of('open').length).toBe(1);
  });

  it('does not hurry back to a server that takes it and drops it at once', async () => {
    const fall = (): number => {
      last().onclose?.({ code: CLOSE_CODES.rate });
      return (socket.state as Extract<SocketState, { state: 'unreachable' }>).retryAt - clock.now();
    };
    online();
    for (let i = 0; i < 8; i++) {
      await clock.advance(fall());
      online();
    }
    const wait = fall();
    expect(wait).toBeGreaterThan(10_000);
    await clock.advance(wait);
    online();
    await clock.advance(6000);
    expect(fall()).toBeLessThanOrEqual(500);
  });

  it('hurries back to one that it had for long also by a clock that was put back meanwhile', async () => {
    const fall = (): number => {
      last().onclose?.({ code: 1006 });
      return (socket.state as Extract<SocketState, { state: 'unreachable' }>).retryAt - clock.now();
    };
    socket.start();
    for (let i = 0; i < 8; i++) await clock.advance(fall());
    online();
    await clock.advance(6000);
    clock.putBack(86_400_000);
    expect(fall()).toBeLessThanOrEqual(500);
  });

  it('stays away where the server says so, until somebody asks', async () => {
    online();
    last().onclose?.({ code: CLOSE_CODES['wrong-version'] });
    expect(socket.state).toEqual({ state: 'refused' });
    await clock.advance(3_600_000);
    expect(sockets.length).toBe(1);
    socket.retry();
    expect(sockets.length).toBe(2);
  });

  it('is given up when it does not open, and when a ping is not answered', async () => {
    socket.start();
    await clock.advance(10_000);
    expect(socket.state.state).toBe('unreachable');
    await clock.advance(500);
    online();
    await clock.advance(25_000);
    expect(last().of('ping').length).toBe(1);
    last().say({ type: 'pong', request: last().of('ping')[0]?.request as number });
    await clock.advance(12_000);
    expect(socket.state.state).toBe('online');
    await clock.advance(30_000);
    expect(socket.state.state).not.toBe('online');
    expect(sockets[1]?.closed).toBe(true);
  });

  it.each(['before', 'behind'])('is given up by a clock that was put back %s the last word', async (when) => {
    online();
    if (when === 'behind') clock.putBack(86_400_000);
    await clock.advance(24_000);
    last().say({ type: 'pong', request: 99 });
    if (when === 'before') clock.putBack(86_400_000);
    await clock.advance(90_000);
    expect(sockets[0]?.of('ping')).toHaveLength(1);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('is kept where the clock is put back between a ping and its answer', async () => {
    online();
    await clock.advance(25_000);
    const [ping] = last().of('ping');
    clock.putBack(86_400_000);
    last().say({ type: 'pong', request: ping?.request as number });
    await clock.advance(12_000);
    expect([socket.state.state, sockets.length]).toEqual(['online', 1]);
  });

  it('is given up for a request without an answer also by a clock that was put back', async () => {
    online();
    void socket.store(id, Uint8Array.of(1));
    clock.putBack(86_400_000);
    for (let second = 0; second < 90 && sockets.length === 1; second++) {
      await clock.advance(1000);
      const ping = last().of('ping').at(-1);
      if (ping !== undefined) last().say({ type: 'pong', request: ping.request });
    }
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('answers everybody who waits', async () => {
    online();
    const stored = socket.store(id, Uint8Array.of(1));
    const turn = socket.turn();
    last().onclose?.({ code: 1006 });
    expect(await stored).toEqual({ kind: 'unsent' });
    expect(await turn).toBeUndefined();
    expect(await socket.store(id, Uint8Array.of(1))).toEqual({ kind: 'unsent' });
  });
});

describe('a server that does not do its work', () => {
  it('is left where it answers pings and no request', async () => {
    online();
    const stored = socket.store(id, Uint8Array.of(1));
    for (let i = 0; i < 10 && socket.state.state === 'online'; i++) {
      await clock.advance(5000);
      for (const { request } of last().of('ping')) last().say({ type: 'pong', request });
    }
    expect(await stored).toEqual({ kind: 'unsent' });
    expect(sockets[0]?.closed).toBe(true);
  });

  it.each<[string, (request: number) => ServerFrame]>([
    ['opens', (request) => ({ type: 'opened', request, mailbox: id, waiting: 0, retention: 1 })],
    ['pongs', (request) => ({ type: 'pong', request })],
    [
      'hands out credentials',
      (request) => ({
        type: 'turn-credentials',
        request,
        credentials: { urls: ['turn:a'], username: 'u', credential: 'c', ttl: 1 },
      }),
    ],
    ['passes', (first) => ({ type: 'answers', runs: [{ first, count: 1, outcome: 'passed' }] })],
  ])('leaves nobody waiting for ever when it %s where it should store', async (_name, frame) => {
    online();
    const stored = socket.store(id, Uint8Array.of(1));
    last().say(frame(1));
    expect(await stored).toEqual({ kind: 'unsent' });
    expect(socket.state.state).toBe('unreachable');
  });

  it('is left when it speaks text', () => {
    online();
    last().onmessage?.({ data: '2000000000' });
    expect(socket.state.state).toBe('unreachable');
  });

  it('cannot make a frame of runs cost more than what waits', async () => {
    online();
    const stored = Promise.all(Array.from({ length: 3 }, () => socket.store(id, Uint8Array.of(1))));
    const started = process.cpuUsage();
    const runs = Array.from(
      { length: 4096 },
      () => ({ first: 2 ** 31, count: 65_535, outcome: 'stored' }) as const,
    );
    last().say({ type: 'answers', runs });
    // Of this process's own work: how long that takes is for the machine to say. Microseconds.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
    answer(1, 'stored', 65_535);
    expect(await stored).toEqual(Array(3).fill({ kind: 'done', outcome: 'stored' }));
  });

  it('cannot send it away for longer than five minutes', async () => {
    online();
    const stored = socket.store(id, Uint8Array.of(1));
    last().say({ type: 'refused', request: 1, mailbox: id, reason: 'rate', retryAfter: 2 ** 32 - 1 });
    expect(await stored).toEqual({ kind: 'refused', reason: 'rate', retryAfter: 300_000 });
  });

  it('is asked for a mailbox less and less often where it refuses', async () => {
    socket.openMailbox(key);
    online();
    const until = clock.now() + 600_000;
    let refused = 0;
    while (clock.now() < until) {
      const open = last().of('open');
      if (open.length > refused) {
        refused = open.length;
        const { request } = open.at(-1) as { request: number };
        last().say({ type: 'refused', request, mailbox: id, reason: 'too-many-mailboxes', retryAfter: 0 });
      }
      for (const { request } of last().of('ping')) last().say({ type: 'pong', request });
      await clock.advance(1000);
    }
    expect(refused).toBeGreaterThan(10);
    expect(refused).toBeLessThan(60);
  });

  it('is asked once for a mailbox that wants a pass, and again only when something has changed', async () => {
    const refuse = () => {
      const { request } = last().of('open').at(-1) as { request: number };
      last().say({ type: 'refused', request, mailbox: id, reason: 'pass-needed', retryAfter: 0 });
    };
    socket.openMailbox(key);
    online();
    refuse();
    expect(socket.passTrouble).toBe('missing');
    expect(states.at(-1)).toEqual({ state: 'online' });
    await clock.advance(20_000);
    expect(last().of('open')).toHaveLength(1);
    socket.openRefused();
    // One that is under way is not asked for twice.
    socket.openRefused();
    expect(last().of('open')).toHaveLength(2);
    refuse();
    socket.retry();
    expect(last().of('open')).toHaveLength(3);
    opened(0);
    expect(socket.passTrouble).toBeUndefined();
  });

  it('is asked again at once where a pass came while it was about to refuse for want of one', async () => {
    const refuse = () => {
      const { request } = last().of('open').at(-1) as { request: number };
      last().say({ type: 'refused', request, mailbox: id, reason: 'pass-needed', retryAfter: 0 });
    };
    socket.openMailbox(key);
    online();
    pass = new Uint8Array(16).fill(9);
    socket.openRefused();
    refuse();
    expect(last().of('open')).toHaveLength(2);
    expect(last().of('open')[1]?.pass).toEqual(pass);
    expect(socket.passTrouble).toBeUndefined();
    refuse();
    expect(last().of('open')).toHaveLength(2);
    expect(socket.passTrouble).toBe('refused');
  });

  it('is shown the guest’s pass behind mine, and one that is none of mine is called missing', () => {
    const refuse = () => {
      const { request } = last().of('open').at(-1) as { request: number };
      last().say({ type: 'refused', request, mailbox: id, reason: 'pass-needed', retryAfter: 0 });
    };
    const shown = () =>
      last()
        .of('open')
        .map((frame) => frame.pass?.[0]);
    pass = new Uint8Array(16).fill(9);
    guestPass = new Uint8Array(16).fill(7);
    socket.openMailbox(key);
    online();
    refuse();
    expect(socket.passTrouble).toBeUndefined();
    expect(shut).toEqual([]);
    refuse();
    expect(shown()).toEqual([9, 7]);
    expect(socket.passTrouble).toBe('refused');
    expect(shut).toHaveLength(1);
    pass = undefined;
    socket.openRefused();
    refuse();
    expect(shown()).toEqual([9, 7, 7]);
    expect(socket.passTrouble).toBe('missing');
  });

  it('says nothing of a pass for a mailbox that is spare, until it is missed', () => {
    socket.openMailbox(key, true);
    online();
    const { request } = last().of('open').at(-1) as { request: number };
    last().say({ type: 'refused', request, mailbox: id, reason: 'pass-needed', retryAfter: 0 });
    expect(socket.passTrouble).toBeUndefined();
    socket.openMailbox(key);
    expect(socket.passTrouble).toBe('missing');
  });
});

describe('a mailbox', () => {
  it('is acknowledged once for many, with the highest number', async () => {
    socket.openMailbox(key);
    online();
    opened(3);
    expect(openings).toEqual([3]);
    for (const sequence of [1, 2, 3]) deliver(sequence);
    const answers = envelopes.map(({ acknowledge }) => acknowledge());
    await settle();
    expect(
      last()
        .of('ack')
        .map(({ sequence }) => sequence),
    ).toEqual([3]);
    answer(last().of('ack')[0]?.request as number, 'removed');
    expect(await Promise.all(answers)).toEqual(Array(3).fill({ kind: 'done', outcome: 'removed' }));
  });

  it('forgets what an earlier opening delivered, also on another socket', async () => {
    socket.openMailbox(key);
    online();
    opened(2);
    deliver(1);
    deliver(2);
    last().onclose?.({ code: 1006 });
    await clock.advance(1000);
    online();
    expect(await envelopes[1]?.acknowledge()).toEqual({ kind: 'unsent' });
    opened(2);
    deliver(1);
    expect(await envelopes[0]?.acknowledge()).toEqual({ kind: 'unsent' });
    expect(last().of('ack')).toEqual([]);
  });

  it('takes nothing that was on its way when it was opened anew', async () => {
    socket.openMailbox(key);
    online();
    opened(2);
    deliver(1);
    const name = toHex(id);
    socket.closeMailbox(name);
    socket.openMailbox(key);
    // Sent before the server read CLOSE and OPEN: as number 2 of the new opening it would remove another envelope.
    deliver(2);
    expect(envelopes.length).toBe(1);
    opened(2);
    deliver(1);
    void envelopes[0]?.acknowledge();
    void envelopes[1]?.acknowledge();
    await settle();
    expect(
      last()
        .of('ack')
        .map(({ sequence }) => sequence),
    ).toEqual([1]);
  });

  it("of another server is none of this one's business", () => {
    online();
    last().say({ type: 'deliver-live', mailbox: id, envelope: Uint8Array.of(1) });
    last().say({ type: 'taken', mailbox: id });
    deliver(1);
    expect([live, taken, envelopes]).toEqual([[], [], []]);
  });

  /** The socket falls and the next one stands. */
  const fall = async () => {
    last().onclose?.({ code: 1006 });
    const state = socket.state as Extract<SocketState, { state: 'unreachable' }>;
    await clock.advance(state.retryAt - clock.now());
    online();
  };
  const isTaken = () => last().say({ type: 'taken', mailbox: id });

  it('that was taken is opened again once for each opening that may have come late, and no more', async () => {
    socket.openMailbox(key);
    online();
    await fall();
    await fall();
    opened();
    for (let openings = 2; openings <= 3; openings++) {
      isTaken();
      expect(last().of('open')).toHaveLength(openings);
      opened();
    }
    expect(taken).toEqual([]);
    isTaken();
    expect(last().of('open')).toHaveLength(3);
    expect(taken).toEqual([toHex(id)]);
  });

  it('that was taken is another browser’s where every opening was answered', async () => {
    socket.openMailbox(key);
    online();
    opened();
    await fall();
    opened();
    isTaken();
    expect(taken).toEqual([toHex(id)]);
  });

  it('that was taken is another browser’s where what was not answered was said long ago', async () => {
    socket.openMailbox(key);
    online();
    await fall();
    opened();
    for (let seconds = 0; seconds < 16 * 60; seconds++) {
      await clock.advance(1000);
      const ping = last().of('ping').at(-1);
      if (ping !== undefined) last().say({ type: 'pong', request: ping.request });
    }
    isTaken();
    expect(taken).toEqual([toHex(id)]);
  });

  it('that was taken acknowledges nothing any more', async () => {
    socket.openMailbox(key);
    online();
    opened(1);
    deliver(1);
    last().say({ type: 'taken', mailbox: id });
    expect(taken).toEqual([toHex(id)]);
    expect(await envelopes[0]?.acknowledge()).toEqual({ kind: 'unsent' });
  });
});
