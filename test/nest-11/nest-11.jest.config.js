import base from '../../jest.config.js';
import { DEPENDS_ON_PEERS, testMatch } from '../end-to-end-specs.js';

/** The configuration that runs the end-to-end tests on the packages installed in a folder beside this file. */
export const onPackagesOf = (folder, nestVersion, specs = DEPENDS_ON_PEERS) => ({
  ...base,
  displayName: `Nest ${nestVersion}`,
  resolver: `${folder}/resolver.cjs`,
  globals: { nestVersion },
  testMatch: testMatch(specs),
});
