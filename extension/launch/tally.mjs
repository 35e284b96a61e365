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
 * @property {Array<FileReport>} testResults
 *
 * @typedef {object} FileReport
 * @property {string} name
 * @property {string} status
 * @property {string} message what kept the whole file from being read
 * @property {number} startTime
 * @property {number} endTime
 * @property {Array<{ fullName: string, status: string, failureMessages: string[] }>} assertionResults
 */

/** How much is said of one failure; a message may hold a whole built file. */
const LINES = 6;
const COLUMNS = 200;

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

/**
 * Each failure with the first lines of its message, to be said again at the end: where only the end of a long output is
 * kept, it has to say what failed.
 *
 * @param {Report} report
 * @param {(file: string) => string} shorten
 * @returns {string[]}
 */
export function failuresOf(report, shorten) {
  return report.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed');
    if (tests.length === 0)
      return file.status === 'failed' ? [failure(shorten(file.name), [file.message])] : [];
    return tests.map((test) => failure(`${shorten(file.name)} > ${test.fullName}`, test.failureMessages));
  });
}

/** @param {string} name @param {string[]} messages */
function failure(name, messages) {
  const lines = messages.flatMap((message) => message.split('\n').slice(0, LINES));
  return [name, ...lines.map((line) => `  ${line.slice(0, COLUMNS)}`)].join('\n');
}

/** What the command ends with: a run in which nothing was tried has shown nothing. @param {Tally} total @returns {0 | 1} */
export function exitCodeOf({ passed, failed }) {
  return failed > 0 || passed === 0 ? 1 : 0;
}
