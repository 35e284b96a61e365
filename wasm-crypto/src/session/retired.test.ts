/** How much a session remembers of what is over, and what it forgets first (SPEC 6.6, 6.7). */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { acquainted, asText, codeOf, exchange, sealAll, texts, utf8 } from '../test-people.ts';
import { decodeSession, encodeSession } from './codec.ts';
import { MAX_MISSING, MAX_RETIRED, MAX_SESSION_BYTES, RECENT_TAGS, RETIRED_TAGS } from './limits.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';
import type { Session } from './state.ts';

beforeAll(loadCrypto);

/** Opens one after another. */
function openAll(session: Session, envelopes: readonly Uint8Array[]): Session {
  return envelopes.reduce((state, envelope) => open(state, envelope).session, session);
}

/** A chain of Bob's, all its envelopes, and both sides after Alice has opened some of them and Bob's next chain began. */
function chainOf(people: { a: Session; b: Session }, count: number, opened: (at: number) => boolean) {
  const { session, envelopes } = sealAll(people.b, texts(count));
  const came = envelopes.filter((_, at) => opened(at));
  return { ...exchange(openAll(people.a, came), session), envelopes };
}

describe('chains that are over', () => {
  it('are as they were in the session before, whether or not the next chain opens', () => {
    const { a, b } = chainOf(acquainted(), 1, () => true);
    const waiting = seal(a, utf8('reply'));
    const next = seal(open(b, waiting.envelope).session, utf8('next')).envelope;
    const before = encodeSession(waiting.session);
    expect(waiting.session.receiving?.missing).toHaveLength(0);
    const at = next.length - 40;
    const changed = next.with(at, (next[at] ?? 0) ^ 1);
    expect(codeOf(() => open(waiting.session, changed))).toBe('forged');
    expect(encodeSession(waiting.session)).toEqual(before);
    expect(asText(open(waiting.session, next).plaintext)).toBe('next');
    expect(encodeSession(waiting.session)).toEqual(before);
  });

  it('are remembered so many, and those that miss nothing are forgotten first', () => {
    const late = chainOf(acquainted(), 2, (at) => at === 1);
    let { a, b } = late;
    const complete: Uint8Array[] = [];
    for (let round = 0; round < MAX_RETIRED + 4; round++) {
      const chain = chainOf({ a, b }, 1, () => true);
      ({ a, b } = chain);
      complete.push(...chain.envelopes);
    }
    expect(a.retired).toHaveLength(MAX_RETIRED);
    a = decodeSession(encodeSession(a));
    expect(asText(open(a, late.envelopes[0]!).plaintext)).toBe('text 0');
    expect(codeOf(() => open(a, late.envelopes[1]!))).toBe('duplicate');
    const codes = complete.map((envelope) => codeOf(() => open(a, envelope)));
    // One place is the late one's.
    const forgotten = complete.length - (MAX_RETIRED - 1);
    expect(codes).toEqual(codes.map((_, round) => (round < forgotten ? 'unknown-chain' : 'duplicate')));
  });

  it('are forgotten oldest first where each misses something', () => {
    let { a, b } = acquainted();
    const late: Uint8Array[] = [];
    for (let round = 0; round < MAX_RETIRED + 2; round++) {
      const { session, envelopes } = sealAll(b, texts(2));
      const answer = seal(open(a, envelopes[1]!).session, utf8('answer'));
      [a, b] = [answer.session, open(session, answer.envelope).session];
      late.push(envelopes[0]!);
    }
    // The newest is not over yet.
    const codes = late.map((envelope) => codeOf(() => open(a, envelope)));
    expect(codes).toEqual(late.map((_, round) => (round === 0 ? 'unknown-chain' : 'nothing thrown')));
  });

  it('keep the keys of so many missing messages together, and the oldest go first', () => {
    const complete = chainOf(acquainted(), 1, () => true);
    const oldest = chainOf(complete, 401, (at) => at === 400);
    const newer = chainOf(oldest, 401, (at) => at === 400);
    const left = MAX_MISSING - 800;
    const { envelopes } = sealAll(newer.b, texts(left + 3));
    const full = open(newer.a, envelopes[left]!).session;
    for (const chain of [oldest, newer])
      expect(codeOf(() => open(full, chain.envelopes[0]!))).toBe('nothing thrown');
    const over = open(full, envelopes[left + 2]!).session;
    expect(codeOf(() => open(over, oldest.envelopes[0]!))).toBe('unknown-chain');
    expect(asText(open(over, newer.envelopes[0]!).plaintext)).toBe('text 0');
    // What misses nothing costs nothing.
    expect(codeOf(() => open(over, complete.envelopes[0]!))).toBe('duplicate');
  });

  it('take what was missing with every byte of its preamble as it was', () => {
    const { a, envelopes } = chainOf(acquainted(), 2, (at) => at === 1);
    const late = envelopes[0]!;
    for (let at = 49; at < 49 + 2344; at += 19) {
      expect(codeOf(() => open(a, late.with(at, (late[at] ?? 0) ^ 1)))).toBe('forged');
    }
    expect(asText(open(a, late).plaintext)).toBe('text 0');
  });

  it('take nothing past the end that the next one told', () => {
    const people = acquainted();
    const { session, envelopes } = sealAll(people.b, texts(2));
    const { a } = exchange(openAll(people.a, envelopes), session);
    const past = sealAll(session, texts(2)).envelopes;
    for (const envelope of past) expect(codeOf(() => open(a, envelope))).toBe('rollback');
  });

  it('may have ended long after what came of them', () => {
    const { a, envelopes } = chainOf(acquainted(), 60, (at) => at === 0);
    expect(codeOf(() => open(a, envelopes[0]!))).toBe('duplicate');
    expect(asText(open(a, envelopes[59]!).plaintext)).toBe('text 59');
  });
});

