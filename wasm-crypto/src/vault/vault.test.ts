import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { randomBytes } from '../random.ts';
import { codeOf, utf8 } from '../test-people.ts';
import { newMasterKey, openRow, ROW_OVERHEAD, sealRow, tableKey } from './rows.ts';
import { decodeWrappedMasterKey, encodeWrappedMasterKey, type WrappedMasterKey } from './wrapped.ts';

beforeAll(loadCrypto);

describe('a row', () => {
  it('opens in its place and nowhere else', () => {
    const master = newMasterKey();
    const messages = tableKey(master, 'messages');
    const sealed = sealRow(messages, 'row 1', utf8('text'));
    expect(sealed).toHaveLength(4 + ROW_OVERHEAD);
    expect(openRow(messages, 'row 1', sealed)).toEqual(utf8('text'));
    expect(codeOf(() => openRow(messages, 'row 2', sealed))).toBe('forged');
    expect(codeOf(() => openRow(tableKey(master, 'contacts'), 'row 1', sealed))).toBe('forged');
    expect(codeOf(() => openRow(tableKey(newMasterKey(), 'messages'), 'row 1', sealed))).toBe('forged');
  });

  it('is refused when changed, cut short or of newer code', () => {
    const key = tableKey(newMasterKey(), 'messages');
    const sealed = sealRow(key, 'r', utf8('text'));
    for (let at = 1; at < sealed.length; at++) {
      expect(codeOf(() => openRow(key, 'r', sealed.with(at, (sealed[at] ?? 0) ^ 1)))).toBe('forged');
    }
    expect(codeOf(() => openRow(key, 'r', sealed.with(0, 2)))).toBe('wrong-version');
    expect(codeOf(() => openRow(key, 'r', sealed.subarray(0, 40)))).toBe('malformed');
  });

  it('may be empty, or larger than an envelope', () => {
    const key = tableKey(newMasterKey(), 'files');
    for (const length of [0, 300_000]) {
      expect(openRow(key, 'r', sealRow(key, 'r', new Uint8Array(length)))).toHaveLength(length);
    }
  });

  it('wants a master key of 32 bytes and names that end', () => {
    expect(codeOf(() => tableKey(new Uint8Array(31), 'messages'))).toBe('malformed');
    expect(codeOf(() => tableKey(newMasterKey(), 'x'.repeat(1025)))).toBe('malformed');
    expect(tableKey(newMasterKey(), 'x'.repeat(1024))).toHaveLength(32);
  });
});

describe('a wrapped master key', () => {
  const device: WrappedMasterKey = {
    version: 1,
    kind: 'device',
    nonce: new Uint8Array(12).fill(1),
    wrapped: new Uint8Array(48).fill(2),
  };
  const passphrase: WrappedMasterKey = {
    version: 1,
    kind: 'passphrase',
    salt: new Uint8Array(16).fill(3),
    passes: 3,
    memory: 65_536,
    nonce: new Uint8Array(24).fill(4),
    wrapped: new Uint8Array(48).fill(5),
  };

  it('survives its encoding', () => {
    for (const key of [device, passphrase]) {
      const bytes = encodeWrappedMasterKey(key);
      const read = decodeWrappedMasterKey(bytes);
      // Nothing of it is a view of what was read.
      bytes.fill(0);
      expect(read).toEqual(key);
    }
  });

  it('is refused out of bounds, cut short or of newer code', () => {
    const bytes = (length: number) => new Uint8Array(length);
    for (const change of [{ nonce: bytes(11) }, { nonce: bytes(24) }, { wrapped: bytes(47) }]) {
      expect(codeOf(() => encodeWrappedMasterKey({ ...device, ...change }))).toBe('malformed');
    }
    for (const change of [
      { nonce: bytes(23) },
      { salt: bytes(15) },
      { wrapped: bytes(47) },
      { passes: 0 },
      { passes: 65 },
      { memory: 65_535 },
      { memory: 1_048_577 },
    ]) {
      expect(codeOf(() => encodeWrappedMasterKey({ ...passphrase, ...change }))).toBe('malformed');
    }
    const most = { ...passphrase, passes: 64, memory: 1_048_576 };
    expect(decodeWrappedMasterKey(encodeWrappedMasterKey(most))).toEqual(most);
    for (const key of [device, passphrase]) {
      const bytes = encodeWrappedMasterKey(key);
      expect(codeOf(() => decodeWrappedMasterKey(bytes.with(0, 2)))).toBe('wrong-version');
      expect(codeOf(() => decodeWrappedMasterKey(bytes.with(1, 3)))).toBe('malformed');
      expect(codeOf(() => decodeWrappedMasterKey(bytes.subarray(0, -1)))).toBe('malformed');
      expect(codeOf(() => decodeWrappedMasterKey(new Uint8Array([...bytes, 0])))).toBe('malformed');
    }
  });
});

describe('random bytes', () => {
  it('come in the length asked for, each once', () => {
    const seen = new Set(Array.from({ length: 2000 }, () => randomBytes(16).join()));
    expect(seen.size).toBe(2000);
    for (const length of [0, 1, 4096, 4097, 65_536]) expect(randomBytes(length)).toHaveLength(length);
    for (const length of [-1, 0.5, 65_537, Number.NaN])
      expect(codeOf(() => randomBytes(length))).toBe('malformed');
  });
});
