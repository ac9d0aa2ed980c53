import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FILES, MUTATED } from './mutated-files.js';

const name = MUTATED.replaceAll('/', '-');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: FILES,
  plugins: [import.meta.resolve('./runner.js')],
  testRunner: 'narrow-jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  // A jest process that has loaded modules some thousand times takes ever more memory.
  maxTestRunnerReuse: 100,
  jest: { configFile: 'test/mutation/jest.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 15_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 5,
  // What is mutated need not compile: only swc, which looks at no type, sees it.
  disableTypeChecks: false,
  ignorePatterns: ['dist', 'sample/*/dist', 'test/consumers', 'docs', 'coverage'],
  tempDirName: join(tmpdir(), `mutated-${name}`),
  cleanTempDir: 'always',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: `coverage/mutation/${name}.json` },
  allowEmpty: false,
};
