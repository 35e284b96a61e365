import { defineConfig } from 'vitest/config';

/** The unit tests of this package, but for the model, which draws its choices anew each time: what it kills is luck. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: ['src/session/model.test.ts'],
    testTimeout: 30_000,
  },
});
