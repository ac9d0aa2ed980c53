import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// jest loads ES modules through an interface of Node that is experimental, and says so once per process.
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

// What a test leaves open keeps jest from ending: that is to fail, and not to hold up everything for ever.
const LIMIT = { timeout: 10 * 60_000, killSignal: 'SIGKILL' };

/** Runs the tests of one jest configuration, on this Node or another one, and counts them. */
export function runJest(config, { binary = process.execPath } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'jest-results-'));
  const outputFile = join(folder, 'results.json');
  try {
    const args = [...JEST, '--config', config, '--json', '--outputFile', outputFile];
    const { status } = spawnSync(binary, args, { stdio: ['inherit', 'ignore', 'inherit'], ...LIMIT });
    return countsOf(outputFile, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countsOf(outputFile, status) {
  let results;
  try {
    results = JSON.parse(readFileSync(outputFile, 'utf8'));
  } catch {
    // jest ended before it had any result.
    return { passed: 0, failed: 1, skipped: 0 };
  }
  // A file that cannot be loaded has no tests that could fail, so it counts as one.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
