/** What a run of the tests comes to. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * What vitest's JSON report holds, as far as it is read here.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {Array<{ name: string, status: string, startTime: number, endTime: number, assertionResults: unknown[] }>} testResults
 */

/**
 * @param {Report} report
 * @param {number | null} code vitest's own exit code
 * @returns {Tally}
 */
export function tallyOf(report, code) {
  // A file that could not even be read has no tests to count, and must not go unseen.
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && result.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    // Errors outside of any test, such as an unhandled rejection, show in the exit code only.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What the command ends with: a run in which nothing was tried has shown nothing. @param {Tally} total @returns {0 | 1} */
export function exitCodeOf({ passed, failed }) {
  return failed > 0 || passed === 0 ? 1 : 0;
}
