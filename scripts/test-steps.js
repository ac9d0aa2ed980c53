import { spawnSync } from 'node:child_process';
import { installChromium } from './install-chromium.js';
import { installRedis } from './install-redis.js';
import { installPackages } from './install-packages.js';
import { runJest } from './run-jest.js';

const NOTHING = { passed: 0, failed: 0, skipped: 0 };
const FAILURE = { ...NOTHING, failed: 1 };

/** A step that is no test: it counts only if it fails. */
const script = (name) => () =>
  spawnSync('npm', ['run', '--silent', name], { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0
    ? NOTHING
    : FAILURE;

const onPackagesOf = (folder) => () => (installPackages(folder) ? runJest(`${folder}/jest.config.js`) : FAILURE);

/**
 * The steps of `npm test` in their order. Each returns its counts. A step that `needs` another is left out, and counts
 * as failed, if that one failed.
 */
export const STEPS = {
  // The samples import the package by its name, so the compiler and the linter need what was built.
  build: { run: script('build') },
  lint: { run: script('lint') },
  types: { run: script('test:types') },
  redis: { run: () => (installRedis() ? NOTHING : FAILURE) },
  chromium: { run: () => (installChromium() ? NOTHING : FAILURE) },
  unit: { run: () => runJest('jest.config.js'), needs: 'redis' },
  'nest-11-latest': { run: onPackagesOf('test/nest-11/latest') },
  'nest-11-lowest': { run: onPackagesOf('test/nest-11/lowest') },
  packaging: { run: () => runJest('test/packaging/jest.config.js'), needs: 'build' },
};
