import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { need, workArea } from '../sodium/memory.ts';
import { codeOf } from '../test-people.ts';
import { calibratePassphrase, chooseCost, unwrapWithPassphrase, wrapWithPassphrase } from './passphrase.ts';
import { newMasterKey } from './rows.ts';
import { decodeWrappedMasterKey, encodeWrappedMasterKey, type PassphraseWrap } from './wrapped.ts';

beforeAll(loadCrypto);

/** The least that is allowed: Argon2id takes its time in every test. */
const LEAST = { passes: 1, memory: 65_536 };

describe('a master key under a passphrase', () => {
  it('opens with it, and with nothing else', () => {
    const master = newMasterKey();
    const kept = wrapWithPassphrase(master, 'orbit velvet canyon', LEAST);
    const read = decodeWrappedMasterKey(encodeWrappedMasterKey(kept)) as PassphraseWrap;
    expect(unwrapWithPassphrase(read, 'orbit velvet canyon')).toEqual(master);
    expect(codeOf(() => unwrapWithPassphrase(read, 'Orbit velvet canyon'))).toBe('wrong-passphrase');
    expect(codeOf(() => unwrapWithPassphrase(read, 'orbit velvet canyon '))).toBe('wrong-passphrase');
  });

  it('is different each time, so that two wraps tell nothing of one another', () => {
    const master = newMasterKey();
    const [one, two] = [0, 1].map(() => wrapWithPassphrase(master, 'orbit', LEAST));
    for (const field of ['salt', 'nonce', 'wrapped'] as const) expect(one?.[field]).not.toEqual(two?.[field]);
  });

  it('opens however the keyboard composes the letters', () => {
    const master = newMasterKey();
    const kept = wrapWithPassphrase(master, 'caf\u00e9 ﬁn', LEAST);
    expect(unwrapWithPassphrase(kept, 'cafe\u0301 fin')).toEqual(master);
  });

  it('does not open where anything of it was changed', () => {
    const kept = wrapWithPassphrase(newMasterKey(), 'orbit', LEAST);
    const flip = (bytes: Uint8Array) => bytes.with(0, (bytes[0] ?? 0) ^ 1);
    for (const changed of [
      { ...kept, salt: flip(kept.salt) },
      { ...kept, nonce: flip(kept.nonce) },
      { ...kept, wrapped: flip(kept.wrapped) },
      { ...kept, passes: 2 },
      { ...kept, memory: kept.memory + 1024 },
    ]) {
      expect(codeOf(() => unwrapWithPassphrase(changed, 'orbit'))).toBe('wrong-passphrase');
    }
  });

  it('wants a passphrase, of at most 1,024 bytes', () => {
    const wrap = (passphrase: string) => codeOf(() => wrapWithPassphrase(newMasterKey(), passphrase, LEAST));
    expect(wrap('')).toBe('malformed');
    expect(wrap('x'.repeat(1025))).toBe('malformed');
    expect(wrap('é'.repeat(513))).toBe('malformed');
    // One letter that becomes eighteen.
    expect(wrap('\ufdfa'.repeat(100))).toBe('malformed');
    expect(wrap('x'.repeat(1024))).toBe('nothing thrown');
  });

  it('wants a whole master key and a cost within its bounds', () => {
    const wrap = (cost: typeof LEAST, length = 32) =>
      codeOf(() => wrapWithPassphrase(new Uint8Array(length), 'orbit', cost));
    expect(wrap(LEAST, 31)).toBe('malformed');
    for (const cost of [
      { passes: 0, memory: 65_536 },
      { passes: 65, memory: 65_536 },
      { passes: 1, memory: 65_535 },
      { passes: 1, memory: 1_048_577 },
      { passes: Number.NaN, memory: 65_536 },
      { passes: 1.5, memory: 65_536 },
    ]) {
      expect(wrap(cost)).toBe('malformed');
    }
  });

  it('leaves nothing of the memory that was filled for it', () => {
    wrapWithPassphrase(newMasterKey(), 'orbit velvet canyon', LEAST);
    const heap = new BigUint64Array(need(workArea, 0).heap.buffer);
    const used = heap.reduce((count, word) => (word === 0n ? count : count + 1), 0);
    // libsodium's own tables and what else lies in the module are far less than a hundredth of it.
    expect(used).toBeLessThan((65_536 * 1024) / 8 / 100);
  });
});

describe('the cost', () => {
  it('takes about half a second at whatever speed, over at least 64 MiB and at most 256', () => {
    for (const pass of [1, 5, 20, 40, 80, 160, 249]) {
      const { passes, memory } = chooseCost(pass);
      const took = (passes * pass * memory) / 65_536;
      expect(memory).toBeGreaterThanOrEqual(65_536);
      expect(memory).toBeLessThanOrEqual(262_144);
      if (passes < 64) expect(took).toBeGreaterThan(350);
      expect(took).toBeLessThan(650);
    }
  });

  it('never falls below two passes, nor beyond its bounds', () => {
    expect(chooseCost(5000)).toEqual({ passes: 2, memory: 65_536 });
    expect(chooseCost(0)).toEqual({ passes: 64, memory: 262_144 });
  });

  it('is chosen by trying', () => {
    let time = 0;
    const ticks = [0, 900, 1000, 1400];
    const cost = calibratePassphrase(() => ticks[time++] ?? Number.NaN);
    expect(cost).toEqual(chooseCost(200));
  });
});
