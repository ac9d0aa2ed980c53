import base from '../../jest.config.js';
import { NO_END_TO_END } from '../end-to-end.jest.config.js';

/** The configuration that runs the end-to-end tests on the packages installed in a folder beside this file. */
export const onPackagesOf = (folder, nestVersion) => ({
  ...base,
  displayName: `Nest ${nestVersion}`,
  resolver: `${folder}/resolver.cjs`,
  globals: { nestVersion },
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, ...NO_END_TO_END],
});
