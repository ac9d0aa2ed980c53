import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';
import { specsOf } from './mutated-files.js';

export { strykerValidationSchema } from '@stryker-mutator/jest-runner';

/** Stryker's runner for jest, which for each mutant would load every spec, and go on when one has failed. */
const [{ factory: createJestRunner }] = jestPlugins;

/** Runs for each mutant only the specs of its file, one after the other, and no further than the first that fails. */
function createRunner(injector) {
  const runner = createJestRunner(injector);
  const { jestTestAdapter: jest, mutantRun } = runner;

  runner.mutantRun = (options) => {
    runner.jestTestAdapter = {
      run: async (settings) => {
        let run;
        for (const spec of specsOf(options.activeMutant.fileName)) {
          run = await jest.run({ ...settings, testFiles: [spec] });
          if (run.results.numFailedTests + run.results.numRuntimeErrorTestSuites > 0) break;
        }
        return run;
      },
    };
    return mutantRun.call(runner, options);
  };
  return runner;
}
createRunner.inject = createJestRunner.inject;

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'narrow-jest', createRunner)];
