import base from '../jest.config.js';

/** What says nothing of the Nest that it runs on, or says the same on each. */
export const NO_END_TO_END = [
  '<rootDir>/test/(?:callbacks|samples|cli(?!/listen)|properties|vectors|monitor)/',
  '<rootDir>/test/opentelemetry/(?:bounds|carried|inbox-gauges|instrumentation|metrics)',
  '<rootDir>/test/terminus/redis-health',
  // Processes of their own load what was built, and Nest, from the project itself.
  '<rootDir>/test/delivery/inbox/closed-inbox',
  '<rootDir>/test/bullmq/poisoned',
  '<rootDir>/test/pg-boss/take-over',
  // Parts that are tested without an application.
  '<rootDir>/test/delivery/(?:callback-identity|method-run|ledger/(?:claim-waiter|delivery-claims|memory-callback-ledger)|store/(?:background-check|pending-records|store-availability|time-limit))',
  '<rootDir>/test/payload/(?:body-|content-type|growing-buffer|shown-body|secured-paths|small-parts)',
  '<rootDir>/test/(?:redis/|postgres/|telemetry/described-errors|swagger/callback-schema)',
  '<rootDir>/test/readme',
  '<rootDir>/test/bullmq/(?:suspicion|turns|worker-log)',
  'ledger-contract.spec.ts$',
];

/** What says nothing of the Node that it runs on either: rules of our own, in code that only counts and compares. */
const THE_SAME_ON_EVERY_NODE =
  '<rootDir>/test/(?:verification/|secrets/|testing/|delivery/attacks|module/enhancers|bullmq/(?:shared|suspects|failed))';

/** The tests that run whole applications, on the packages of the project itself. */
export default {
  ...base,
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, ...NO_END_TO_END, THE_SAME_ON_EVERY_NODE],
};
