import base from '../../jest.config.js';

/** The configuration that runs the end-to-end tests on the packages installed in a folder beside this file. */
export const onPackagesOf = (folder, nestVersion) => ({
  ...base,
  displayName: `Nest ${nestVersion}`,
  resolver: `${folder}/resolver.cjs`,
  globals: { nestVersion },
  // What imports nothing of Nest, or is slow and the same on every version, runs once, on Nest 12.
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    '<rootDir>/test/(?:callbacks|samples|cli|properties|vectors|monitor)/',
    '<rootDir>/test/readme',
    '-contract.spec.ts$',
    // What becomes of an outcome once it is told is the same on every Nest.
    '<rootDir>/test/opentelemetry/(?:bounds|carried|inbox-gauges|instrumentation|metrics)',
  ],
});
