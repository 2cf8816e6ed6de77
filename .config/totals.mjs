/**
 * `node totals.mjs REPORT STATUS`: prints the totals of vitest's JSON report, then, alone on the
 * last line, `N passed, N failed`. Exits 0 only if the run (STATUS) was good and tests ran.
 */
import { existsSync, readFileSync } from 'node:fs';

const [file = '', status = '1'] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
const totals = report ? count(report) : { passed: 0, failed: 0, skipped: 0, files: 0 };
const good = status === '0' && totals.passed > 0 && totals.failed === 0;

if (!report) console.log(`the run stopped before the tests, with exit code ${status}`);
console.log(`${totals.files} test files, ${totals.skipped} tests skipped`);
// A run that went wrong elsewhere (lint, types, a crash) never ends with "0 failed".
console.log(`${totals.passed} passed, ${good ? 0 : Math.max(1, totals.failed)} failed`);
process.exitCode = good ? 0 : Number(status) || 1;

/** A file that failed to load has no failed test in it: it counts as one. */
function count({ numPassedTests, numPendingTests, numTodoTests = 0, numFailedTests, testResults }) {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
    files: testResults.length,
  };
}
