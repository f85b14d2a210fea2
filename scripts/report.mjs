// Counts of vitest's JSON reports.

/** Counts of one report; zeros when the runner left none (its stage has then failed). */
export function readReport(read) {
  try {
    const json = JSON.parse(read());
    return {
      passed: json.numPassedTests,
      failed: json.numFailedTests + emptyFailures(json.testResults),
      skipped: json.numPendingTests + json.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** A file that could not even be loaded has no tests, and still is a failure. */
function emptyFailures(files) {
  return files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
    .length;
}

export function addUp(reports) {
  const sum = (key) => reports.reduce((total, report) => total + report[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
