import { defineConfig } from 'vitest/config';

/** The unit tests of this package, but for those that take long and kill nothing that the others let live. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: ['src/session/model.test.ts', 'src/vault/passphrase.test.ts', 'src/wiped.test.ts'],
    testTimeout: 30_000,
  },
});
