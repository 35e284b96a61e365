import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { respond } from '../establish.ts';
import { IDENTITY_BYTES } from '../sizes.ts';
import { acquainted, asText, codeOf, exchange, invited, utf8 } from '../test-people.ts';
import { decodeSession, encodeSession } from './codec.ts';
import { MAX_MISSING, MAX_RETIRED, MAX_SESSION_BYTES } from './limits.ts';
import { MISSING_ENTRY_BYTES } from './missing.ts';
import { seal } from './seal.ts';
import { type Session, sessionHeard, sessionPeer } from './state.ts';

beforeAll(loadCrypto);

describe('a stored session', () => {
  it('is refused from newer code, cut short, too long or without sense', () => {
    const bytes = encodeSession(acquainted().a);
    expect(codeOf(() => decodeSession(bytes.with(0, 2)))).toBe('wrong-version');
    expect(codeOf(() => decodeSession(bytes.with(1, 2)))).toBe('wrong-version');
    for (let length = 2; length < bytes.length; length += 13) {
      expect(codeOf(() => decodeSession(bytes.subarray(0, length)))).toBe('malformed');
    }
    expect(codeOf(() => decodeSession(new Uint8Array([...bytes, 0])))).toBe('malformed');
    const newer = (length: number) => codeOf(() => decodeSession(new Uint8Array(length).fill(2)));
    expect(newer(MAX_SESSION_BYTES)).toBe('wrong-version');
    expect(newer(MAX_SESSION_BYTES + 1)).toBe('malformed');
  });

  it('is a copy: changing the bytes afterwards changes nothing', () => {
    const bytes = encodeSession(acquainted().a);
    const session = decodeSession(bytes);
    const before = encodeSession(session);
    bytes.fill(0);
    expect(encodeSession(session)).toEqual(before);
  });

  it('may be one over which nothing was sealed yet, handshake part and all', () => {
    const { alice, created, bobSession } = invited();
    const stored = decodeSession(encodeSession(bobSession));
    expect(stored).toEqual(bobSession);
    const { session, envelope } = seal(stored, utf8('hello'));
    expect(asText(respond({ me: alice, keys: created.keys, envelope }).plaintext)).toBe('hello');
    expect(decodeSession(encodeSession(session))).toEqual(session);
  });

  it('says who is at the other end, and whether they were heard', () => {
    const { alice, bob, bobSession, a, b } = acquainted();
    expect(sessionPeer(decodeSession(encodeSession(a)))).toEqual(bob.identity);
    expect(sessionPeer(b)).toEqual(alice.identity);
    expect([bobSession, a, b].map((session) => sessionHeard(session))).toEqual([false, true, true]);
  });

  it('has no more of anything than a session may have', () => {
    const people = acquainted();
    const { a } = exchange(people.a, people.b);
    const { receiving, retired, live } = a;
    if (receiving === undefined) throw new Error('nothing was received');
    const read = (change: Partial<Session>) =>
      codeOf(() => decodeSession(encodeSession({ ...a, ...change })));
    const chains = (count: number) => new Array<(typeof retired)[number]>(count).fill(retired[0]!);
    const missing = (count: number) => new Uint8Array(count * MISSING_ENTRY_BYTES);
    const keys = (count: number) => new Array<Uint8Array>(count).fill(live.send);
    expect(read({ retired: chains(MAX_RETIRED) })).toBe('nothing thrown');
    expect(read({ retired: chains(MAX_RETIRED + 1) })).toBe('malformed');
    expect(read({ receiving: { ...receiving, missing: missing(MAX_MISSING) } })).toBe('nothing thrown');
    expect(read({ receiving: { ...receiving, missing: missing(MAX_MISSING + 1) } })).toBe('malformed');
    expect(read({ live: { ...live, receive: keys(2) } })).toBe('nothing thrown');
    expect(read({ live: { ...live, receive: keys(3) } })).toBe('malformed');
  });

  it('is refused where a choice is none of those that there are', () => {
    const { session } = seal(invited().bobSession, utf8('hello'));
    const bytes = encodeSession(session);
    const turn = 2 + IDENTITY_BYTES + 32 + 32 + 1 + 32 * session.live.receive.length;
    // Whose turn it is, and whether anything was received; after that comes only the number of remembered chains.
    for (const at of [turn, bytes.length - 2]) {
      expect(codeOf(() => decodeSession(bytes.with(at, 2)))).toBe('malformed');
    }
  });
});