describe('a copy', () => {
  it('is told from other bytes among as many numbers as tags are kept for', () => {
    const { a, b } = acquainted();
    const count = RECENT_TAGS + 5;
    const { envelopes } = sealAll(b, texts(count));
    const state = openAll(a, envelopes);
    for (const envelope of envelopes) expect(codeOf(() => open(state, envelope))).toBe('duplicate');
    // Bob's copy of the first chain key says something else under the same numbers.
    const begun = seal(b, utf8('begun'));
    const twice = sealAll(begun.session, texts(count)).envelopes;
    const after = openAll(open(a, begun.envelope).session, sealAll(begun.session, texts(count)).envelopes);
    const codes = twice.map((envelope) => codeOf(() => open(after, envelope)));
    const tooOld = count - RECENT_TAGS;
    expect(codes).toEqual(codes.map((_, at) => (at < tooOld ? 'duplicate' : 'rollback')));
  });

  it('is told in chains that are over as well', () => {
    const people = acquainted();
    const begun = seal(people.b, utf8('begun'));
    const real = sealAll(begun.session, texts(RETIRED_TAGS + 7));
    const other = sealAll(begun.session, texts(RETIRED_TAGS + 7)).envelopes;
    const { a } = exchange(openAll(people.a, [begun.envelope, ...real.envelopes]), real.session);
    for (const envelope of real.envelopes) expect(codeOf(() => open(a, envelope))).toBe('duplicate');
    const codes = other.map((envelope) => codeOf(() => open(a, envelope)));
    expect(codes).toEqual(codes.map((_, at) => (at < 7 ? 'duplicate' : 'rollback')));
  });

  it('is one also where another message came later than tags are kept for', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(RECENT_TAGS + 2));
    const [first, second, ...rest] = envelopes;
    // Both late ones share their places in the ring with newer numbers, or are the oldest that have one.
    const state = openAll(a, [...rest, first!, second!]);
    for (const envelope of envelopes) expect(codeOf(() => open(state, envelope))).toBe('duplicate');
    const { envelopes: exact } = sealAll(b, texts(RECENT_TAGS));
    const [oldest, ...newer] = exact;
    const full = openAll(a, [...newer, oldest!]);
    for (const envelope of exact) expect(codeOf(() => open(full, envelope))).toBe('duplicate');
  });
});

describe('bounds', () => {
  it('keeps keys for as many missing messages as it says, and refuses one more', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(MAX_MISSING + 2));
    expect(codeOf(() => open(a, envelopes[MAX_MISSING + 1]!))).toBe('too-far-ahead');
    const far = open(a, envelopes[MAX_MISSING]!);
    expect(asText(open(far.session, envelopes[0]!).plaintext)).toBe('text 0');
    expect(codeOf(() => open(far.session, envelopes[MAX_MISSING + 1]!))).toBe('nothing thrown');
    expect(encodeSession(far.session).length).toBeLessThan(MAX_SESSION_BYTES);
  });

  it('forgets the oldest chains and fits its row with everything full', () => {
    let { a, b } = acquainted();
    for (let round = 0; round < MAX_RETIRED + 8; round++) {
      const sealed = sealAll(b, texts(40));
      ({ a, b } = exchange(open(a, sealed.envelopes[39]!).session, sealed.session));
    }
    const { envelopes } = sealAll(b, texts(RECENT_TAGS + 1));
    for (const envelope of envelopes) a = open(a, envelope).session;
    expect(a.retired.length).toBeLessThanOrEqual(MAX_RETIRED);
    const bytes = encodeSession(a);
    expect(bytes.length).toBeLessThanOrEqual(MAX_SESSION_BYTES);
    expect(encodeSession(decodeSession(bytes))).toEqual(bytes);
  });
});
