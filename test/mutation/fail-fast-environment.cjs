const { TestEnvironment } = require('jest-environment-node');

/** The mutant that a test has failed for: it is dead, and the rest of the tests need not run. */
let deadMutant;

/** Skips every test that comes after one that failed, as long as the same mutant is active. */
module.exports = class FailFastEnvironment extends TestEnvironment {
  handleTestEvent({ name, test }) {
    const mutant = process.env.__STRYKER_ACTIVE_MUTANT__;
    if (mutant === undefined) return;
    if (name === 'test_done' && test.errors.length > 0) deadMutant = mutant;
    if (name === 'test_start' && mutant === deadMutant) test.mode = 'skip';
  }
};
