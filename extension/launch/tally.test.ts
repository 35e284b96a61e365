import { describe, expect, it } from 'vitest';
import { exitCodeOf, failuresOf, type Report, tallyOf } from './tally.mjs';

const report = (numFailedTests: number, ...results: Partial<Report['testResults'][number]>[]): Report => ({
  numPassedTests: 5,
  numFailedTests,
  numPendingTests: 1,
  numTodoTests: 2,
  testResults: results.map((result) => ({
    ...{ name: 'a.test.ts', status: 'passed', message: '', startTime: 0, endTime: 1 },
    assertionResults: [{ fullName: 'it does', status: 'passed', failureMessages: [] }],
    ...result,
  })),
});

describe('npm test', () => {
  it('ends well where everything passed, and counts what was left out', () => {
    const tally = tallyOf(report(0, {}), 0);
    expect(tally).toEqual({ passed: 5, failed: 0, skipped: 3 });
    expect(exitCodeOf(tally)).toBe(0);
  });

  it.each([
    ['a test failed', report(2, { status: 'failed' }), 1, 2],
    ['a file could not be read', report(0, {}, { status: 'failed', assertionResults: [] }), 1, 1],
    ['both', report(2, { status: 'failed' }, { status: 'failed', assertionResults: [] }), 1, 3],
    ['something failed outside of every test', report(0, {}), 1, 1],
    ['vitest was ended', report(0, {}), null, 1],
  ])('ends badly where %s', (_what, said, code, failed) => {
    const tally = tallyOf(said, code);
    expect(tally.failed).toBe(failed);
    expect(exitCodeOf(tally)).toBe(1);
  });

  it('says again at the end what failed, and the beginning of why', () => {
    const failed = (fullName: string, ...failureMessages: string[]) => ({
      fullName,
      status: 'failed',
      failureMessages,
    });
    const said = failuresOf(
      report(
        2,
        {},
        {
          name: '/there/b.test.ts',
          status: 'failed',
          assertionResults: [
            failed('it opens', 'no door\n    at b.ts:1'),
            failed('it shuts', 'x'.repeat(100_000)),
          ],
        },
        { name: '/there/c.test.ts', status: 'failed', message: 'no such file', assertionResults: [] },
      ),
      (file) => file.replace('/there/', ''),
    );
    expect(said).toEqual([
      'b.test.ts > it opens\n  no door\n      at b.ts:1',
      `b.test.ts > it shuts\n  ${'x'.repeat(200)}`,
      'c.test.ts\n  no such file',
    ]);
  });

  it('ends badly where nothing ran', () => {
    expect(exitCodeOf({ passed: 0, failed: 0, skipped: 7 })).toBe(1);
  });
});
