import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { respond } from '../establish.ts';
import { desk, need } from '../sodium/memory.ts';
import { equalPublic } from '../sodium.ts';
import { acquainted, codeOf, invited, utf8 } from '../test-people.ts';
import { open, openBare } from './open.ts';
import { seal, sealBare } from './seal.ts';

beforeAll(loadCrypto);

const marker = new Uint8Array(64).fill(0xa5);

/** Whether these bytes lie anywhere on the desk. */
function onDesk(bytes: Uint8Array): boolean {
  const all = need(desk, 0).heap.slice(desk.at, desk.at + desk.bytes);
  let at = all.indexOf(bytes[0] ?? 0);
  while (at !== -1 && !bytes.every((byte, index) => all[at + index] === byte)) {
    at = all.indexOf(bytes[0] ?? 0, at + 1);
  }
  return at !== -1;
}

describe('the desk', () => {
  it('holds neither text nor keys after sealing, opening and refusing', () => {
    const { a, b } = acquainted();
    if (b.ratchet.turn !== 'mine') throw new Error('it is not their turn to begin');
    const first = seal(b, marker);
    if (first.session.ratchet.turn !== 'theirs') throw new Error('no chain was begun');
    const { headerKey, chainKey } = first.session.ratchet.sending;
    const secrets = [marker.subarray(0, 16), headerKey, chainKey];
    for (const secret of secrets) expect(onDesk(secret)).toBe(false);
    const second = seal(first.session, marker);
    const opened = open(a, first.envelope);
    expect(opened.plaintext).toEqual(marker);
    for (const secret of secrets) expect(onDesk(secret)).toBe(false);
    expect(codeOf(() => open(opened.session, first.envelope))).toBe('duplicate');
    const changed = second.envelope.with(3000, (second.envelope[3000] ?? 0) ^ 1);
    expect(codeOf(() => open(opened.session, changed))).toBe('forged');
    for (const secret of secrets) expect(onDesk(secret)).toBe(false);
  });

  it('holds neither text nor keys after the first envelope of a session', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, marker);
    const { session, plaintext } = respond({ me: alice, keys: created.keys, envelope });
    expect(plaintext).toEqual(marker);
    const { headerKey, chainKey } = session.receiving ?? {};
    for (const secret of [marker, headerKey, chainKey]) {
      if (secret === undefined) throw new Error('nothing was received');
      expect(onDesk(secret.subarray(0, 16))).toBe(false);
    }
  });

  it('is all that is written on', () => {
    const { a, b } = acquainted();
    const { envelope } = seal(b, marker);
    const { heap } = need(desk, 0);
    // The end of the work area, as a rule, and in any case what the module knows the desk by.
    const before = heap.slice(desk.at - 4096, desk.at);
    expect(before.some((byte) => byte !== 0)).toBe(true);
    open(a, envelope);
    expect(heap.slice(desk.at - 4096, desk.at)).toEqual(before);
  });

  it('grows for bodies beyond its first size', () => {
    const { a, b } = acquainted();
    const body = new Uint8Array(400_000).fill(7);
    const large = sealBare(b, body);
    expect(desk.bytes).toBeGreaterThan(body.length);
    const opened = openBare(a, large.envelope);
    expect(equalPublic(opened.body, body)).toBe(true);
    const small = sealBare(large.session, utf8('small'));
    expect(openBare(opened.session, small.envelope).body).toEqual(utf8('small'));
    const larger = new Uint8Array(600_000).fill(1);
    expect(codeOf(() => openBare(opened.session, larger))).toBe('unknown-chain');
    expect(desk.bytes).toBeGreaterThan(larger.length);
  });

  it('takes a body of no bytes, and no envelope that is too short for one', () => {
    const { a, b } = acquainted();
    const { envelope } = sealBare(b, new Uint8Array(0));
    expect(openBare(a, envelope).body).toHaveLength(0);
    // Its header fits as long as the tag is the same.
    const without = (bytes: number) => concat(envelope.subarray(0, 49), envelope.subarray(49 + bytes));
    for (const bytes of [1, 17, 2343, 2344]) {
      expect(codeOf(() => openBare(a, without(bytes)))).toBe('malformed');
    }
    for (const length of [0, 1, 49, 64]) {
      expect(codeOf(() => openBare(a, envelope.subarray(0, length)))).toBe('malformed');
    }
    expect(codeOf(() => openBare(a, envelope.subarray(0, 65)))).toBe('unknown-chain');
  });

  it('compares every byte of a preamble', () => {
    const { a, b } = acquainted();
    const first = sealBare(b, utf8('first'));
    const second = sealBare(first.session, utf8('second'));
    const { session } = openBare(a, first.envelope);
    for (let at = 49; at < 49 + 2344; at++) {
      const changed = second.envelope.with(at, (second.envelope[at] ?? 0) ^ 128);
      expect(codeOf(() => openBare(session, changed))).toBe('forged');
    }
  });
});
