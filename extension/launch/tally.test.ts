import { describe, expect, it } from 'vitest';
import { exitCodeOf, type Report, tallyOf } from './tally.mjs';

const report = (numFailedTests: number, ...results: Partial<Report['testResults'][number]>[]): Report => ({
  numPassedTests: 5,
  numFailedTests,
  numPendingTests: 1,
  numTodoTests: 2,
  testResults: results.map((result) => ({
    ...{ name: 'a.test.ts', status: 'passed', startTime: 0, endTime: 1, assertionResults: [{}] },
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

  it('ends badly where nothing ran', () => {
    expect(exitCodeOf({ passed: 0, failed: 0, skipped: 7 })).toBe(1);
  });
});
