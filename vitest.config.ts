import { defineConfig } from 'vitest/config';

const SUITES = '**/*.test.{ts,tsx}';
const NEVER = ['**/node_modules/**', '**/dist/**', '**/.output/**', '**/.wxt/**', '**/.aside/**'];

/** The views' gallery, in a browser for each file. */
const GALLERY = 'extension/views/gallery/**/*.browser.test.ts';

/** One file for each processor; Vitest would leave one idle, which is half of a small machine. */
const SIDE_BY_SIDE = '100%';

/** Two files, whatever the machine: in one they wait for each other for a third of the time, and more would want much memory. */
const TWO_AT_A_TIME = 2;

/**
 * How long a poll looks for what is to come, by itself one second: less than a disk, a process or a browser may take on
 * a machine that has other work. What holds is seen at once all the same. Milliseconds.
 */
const POLL_PATIENCE = 20_000;

/**
 * Suites that start browsers, servers or coturn are named `*.browser.test.ts` or `*.system.test.ts`; they and the
 * end-to-end ones (`*.e2e.ts`) run two at a time, for what they start is waited for as often as it keeps a processor busy;
 * no test may take more than twice as long for that. Everything else runs side by side, the gallery's too: one browser
 * with one page is no more than one processor's work.
 */
export default defineConfig({
  define: { __ASIDE_STEP_HOOKS__: 'false', __ASIDE_DEFAULT_SERVER__: '""', __ASIDE_VERSION__: '"0.0.0"' },
  test: {
    expect: { poll: { timeout: POLL_PATIENCE } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [SUITES],
          exclude: [...NEVER, '**/*.{browser,system}.test.ts'],
          globalSetup: 'wasm-crypto/testing/build-first.ts',
          setupFiles: 'wasm-crypto/testing/seed.ts',
          maxWorkers: SIDE_BY_SIDE,
          testTimeout: 30_000,
          // What comes before a test is often the longer part of it: people who meet, a server that starts.
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'views',
          include: [GALLERY],
          exclude: NEVER,
          globalSetup: 'extension/views/gallery/serve-first.ts',
          maxWorkers: SIDE_BY_SIDE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browsers',
          include: ['**/*.{browser,system}.test.ts'],
          exclude: [...NEVER, GALLERY],
          globalSetup: 'extension/e2e/build-first.ts',
          setupFiles: 'wasm-crypto/testing/seed.ts',
          maxWorkers: TWO_AT_A_TIME,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['extension/e2e/**/*.e2e.ts'],
          exclude: NEVER,
          globalSetup: 'extension/e2e/build-first.ts',
          maxWorkers: TWO_AT_A_TIME,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
