import { randomBytes } from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PassphraseWork, proven, workHere } from './passphrase-work.ts';

const CHEAP = { passes: 1, memory: 65_536 };
const PASSPHRASE = 'orbit velvet canyon';

/** Whose hashes are wrong so often: what they wrap opens with another passphrase than the one that was given. */
function faulty(times: number): PassphraseWork & { readonly made: () => number } {
  const work = workHere(CHEAP);
  let made = 0;
  return {
    ...work,
    wrap: (masterKey, passphrase) => work.wrap(masterKey, made++ < times ? `${passphrase}!` : passphrase),
    made: () => made,
  };
}

beforeAll(loadCrypto);

describe('a wrap under a hash that came out wrong', () => {
  it('is made anew before anything is kept under it', async () => {
    const masterKey = randomBytes(32);
    const work = faulty(2);
    const wrap = await proven(work).wrap(masterKey, PASSPHRASE);
    expect(work.made()).toBe(3);
    expect(await workHere().unwrap(wrap, PASSPHRASE)).toEqual(masterKey);
  });

  it('is not used where none comes out right', async () => {
    await expect(proven(faulty(9)).wrap(randomBytes(32), PASSPHRASE)).rejects.toThrow('no wrap opens');
  });
});
