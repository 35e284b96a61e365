import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import {
  compareIdentities,
  decodeIdentity,
  decodeIdentityKeys,
  encodeIdentity,
  encodeIdentityKeys,
  identityHash,
  newIdentity,
  publicIdentity,
  readIdentity,
} from './identity.ts';
import { moon } from './moon.ts';
import { safetyNumber } from './safety-number.ts';
import { codeOf } from './test-people.ts';

beforeAll(loadCrypto);

describe('an identity', () => {
  it('survives its encodings', () => {
    const keys = newIdentity();
    expect(decodeIdentityKeys(encodeIdentityKeys(keys))).toEqual(keys);
    expect(decodeIdentity(encodeIdentity(publicIdentity(keys)))).toEqual(keys.identity);
    expect(identityHash(keys.identity)).toHaveLength(16);
  });

  it('is refused with any bit changed', () => {
    const bytes = encodeIdentity(newIdentity().identity);
    for (let at = 0; at < bytes.length; at++) {
      expect(codeOf(() => decodeIdentity(bytes.with(at, (bytes[at] ?? 0) ^ 4)))).toBe('forged');
    }
    for (const other of [bytes.subarray(1), new Uint8Array([...bytes, 0])]) {
      expect(codeOf(() => decodeIdentity(other))).toBe('malformed');
      expect(codeOf(() => readIdentity(other))).toBe('malformed');
    }
  });

  it('is refused from newer code, or cut short', () => {
    const bytes = encodeIdentityKeys(newIdentity());
    expect(codeOf(() => decodeIdentityKeys(bytes.with(0, 2)))).toBe('wrong-version');
    expect(codeOf(() => decodeIdentityKeys(bytes.subarray(0, 64)))).toBe('malformed');
    expect(codeOf(() => decodeIdentityKeys(new Uint8Array([...bytes, 0])))).toBe('malformed');
  });

  it('is a copy: changing the bytes afterwards changes nothing', () => {
    const keys = newIdentity();
    const [secret, shown] = [encodeIdentityKeys(keys), encodeIdentity(keys.identity)];
    const decoded = [decodeIdentityKeys(secret), decodeIdentity(shown)];
    secret.fill(0);
    shown.fill(0);
    expect(decoded).toEqual([keys, keys.identity]);
  });

  it('has an order: that of its first key, byte by byte, whatever the others are', () => {
    const { identity } = newIdentity();
    const [zeros, other] = [new Uint8Array(32), newIdentity().identity.agreeKey];
    const of = (at: number, byte: number) => ({ ...identity, signKey: zeros.with(at, byte) });
    expect(compareIdentities(of(0, 0), of(31, 1))).toBe(-1);
    expect(compareIdentities(of(0, 127), of(0, 128))).toBe(-1);
    expect(compareIdentities(of(0, 1), of(31, 255))).toBe(1);
    expect(compareIdentities(of(31, 3), of(31, 2))).toBe(1);
    expect(compareIdentities(identity, { ...identity, agreeKey: other })).toBe(0);
  });
});

describe('a safety number', () => {
  it('is the same on both sides and another for another identity', () => {
    const [a, b, c] = [newIdentity().identity, newIdentity().identity, newIdentity().identity];
    const number = safetyNumber(a, b);
    expect(safetyNumber(b, a)).toEqual(number);
    expect(number.digits).toMatch(/^\d{60}$/);
    expect(number.emoji).toHaveLength(12);
    expect(number.qr).toHaveLength(33);
    expect(safetyNumber(a, c).digits).not.toBe(number.digits);
  });

  it('takes over the emoji that are known of the same two, and of no others', () => {
    const [a, b, c] = [newIdentity().identity, newIdentity().identity, newIdentity().identity];
    const number = safetyNumber(a, b);
    const known = { ...number, emoji: number.emoji.map((each) => 255 - each) };
    expect(safetyNumber(b, a, known)).toEqual(known);
    expect(safetyNumber(a, c, known)).toEqual(safetyNumber(a, c));
  });
});

describe('a moon', () => {
  it('stays within the bounds that the views draw', () => {
    for (let index = 0; index < 200; index++) {
      const { hues, tilt, phase } = moon(newIdentity().identity);
      for (const hue of hues) expect(hue >= 0 && hue < 360 && Number.isInteger(hue)).toBe(true);
      const distance = Math.abs(hues[0] - hues[1]);
      expect(Math.min(distance, 360 - distance)).toBeGreaterThanOrEqual(40);
      expect(tilt >= -90 && tilt <= 90).toBe(true);
      expect(phase >= 20 && phase <= 80).toBe(true);
    }
  });
});
