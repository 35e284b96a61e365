import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLIENT_TYPES,
  CLOSE_CODES,
  type ClientFrame,
  decodeAbout,
  decodeClientFrame,
  decodeServerFrame,
  encodeAbout,
  encodeClientFrame,
  encodeServerFrame,
  HEADER_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_FRAME_BYTES,
  MAX_LIVE_ENVELOPE_BYTES,
  mayReturn,
  OUTCOMES,
  type Outcome,
  REFUSALS,
  type Refusal,
  SERVER_TYPES,
  type ServerFrame,
  SPOKEN_WORDS,
  WireError,
} from './index.ts';

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const mailbox = bytes(32, 32);
const request = fc.integer({ min: 1, max: 0xffff_ffff });
const word = fc.nat({ max: SPOKEN_WORDS - 1 });
const u32 = fc.nat({ max: 0xffff_ffff });
const sequence = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const ascii = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
});
const keysOf = <Name extends string>(table: Record<Name, number>) =>
  fc.constantFrom(...(Object.keys(table) as Name[]));

const clientFrames: fc.Arbitrary<ClientFrame> = fc.oneof(
  fc.record({ type: fc.constant('open' as const), request, mailbox, key: bytes(32, 32) }),
  fc.record({
    type: fc.constant('open' as const),
    request,
    mailbox,
    key: bytes(32, 32),
    pass: bytes(1, 255),
  }),
  fc.record({ type: fc.constant('close' as const), request, mailbox }),
  fc.record({ type: fc.constant('send' as const), request, mailbox, envelope: bytes(1, 2000) }),
  fc.record({ type: fc.constant('live' as const), request, mailbox, envelope: bytes(1, 2000) }),
  fc.record({ type: fc.constant('ack' as const), request, mailbox, sequence }),
  fc.record({ type: fc.constantFrom('turn' as const, 'ping' as const), request }),
  fc.record({ type: fc.constant('lend-word' as const), request, mailbox }),
  fc.record({ type: fc.constant('lend-word' as const), request, mailbox, wish: word }),
  fc.record({ type: fc.constant('resolve-word' as const), request, word }),
  fc.record({ type: fc.constantFrom('turn' as const, 'mint' as const), request, pass: bytes(1, 255) }),
);

const runs = fc.array(
  fc.record({
    first: fc.integer({ min: 1, max: 0xffff_0000 }),
    count: fc.integer({ min: 1, max: 0xffff }),
    outcome: keysOf<Outcome>(OUTCOMES),
  }),
  { minLength: 1, maxLength: 20 },
);

const serverFrames: fc.Arbitrary<ServerFrame> = fc.oneof(
  fc.record({ type: fc.constant('opened' as const), request, mailbox, waiting: u32, retention: u32 }),
  fc.record({
    type: fc.constant('refused' as const),
    request,
    mailbox,
    reason: keysOf<Refusal>(REFUSALS),
    retryAfter: u32,
  }),
  fc.record({ type: fc.constant('deliver' as const), mailbox, sequence, envelope: bytes(1, 2000) }),
  fc.record({ type: fc.constant('deliver-live' as const), mailbox, envelope: bytes(1, 2000) }),
  fc.record({ type: fc.constant('answers' as const), runs }),
  fc.record({
    type: fc.constant('turn-credentials' as const),
    request,
    credentials: fc.record({
      urls: fc.array(ascii, { minLength: 1, maxLength: 5 }),
      username: ascii,
      credential: ascii,
      ttl: u32,
    }),
  }),
  fc.record({ type: fc.constant('pong' as const), request }),
  fc.record({ type: fc.constant('taken' as const), mailbox }),
  fc.record({ type: fc.constant('word-lent' as const), request, mailbox, word, seconds: u32 }),
  fc.record({ type: fc.constant('word-found' as const), request, mailbox }),
  fc.record({ type: fc.constant('guest-pass' as const), request, pass: bytes(1, 255) }),
);

