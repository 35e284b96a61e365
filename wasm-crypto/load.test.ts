/** Loading the module, in a file of its own that has loaded none. Not in src: in the browsers that suite is one page. */
import { describe, expect, it } from 'vitest';
import { loadCrypto, mailboxIdOf, randomBytes } from './src/index.ts';
import { cryptoModule } from './testing/load.ts';

describe('a module that does not come', () => {
  it('is said to be missing, and can be loaded after all', async () => {
    const key = randomBytes(32);
    const lost = Promise.reject(new TypeError('Failed to fetch'));
    await expect(loadCrypto(lost)).rejects.toMatchObject({ name: 'CryptoError', code: 'not-ready' });
    await expect(loadCrypto(new Uint8Array(8))).rejects.toMatchObject({ code: 'not-ready' });
    expect(() => mailboxIdOf(key)).toThrow('not-ready');
    await loadCrypto(cryptoModule());
    expect(mailboxIdOf(key)).toHaveLength(32);
    // From then on another source is left alone.
    await loadCrypto(new Uint8Array(8));
  });
});
