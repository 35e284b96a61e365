import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { respond } from '../establish.ts';
import { newIdentity } from '../identity.ts';
import { randomBytes } from '../random.ts';
import {
  ENVELOPE_CLASSES,
  ENVELOPE_OVERHEAD,
  LENGTH_PREFIX_BYTES,
  MAX_ENVELOPE,
  MAX_PLAINTEXT,
  MIN_ENVELOPE,
  PREAMBLE_BYTES,
} from '../sizes.ts';
import { acquainted, asText, codeOf, exchange, invited, sealAll, texts, utf8 } from '../test-people.ts';
import { decodeSession, encodeSession } from './codec.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';
import type { RetiredChain, Session } from './state.ts';

beforeAll(loadCrypto);

/** A session whose chain goes on with another number: what nobody can seal their way to, or a copy that forgot. */
function renumbered(session: Session, next: number): Session {
  const { ratchet } = session;
  if (ratchet.turn !== 'theirs') throw new Error('no chain was begun');
  return { ...session, ratchet: { ...ratchet, sending: { ...ratchet.sending, next } } };
}

describe('sealing', () => {
  it('gives every plaintext length the length of a class, whatever the chain', () => {
    const { bobSession } = invited();
    const { a } = acquainted();
    // Few, and each twice the one before: with more of them a length would say more.
    const classes = [4096, 8192, 16_384, 32_768, 65_536];
    const lengths = [0, 1, 400, 600, 1700, 1800, 4000, 8000, 16_000, 32_000, 60_000, MAX_PLAINTEXT];
    for (const session of [bobSession, a]) {
      for (const length of lengths) {
        const { envelope } = seal(session, new Uint8Array(length));
        expect(classes).toContain(envelope.length - ENVELOPE_OVERHEAD);
      }
      expect(seal(session, new Uint8Array(0)).envelope).toHaveLength(MIN_ENVELOPE);
      expect(seal(session, new Uint8Array(MAX_PLAINTEXT)).envelope).toHaveLength(MAX_ENVELOPE);
      expect(codeOf(() => seal(session, new Uint8Array(MAX_PLAINTEXT + 1)))).toBe('too-large');
    }
  });

  it('fills a class to its last byte', () => {
    const { a } = acquainted();
    for (const size of ENVELOPE_CLASSES.slice(0, -1)) {
      const room = size - PREAMBLE_BYTES - LENGTH_PREFIX_BYTES;
      for (const length of [room, room + 1]) {
        const { envelope } = seal(a, new Uint8Array(length));
        expect(envelope).toHaveLength(ENVELOPE_OVERHEAD + (length === room ? size : 2 * size));
      }
    }
  });

  it('ends a chain before its numbers begin again', () => {
    const { a, b } = acquainted();
    const { session, envelope } = seal(b, utf8('first'));
    const last = seal(renumbered(session, 2 ** 32 - 2), utf8('last'));
    expect(codeOf(() => seal(last.session, utf8('one more')))).toBe('too-large');
    expect(codeOf(() => open(open(a, envelope).session, last.envelope))).toBe('too-far-ahead');
  });

  it('never gives the same bytes twice, also from the same state', () => {
    const { a } = acquainted();
    expect(seal(a, utf8('same')).envelope).not.toEqual(seal(a, utf8('same')).envelope);
  });
});

