import base from '../jest.config.js';

/** What says nothing of the Nest and the Node that it runs on, or says the same on each of them. */
const NO_END_TO_END = [
  '<rootDir>/test/(?:callbacks|samples|cli|verification|secrets|testing|properties|vectors|monitor)/',
  '<rootDir>/test/opentelemetry/(?:bounds|carried|inbox-gauges|instrumentation|metrics)',
  '<rootDir>/test/terminus/redis-health',
  '<rootDir>/test/readme',
  '-contract.spec.ts$',
];

/** The tests that run whole applications, on the packages of the project itself. */
export default { ...base, testPathIgnorePatterns: [...base.testPathIgnorePatterns, ...NO_END_TO_END] };
