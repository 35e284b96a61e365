import fc from 'fast-check';
import { expect } from 'vitest';
import { newMailbox } from '../e2e/client.ts';
import { CLIENT_TYPES, CLOSE_CODES, type ClientFrame, encodeClientFrame } from '../protocol/index.ts';
import type { Door } from './door.ts';

const known = newMailbox();
const mailbox = fc.constantFrom(known.mailbox, newMailbox().mailbox);
const envelope = fc.uint8Array({ minLength: 1, maxLength: 300 });

/** Frames as clients send them, but for the request. */
const honest: fc.Arbitrary<ClientFrame> = fc.oneof(
  fc.constant({ type: 'open' as const, request: 1, ...known }),
  fc.record({
    type: fc.constantFrom('send' as const, 'live' as const),
    request: fc.constant(1),
    mailbox,
    envelope,
  }),
  fc.record({ type: fc.constant('close' as const), request: fc.constant(1), mailbox }),
  fc.record({
    type: fc.constant('ack' as const),
    request: fc.constant(1),
    mailbox,
    sequence: fc.nat({ max: 5 }),
  }),
  fc.record({ type: fc.constantFrom('turn' as const, 'ping' as const), request: fc.constant(1) }),
  fc.record({ type: fc.constant('lend-word' as const), request: fc.constant(1), mailbox }),
);

/** Any bytes, honest frames, and honest ones with a byte changed or an end cut off. */
const frames = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(fc.constantFrom(...Object.values(CLIENT_TYPES)), fc.uint8Array({ minLength: 36, maxLength: 90 }))
    .map(([type, rest]) => Uint8Array.of(type, ...rest)),
  honest.map(encodeClientFrame),
  fc.tuple(honest.map(encodeClientFrame), fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
    frame[at % frame.length] = byte;
    return frame;
  }),
  fc.tuple(honest.map(encodeClientFrame), fc.nat()).map(([frame, to]) => frame.slice(0, to % frame.length)),
);

/** Gives most frames the request that they need to come past the gate. */
function numbered(all: readonly Uint8Array[]): Uint8Array[] {
  return all.map((frame, n) => {
    if (frame.length >= 5) new DataView(frame.buffer, frame.byteOffset).setUint32(1, n + 1);
    return frame;
  });
}

/**
 * The property of a door: whatever comes through is answered or ends, and nothing of it is held afterwards. Tries so many
 * times, and closes the door.
 */
export async function holdsFor(door: Door, numRuns: number): Promise<void> {
  const reasons = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { maxLength: 12 }), fc.boolean(), async (all, inOrder) => {
      // Long enough for what an address may do.
      door.now += 1000;
      const caller = door.enter('192.0.2.1');
      for (const frame of inOrder ? numbered(all) : all) caller.receive(frame);
      await door.settle();
      reasons.add(caller.ended);
      expect(caller.ended === undefined || caller.ended in CLOSE_CODES).toBe(true);
      door.leave(caller);
      expect([door.office.sockets, door.office.mailboxes]).toEqual([1, 1]);
    }),
    { numRuns },
  );
  // It was not all turned away at the first check.
  expect([...reasons]).toEqual(
    expect.arrayContaining([undefined, 'malformed', 'unknown-type', 'out-of-order']),
  );
  await door.close();
}
