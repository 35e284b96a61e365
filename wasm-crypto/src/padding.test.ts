import { describe, expect, it } from 'vitest';
import { pad, unpad, unpadWiping } from './padding.ts';
import { codeOf, utf8 } from './test-people.ts';

/** Bytes that say of themselves how long their text is. */
const saying = (size: number, bytes = 12): Uint8Array => {
  const padded = new Uint8Array(bytes);
  new DataView(padded.buffer).setUint32(0, size, true);
  return padded;
};

describe('a padded text', () => {
  it('comes back, whatever its length, and whatever stands behind it', () => {
    for (const text of ['', 'a', 'all of it']) {
      const padded = pad(utf8(text), 13);
      expect(unpad(padded)).toEqual(utf8(text));
      expect(unpad(padded.map((byte, at) => (at < 4 + text.length ? byte : 7)))).toEqual(utf8(text));
    }
    expect(unpad(pad(utf8(''), 4))).toEqual(utf8(''));
    expect(codeOf(() => pad(utf8('too much'), 11))).toBe('too-large');
  });

  it('is refused where it would end beyond its bytes, or has no length', () => {
    expect(unpad(saying(8))).toHaveLength(8);
    for (const size of [9, 256, 65_536, 2 ** 24, 2 ** 32 - 1]) {
      expect(codeOf(() => unpad(saying(size)))).toBe('malformed');
      expect(codeOf(() => unpadWiping(saying(size)))).toBe('malformed');
    }
    for (const bytes of [0, 1, 3]) expect(codeOf(() => unpad(new Uint8Array(bytes)))).toBe('malformed');
  });

  it('is refused where it would end beyond its place among other bytes', () => {
    const bytes = new Uint8Array([...saying(9), ...saying(8)]);
    expect(codeOf(() => unpad(bytes, 0, 12))).toBe('malformed');
    expect(unpad(bytes, 12, 24)).toHaveLength(8);
    expect(codeOf(() => unpad(bytes, 12, 23))).toBe('malformed');
    expect(codeOf(() => unpad(bytes, 12, 15))).toBe('malformed');
  });
});
