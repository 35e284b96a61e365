/** Whoever hands an encoder a field of another length is told so: a row that decodes to something else is none. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import { encodeIdentity, encodeIdentityKeys, newIdentity } from './identity.ts';
import { encodeContent } from './invite/bundle.ts';
import { encodeInviteKeys } from './invite/keys.ts';
import { writeInvite } from './invite/text.ts';
import { encodeContent as encodeRecoveryContent } from './recovery/bundle.ts';
import { encodeRecoveryKeys, newRecoveryKeys } from './recovery/keys.ts';
import { encodeSession } from './session/codec.ts';
import { open } from './session/open.ts';
import { seal } from './session/seal.ts';
import { acquainted, codeOf, exchange, invited, sealAll, texts, utf8 } from './test-people.ts';
import { encodeWordsMessage, SEALED_INVITE_BYTES } from './words/messages.ts';

beforeAll(loadCrypto);

/** A plain value with one of its buffers changed, once for each of them, with the way to it. */
function* variants(value: unknown, change: (bytes: Uint8Array) => Uint8Array): Generator<[string, unknown]> {
  if (value instanceof Uint8Array) {
    const changed = change(value);
    if (changed.length !== value.length) yield ['', changed];
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      for (const [way, changed] of variants(part, change)) {
        const whole = Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
        yield [`.${key}${way}`, whole];
      }
    }
  }
}

const shorter = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, -1);
const longer = (bytes: Uint8Array): Uint8Array => new Uint8Array([...bytes, 0]);

/** The fields that an encoder takes in another length, but for those that may have any. */
function taken<T>(encode: (value: T) => unknown, value: T, free: readonly string[] = []): string[] {
  expect(codeOf(() => encode(value))).toBe('nothing thrown');
  const ways: string[] = [];
  for (const change of [shorter, longer]) {
    for (const [way, changed] of variants(value, change)) {
      if (!free.includes(way) && codeOf(() => encode(changed as T)) !== 'malformed') ways.push(way);
    }
  }
  return ways;
}

/** A session with all that one may have: chains of both kinds that miss something, and a chain of one's own. */
function fullSession() {
  const people = acquainted();
  const said = sealAll(people.b, texts(3));
  const heard = open(people.a, said.envelopes[2]!).session;
  const { a, b } = exchange(heard, said.session);
  const later = sealAll(b, texts(3));
  const session = seal(open(a, later.envelopes[2]!).session, utf8('x')).session;
  expect(session.retired.some(({ missing }) => missing.length > 0)).toBe(true);
  return { speaking: session, listening: people.b, begun: people.bobSession };
}

describe('an encoder takes no field of another length', () => {
  it('of a session', () => {
    const { speaking, listening, begun } = fullSession();
    expect(speaking.ratchet.turn).toBe('theirs');
    expect(listening.ratchet.turn).toBe('mine');
    for (const session of [speaking, listening, begun]) expect(taken(encodeSession, session)).toEqual([]);
  });

  it('of an identity and its keys', () => {
    const me = newIdentity();
    expect(taken(encodeIdentity, me.identity)).toEqual([]);
    // The public half is computed again.
    const free = ['.identity.signKey', '.identity.agreeKey', '.identity.signature'];
    expect(taken(encodeIdentityKeys, me, free)).toEqual([]);
  });

  it('of an invite, its bundle and its keys', () => {
    const { alice, invite, created } = invited();
    const { oneTime } = created.keys;
    const reply = { id: new Uint8Array(32), server: 'https://aside.example.org' };
    expect(taken(writeInvite, invite)).toEqual([]);
    expect(taken(encodeContent, { identity: alice.identity, oneTime, reply })).toEqual([]);
    expect(taken(encodeInviteKeys, created.keys)).toEqual([]);
  });

  it('of a recovery bundle and its keys', () => {
    const keys = newRecoveryKeys(1);
    const note = new Uint8Array(3);
    expect(taken(encodeRecoveryContent, { ...keys, note }, ['.note', '.agreeSecret', '.kemSecret'])).toEqual(
      [],
    );
    expect(taken(encodeRecoveryKeys, keys)).toEqual([]);
  });

  it('of a message of an invite by words', () => {
    const bytes = (length: number) => new Uint8Array(length).fill(1);
    for (const message of [
      { kind: 'ask', share: bytes(32), reply: bytes(32) },
      { kind: 'answer', share: bytes(32) },
      { kind: 'proof', tag: bytes(32) },
      { kind: 'invite', tag: bytes(32), sealed: bytes(SEALED_INVITE_BYTES) },
    ] as const) {
      expect(taken(encodeWordsMessage, message)).toEqual([]);
    }
  });
});