describe('opening', () => {
  it('takes a chain in any order, each message once', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(20));
    let state = a;
    for (const index of [7, 3, 19, 0, 1, 2, 18, 4, 5, 6, 8, 9, 17, 16, 15, 14, 13, 12, 11, 10]) {
      const opened = open(state, envelopes[index]!);
      expect(asText(opened.plaintext)).toBe(`text ${index}`);
      state = decodeSession(encodeSession(opened.session));
    }
    for (const envelope of envelopes) expect(codeOf(() => open(state, envelope))).toBe('duplicate');
  });

  it('takes what was missing of chains that are over', () => {
    let { a, b } = acquainted();
    const late: Uint8Array[] = [];
    for (let round = 0; round < 10; round++) {
      const sealed = sealAll(b, [`late ${round}`, `in time ${round}`]);
      late.push(sealed.envelopes[0]!);
      ({ a, b } = exchange(open(a, sealed.envelopes[1]!).session, sealed.session));
    }
    for (const [round, envelope] of late.entries()) {
      const opened = open(a, envelope);
      expect(asText(opened.plaintext)).toBe(`late ${round}`);
      a = decodeSession(encodeSession(opened.session));
      expect(codeOf(() => open(a, envelope))).toBe('duplicate');
    }
  });

  it('knows copies of the first chain, handshake part and all', () => {
    const { alice, created, bobSession } = invited();
    const first = sealAll(bobSession, texts(3));
    const met = respond({ me: alice, keys: created.keys, envelope: first.envelopes[1]! });
    expect(codeOf(() => open(met.session, first.envelopes[1]!))).toBe('duplicate');
    const reply = seal(met.session, utf8('reply'));
    const bob = open(first.session, reply.envelope).session;
    const next = seal(bob, utf8('next chain'));
    const alices = open(reply.session, next.envelope).session;
    expect(asText(open(alices, first.envelopes[0]!).plaintext)).toBe('text 0');
    expect(codeOf(() => open(alices, first.envelopes[1]!))).toBe('duplicate');
  });

  it('refuses with any byte of an envelope changed, or some lost', () => {
    const { a, b } = acquainted();
    const { session, envelopes } = sealAll(b, ['hello', 'hello again', 'hello at last']);
    const [first, second, late] = envelopes as [Uint8Array, Uint8Array, Uint8Array];
    const begun = open(a, first).session;
    const answered = exchange(open(a, second).session, session).a;
    // Of a chain that is new, of one that is being received, and of one that is over.
    for (const [state, envelope, text] of [
      [a, first, 'hello'],
      [begun, second, 'hello again'],
      [answered, late, 'hello at last'],
    ] as const) {
      for (let at = 0; at < envelope.length; at += at < 80 ? 1 : 61) {
        const code = codeOf(() => open(state, envelope.with(at, (envelope[at] ?? 0) ^ 16)));
        expect(['wrong-version', 'unknown-chain', 'forged']).toContain(code);
      }
      for (const length of [0, 1, 100, envelope.length - 1]) {
        expect(codeOf(() => open(state, envelope.subarray(0, length)))).toBe('malformed');
      }
      expect(asText(open(state, envelope).plaintext)).toBe(text);
    }
  });

  it('gives its text to nobody who lacks one of its keys, whatever else they have', () => {
    const { a, b } = acquainted();
    const { session, envelopes } = sealAll(b, ['new', 'missing', 'next']);
    const [first, second, third] = envelopes as [Uint8Array, Uint8Array, Uint8Array];
    const begun = open(a, first).session;
    const ahead = open(begun, third).session;
    const answered = exchange(ahead, session).a;
    const other = randomBytes(32);
    const receiving = (state: Session, change: Partial<NonNullable<Session['receiving']>>): Session => ({
      ...state,
      receiving: { ...(state.receiving as NonNullable<Session['receiving']>), ...change },
    });
    const waiting = (change: { root: Uint8Array } | { nextHeaderKey: Uint8Array }): Session => ({
      ...a,
      ratchet: { ...a.ratchet, ...change },
    });
    // Behind each number.
    const withoutKeys = (missing: Uint8Array): Uint8Array => concat(missing.subarray(0, 4), other);
    const retired = (change: (chain: RetiredChain) => Partial<RetiredChain>): Session => ({
      ...answered,
      retired: answered.retired.map((chain) => ({ ...chain, ...change(chain) })),
    });
    for (const [whole, lacking, envelope] of [
      [a, [waiting({ root: other }), waiting({ nextHeaderKey: other })], first],
      [begun, [receiving(begun, { chainKey: other }), receiving(begun, { headerKey: other })], second],
      [
        ahead,
        [
          receiving(ahead, { missing: withoutKeys(ahead.receiving?.missing as Uint8Array) }),
          receiving(ahead, { headerKey: other }),
        ],
        second,
      ],
      [
        answered,
        [
          retired(({ missing }) => ({ missing: withoutKeys(missing) })),
          retired(() => ({ headerKey: other })),
        ],
        second,
      ],
    ] as const) {
      expect(open(whole, envelope).plaintext.length).toBeGreaterThan(2);
      for (const state of lacking)
        expect(['forged', 'unknown-chain']).toContain(codeOf(() => open(state, envelope)));
    }
  });

  it('does not take a changed copy for a rollback: only the peer can make one', () => {
    const { a, b } = acquainted();
    const { envelope } = seal(b, utf8('hello'));
    const { session } = open(a, envelope);
    for (let at = 1; at < envelope.length; at += at < 80 ? 1 : 61) {
      const code = codeOf(() => open(session, envelope.with(at, (envelope[at] ?? 0) ^ 16)));
      expect(['unknown-chain', 'forged', 'duplicate']).toContain(code);
    }
  });

  it('takes a first chain that has one before it for a rollback', () => {
    const { alice, created, bobSession } = invited();
    const { ratchet } = bobSession;
    const late: Session = { ...bobSession, ratchet: { ...ratchet, previous: 1 } as Session['ratchet'] };
    const { envelope } = seal(late, utf8('hello'));
    expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope }))).toBe('rollback');
  });

  it('does not take a changed handshake part for a rollback either', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, utf8('hello'));
    const { session } = respond({ me: alice, keys: created.keys, envelope });
    for (let at = 50; at < envelope.length; at += 31) {
      const code = codeOf(() => open(session, envelope.with(at, (envelope[at] ?? 0) ^ 2)));
      expect(['unknown-chain', 'forged', 'duplicate']).toContain(code);
    }
  });

  it('leaves the session that it was given as it was, refused or not', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(5));
    const state = open(a, envelopes[1]!).session;
    const before = encodeSession(state);
    // One that was missing, the next, and one that skips some: the header of each is good, the body is not.
    for (const envelope of [envelopes[0]!, envelopes[2]!, envelopes[4]!]) {
      expect(codeOf(() => open(state, envelope.with(3000, (envelope[3000] ?? 0) ^ 1)))).toBe('forged');
      for (const _ of [1, 2]) open(state, envelope);
      expect(encodeSession(state)).toEqual(before);
    }
  });

  it('keeps nothing of the bytes that it was given', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(2));
    const { session } = open(a, envelopes[0]!);
    envelopes[0]!.fill(0);
    expect(asText(open(session, envelopes[1]!).plaintext)).toBe('text 1');
  });

  it('refuses what a session sealed itself, and what another one did', () => {
    const { a, b } = acquainted();
    const { session, envelope } = seal(b, utf8('mine'));
    expect(codeOf(() => open(session, envelope))).toBe('unknown-chain');
    // Before it was sealed, its header key is known already.
    expect(codeOf(() => open(b, envelope))).toBe('unknown-chain');
    expect(codeOf(() => open(acquainted().a, envelope))).toBe('unknown-chain');
    expect(codeOf(() => open(a, seal(acquainted().b, utf8('x')).envelope))).toBe('unknown-chain');
  });
});