/** Bytes that look like frames often enough to reach every branch: a real type, then anything. */
const hostile = (types: Record<string, number>) =>
  fc.oneof(
    bytes(0, 200),
    fc
      .tuple(fc.constantFrom(...Object.values(types)), fc.boolean(), bytes(HEADER_BYTES - 1, 120))
      .map(([type, noMailbox, rest]) => {
        const frame = Uint8Array.of(type, ...rest);
        if (noMailbox) frame.fill(0, 5, HEADER_BYTES);
        return frame;
      }),
  );

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe('frames', () => {
  it('come back from their bytes as they were', () => {
    fc.assert(
      fc.property(clientFrames, (frame) => {
        expect(decodeClientFrame(encodeClientFrame(frame))).toEqual(frame);
      }),
    );
    fc.assert(
      fc.property(serverFrames, (frame) => {
        expect(decodeServerFrame(encodeServerFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('have one spelling: any bytes decode to what encodes to them, or throw WireError', () => {
    fc.assert(
      fc.property(hostile(CLIENT_TYPES), (input) => {
        let frame: ClientFrame;
        try {
          frame = decodeClientFrame(input);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        expect(encodeClientFrame(frame)).toEqual(input);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(hostile(SERVER_TYPES), (input) => {
        let frame: ServerFrame;
        try {
          frame = decodeServerFrame(input);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          return;
        }
        expect(encodeServerFrame(frame)).toEqual(input);
      }),
      { numRuns: 3000 },
    );
  });

  it('survive flipped bits and cuts without any other error', () => {
    fc.assert(
      fc.property(
        serverFrames,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(),
        (frame, at, flip, cut) => {
          const damaged = encodeServerFrame(frame).slice();
          damaged[at % damaged.length]! ^= flip;
          codeOf(() => decodeServerFrame(damaged));
          codeOf(() => decodeServerFrame(damaged.subarray(0, cut % damaged.length)));
        },
      ),
    );
  });

  it('hold envelopes up to their limits and no further', () => {
    const id = new Uint8Array(32);
    const send = (length: number) =>
      encodeClientFrame({ type: 'send', request: 1, mailbox: id, envelope: new Uint8Array(length) });
    const live = (length: number) =>
      encodeClientFrame({ type: 'live', request: 1, mailbox: id, envelope: new Uint8Array(length) });
    expect(decodeClientFrame(send(MAX_ENVELOPE_BYTES)).type).toBe('send');
    expect(decodeClientFrame(live(MAX_LIVE_ENVELOPE_BYTES)).type).toBe('live');
    expect(codeOf(() => send(MAX_ENVELOPE_BYTES + 1))).toBe('too-large');
    expect(codeOf(() => live(MAX_LIVE_ENVELOPE_BYTES + 1))).toBe('too-large');
    expect(codeOf(() => send(0))).toBe('bad-length');
    const raw = new Uint8Array(MAX_FRAME_BYTES + 1);
    raw[0] = CLIENT_TYPES.send;
    raw[4] = 1;
    expect(codeOf(() => decodeClientFrame(raw))).toBe('too-large');
    expect(codeOf(() => decodeClientFrame(raw.subarray(0, HEADER_BYTES + MAX_ENVELOPE_BYTES + 1)))).toBe(
      'too-large',
    );
    expect(codeOf(() => decodeServerFrame(raw))).toBe('too-large');
  });

  it('are views into the bytes that came in', () => {
    const bytes = encodeClientFrame({
      type: 'send',
      request: 1,
      mailbox: new Uint8Array(32),
      envelope: Uint8Array.of(1, 2, 3),
    });
    const frame = decodeClientFrame(bytes);
    expect(frame.type === 'send' && frame.envelope.buffer === bytes.buffer).toBe(true);
  });

  it('refuse fields that are out of range, by code', () => {
    expect(codeOf(() => encodeClientFrame({ type: 'ping', request: 0 }))).toBe('bad-value');
    expect(codeOf(() => encodeClientFrame({ type: 'ping', request: 2 ** 32 }))).toBe('bad-value');
    expect(codeOf(() => encodeClientFrame({ type: 'close', request: 1, mailbox: new Uint8Array(31) }))).toBe(
      'bad-length',
    );
    expect(codeOf(() => encodeServerFrame({ type: 'answers', runs: [] }))).toBe('bad-length');
    expect(codeOf(() => decodeClientFrame(new Uint8Array(HEADER_BYTES).fill(0xee)))).toBe('unknown-type');
  });
});

describe('close codes', () => {
  it('say by their range whether to come back', () => {
    expect(mayReturn(CLOSE_CODES.draining)).toBe(true);
    expect(mayReturn(CLOSE_CODES['too-slow'])).toBe(true);
    expect(mayReturn(1006)).toBe(true);
    expect(mayReturn(CLOSE_CODES.malformed)).toBe(false);
    expect(mayReturn(CLOSE_CODES['wrong-version'])).toBe(false);
  });
});

describe('about', () => {
  it('comes back, ignores what it does not know, and refuses the rest', () => {
    for (const about of [
      { aside: 1, relay: true, pass: false },
      { aside: 1, relay: false, pass: true },
    ] as const) {
      expect(decodeAbout(encodeAbout(about))).toEqual(about);
    }
    expect(decodeAbout('{"aside":1,"new":[]}')).toEqual({ aside: 1, relay: false, pass: false });
    for (const text of ['', '<html>', 'null', '[]', '{"aside":2}', '"aside"']) {
      expect(codeOf(() => decodeAbout(text))).toBe('bad-value');
    }
  });
});
