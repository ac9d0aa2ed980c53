import { spawn } from 'node:child_process';
import { runEndToEnd } from './end-to-end.js';
import { areInstalled } from './programs.js';
import { runJest } from './run-jest.js';

const NOTHING = { passed: 0, failed: 0, skipped: 0 };
const FAILURE = { ...NOTHING, failed: 1 };

/** A step that is no test: it counts only if it fails. Its scripts run at the same time. */
const scripts =
  (...names) =>
  async () => {
    const codes = await Promise.all(names.map(exitCodeOf));
    return codes.every((code) => code === 0) ? NOTHING : FAILURE;
  };

function exitCodeOf(name) {
  const child = spawn('npm', ['run', '--silent', name], { stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', resolve);
  });
}

/**
 * The steps of `npm test` in their order. Each returns its counts, or a promise of them. A step that `needs` others is
 * left out, and counts as failed, if one of them failed. A step that is `onDemand` runs only if it is named.
 */
export const STEPS = {
  // First, so that what is missing is known at once, not after the minute of the next steps.
  programs: { run: () => (areInstalled('redis', 'postgres') ? NOTHING : FAILURE) },
  // The samples import the package by its name, so the compiler and the linter need what was built.
  build: { run: scripts('build') },
  'lint-and-types': { run: scripts('lint', 'test:types', 'test:reference') },
  // Some of its tests start processes of their own, which load what was built.
  unit: { run: () => runJest('jest.config.js'), needs: ['programs'] },
  // The lowest versions that are promised; `npm run test:matrix` runs all of them.
  'nest-11-lowest': { run: () => runEndToEnd('nest-11-lowest', 'node-20'), needs: ['programs'] },
  packaging: { run: () => runJest('test/packaging/jest.config.js'), needs: ['build'] },
  // The page of a sample, which needs Chromium.
  browser: {
    run: () => (areInstalled('chromium') ? runJest('test/monitor/browser/jest.config.js') : FAILURE),
    onDemand: true,
  },
};
