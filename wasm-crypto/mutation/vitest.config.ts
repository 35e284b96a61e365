import { defineConfig } from 'vitest/config';

/** The unit tests of this package, but for the models, which draw their choices anew each time: what they kill is luck. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: ['src/**/model.test.ts'],
    testTimeout: 30_000,
  },
});
