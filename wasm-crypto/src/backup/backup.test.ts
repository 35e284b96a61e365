import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { codeOf } from '../test-people.ts';
import { unwrapWithPassphrase, wrapWithPassphrase } from '../vault/passphrase.ts';
import { newMasterKey } from '../vault/rows.ts';
import { BackupOpener, BackupSealer } from './chunks.ts';
import { BACKUP_HEADER_BYTES, type BackupHeader, decodeBackupHeader, newBackup } from './header.ts';

const LEAST = { passes: 1, memory: 65_536 };
const CHUNK = 65_552;
const PART = 65_532;

let key: Uint8Array;
let header: BackupHeader;

beforeAll(async () => {
  await loadCrypto();
  key = newMasterKey();
  header = newBackup(wrapWithPassphrase(key, 'orbit velvet canyon', LEAST));
});

/** Bytes that differ from place to place. */
const content = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 31 + (at >>> 8)) & 255);

/** In pieces of these lengths, over and over. */
function pieces(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? bytes.length);
    out.push(bytes.subarray(at, at + length));
    at += length;
  }
  return out;
}

/** As many parts as there are bytes, at the worst: too many to be the arguments of a call. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sealed(plain: Uint8Array, lengths: readonly number[] = [plain.length], under = header): Uint8Array {
  const sealer = new BackupSealer(under, key);
  return joined([...pieces(plain, lengths).map((piece) => sealer.push(piece)), sealer.end()]);
}

function opened(file: Uint8Array, lengths: readonly number[] = [file.length], under = header): Uint8Array {
  const opener = new BackupOpener(under, key);
  return joined([...pieces(file, lengths).map((piece) => opener.push(piece)), opener.end()]);
}

describe('a back-up’s header', () => {
  it('is 150 bytes, and brings the key to whoever has the passphrase', () => {
    expect(header.bytes).toHaveLength(150);
    const read = decodeBackupHeader(header.bytes);
    expect(read).toEqual(header);
    const lent = header.bytes.slice();
    const kept = decodeBackupHeader(lent);
    lent.fill(0);
    expect(kept).toEqual(header);
    expect(unwrapWithPassphrase(read.wrap, 'orbit velvet canyon')).toEqual(key);
    expect(codeOf(() => unwrapWithPassphrase(read.wrap, 'orbit velvet'))).toBe('wrong-passphrase');
  });

  it('shows every change, and tells it from a wrong passphrase', () => {
    for (let at = 0; at < BACKUP_HEADER_BYTES; at++) {
      const code = codeOf(() => decodeBackupHeader(header.bytes.with(at, (header.bytes[at] ?? 0) ^ 1)));
      expect(code).toBe(at < 16 ? 'malformed' : at === 16 ? 'wrong-version' : 'damaged');
    }
    for (const other of [
      header.bytes.subarray(1),
      header.bytes.subarray(0, -1),
      concat(header.bytes, Uint8Array.of(0)),
    ])
      expect(codeOf(() => decodeBackupHeader(other))).toBe('malformed');
  });
});

describe('a back-up’s content', () => {
  it('comes back whole, however it is cut on the way', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 4 });
    const near = fc.constantFrom(0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1, 3 * PART);
    fc.assert(
      fc.property(near, lengths, lengths, (length, pushed, read) => {
        const plain = content(length);
        const file = sealed(plain, pushed);
        expect(file.length).toBe(Math.max(1, Math.ceil(length / PART)) * CHUNK);
        const back = opened(file, read);
        expect(back.length).toBe(plain.length);
        expect(back.every((byte, at) => byte === plain[at])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('shows any bit that was changed, and gives out nothing from there on', () => {
    const file = sealed(content(2 * PART + 100));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(7), (at, bit) => {
        const opener = new BackupOpener(header, key);
        let out = 0;
        const read = () => {
          for (const piece of pieces(file.with(at, (file[at] ?? 0) ^ (1 << bit)), [CHUNK]))
            out += opener.push(piece).length;
          opener.end();
        };
        expect(codeOf(read)).toBe('forged');
        expect(out).toBe(Math.floor(at / CHUNK) * PART);
        expect(codeOf(() => opener.end())).not.toBe('nothing thrown');
      }),
      { numRuns: 60 },
    );
  });

  it('shows where it was cut short, wherever that is, and what was put behind it', () => {
    const file = sealed(content(2 * PART + 100));
    fc.assert(
      fc.property(fc.oneof(fc.nat(file.length - 1), fc.constantFrom(0, CHUNK, 2 * CHUNK)), (length) => {
        expect(codeOf(() => opened(file.subarray(0, length)))).toBe('forged');
      }),
      { numRuns: 60 },
    );
    for (const more of [content(1), content(CHUNK), file.subarray(0, CHUNK)])
      expect(codeOf(() => opened(concat(file, more)))).toBe('forged');
  });

  it('shows chunks that changed places, came twice or are missing', () => {
    const file = sealed(content(4 * PART + 7));
    const chunks = pieces(file, [CHUNK]);
    const orders = fc.array(fc.nat(chunks.length - 1), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(orders, (order) => {
        fc.pre(order.join() !== '0,1,2,3,4');
        const mixed = concat(...order.map((at) => chunks[at] ?? new Uint8Array(0)));
        expect(codeOf(() => opened(mixed))).toBe('forged');
      }),
      { numRuns: 60 },
    );
  });

  it('gives out nothing behind an error, though it would be authentic there', () => {
    const file = sealed(content(3 * PART));
    const [first, second, third] = pieces(file, [CHUNK]) as [Uint8Array, Uint8Array, Uint8Array];
    const opener = new BackupOpener(header, key);
    // The second in the place of the first, and then in its own.
    expect(codeOf(() => opener.push(concat(second, first)))).toBe('forged');
    expect(codeOf(() => opener.push(third))).toBe('malformed');
  });

  it('belongs to one header, also where two files have one key', () => {
    const other = newBackup(header.wrap);
    expect(codeOf(() => opened(sealed(content(10)), [CHUNK], other))).toBe('forged');
    expect(sealed(content(10), [10], other)).not.toEqual(sealed(content(10)));
  });

  it('ends once, and wants a whole key', () => {
    const sealer = new BackupSealer(header, key);
    sealer.end();
    expect(codeOf(() => sealer.end())).toBe('malformed');
    expect(codeOf(() => new BackupSealer(header, key.subarray(1)))).toBe('malformed');
    const given = new BackupOpener(header, key);
    given.close();
    given.push(sealed(content(10)));
    expect(codeOf(() => given.end())).toBe('malformed');
  });
});