describe('a peer that came back from a copy', () => {
  it('shows by a used number on other bytes', () => {
    const { a, b } = acquainted();
    const once = seal(b, utf8('once'));
    const state = open(a, once.envelope).session;
    const before = encodeSession(state);
    const again = seal(decodeSession(encodeSession(b)), utf8('again'));
    expect(codeOf(() => open(state, again.envelope))).toBe('rollback');
    expect(encodeSession(state)).toEqual(before);
  });

  it('shows by a used number within a chain', () => {
    const { a, b } = acquainted();
    const one = seal(b, utf8('one'));
    const two = seal(one.session, utf8('two'));
    const state = open(open(a, one.envelope).session, two.envelope).session;
    expect(codeOf(() => open(state, seal(one.session, utf8('another two')).envelope))).toBe('rollback');
  });

  it('shows by a second chain in the place of the first', () => {
    let { a, b } = acquainted();
    const fork = b;
    const real = seal(b, utf8('real'));
    ({ a, b } = exchange(open(a, real.envelope).session, real.session));
    ({ a, b } = exchange(a, b));
    expect(codeOf(() => open(a, seal(fork, utf8('fork')).envelope))).toBe('rollback');
  });

  it('shows by a second chain also under a number that is missing', () => {
    const { a, b } = acquainted();
    const { session, envelopes } = sealAll(b, texts(2));
    const over = exchange(open(a, envelopes[1]!).session, session);
    expect(codeOf(() => open(over.a, seal(b, utf8('fork')).envelope))).toBe('rollback');
  });

  it('shows by a new chain that tells of fewer messages than came', () => {
    const { a, b } = acquainted();
    const { session, envelopes } = sealAll(b, texts(3));
    const state = envelopes.reduce((before, envelope) => open(before, envelope).session, a);
    const answer = seal(state, utf8('answer'));
    const next = (from: Session) => seal(open(from, answer.envelope).session, utf8('next')).envelope;
    expect(codeOf(() => open(answer.session, next(renumbered(session, 2))))).toBe('rollback');
    expect(codeOf(() => open(answer.session, next(session)))).toBe('nothing thrown');
  });

  it('shows by messages before its first chain', () => {
    const { alice, created, bobSession } = invited();
    const { ratchet } = bobSession;
    if (ratchet.turn !== 'mine') throw new Error('something was sealed');
    const { envelope } = seal({ ...bobSession, ratchet: { ...ratchet, previous: 1 } }, utf8('hello'));
    expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope }))).toBe('rollback');
  });
});

describe('answering an invite', () => {
  it('is refused under other one-time keys, for another person, and without a handshake part', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, utf8('hello'));
    const others = invited();
    expect(codeOf(() => respond({ me: alice, keys: others.created.keys, envelope }))).toBe('forged');
    expect(codeOf(() => respond({ me: newIdentity(), keys: created.keys, envelope }))).toBe('forged');
    const later = seal(acquainted().b, utf8('later')).envelope;
    expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope: later }))).toBe('forged');
    expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope: envelope.subarray(1) }))).toBe(
      'malformed',
    );
  });

  it('is refused with any byte changed', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, utf8('hello'));
    for (let at = 1; at < envelope.length; at += 83) {
      const changed = envelope.with(at, (envelope[at] ?? 0) ^ 1);
      expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope: changed }))).toBe('forged');
    }
  });
});
