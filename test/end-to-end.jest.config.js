import base from '../jest.config.js';

/** Specs whose result does not depend on the version of Nest, nor on that of any other peer. */
export const NO_END_TO_END = [
  '<rootDir>/test/(?:callbacks|samples|cli(?!/listen)|properties|vectors|monitor)/',
  '<rootDir>/test/opentelemetry/(?:bounds|instrumentation|metrics)',
  '<rootDir>/test/terminus/redis-health',
  // They start processes, which load the built package and Nest from the project itself.
  '<rootDir>/test/delivery/inbox/closed-inbox',
  '<rootDir>/test/bullmq/poisoned',
  // Units that are tested without an application.
  '<rootDir>/test/delivery/(?:callback-identity|delivery-health|method-run)',
  '<rootDir>/test/delivery/ledger/(?:claim-waiter|delivery-claims|memory-callback-ledger)',
  '<rootDir>/test/delivery/inbox/(?:known-runs|own-callbacks|read-stored-callback|storing|worker-log)',
  '<rootDir>/test/delivery/store/(?:recovery|store-availability|time-limit)',
  '<rootDir>/test/payload/(?:body-|callback-body|content-type|growing-buffer|shown-body|secured-paths|raw-body-reader)',
  '<rootDir>/test/(?:redis/|postgres/|telemetry/described-errors|swagger/callback-schema)',
  '<rootDir>/test/(?:options/(?:number-options|tested-over-http)|request/|startup/client-certificate-options)',
  '<rootDir>/test/(?:docs|readme|security)\\.',
  '<rootDir>/test/bullmq/(?:suspicion|turns)',
  'ledger-contract.spec.ts$',
  // Rules and time-outs of this package: an application only carries them.
  '<rootDir>/test/delivery/(?:attacks|longest-wait|ledger/shared-ledger|store/unavailable-store)',
  '<rootDir>/test/telemetry/(?:diagnosis|outcome-lines|repeated-lines)',
];

/** Specs of what a version of Node can change: HTTP, TLS, cryptography, timers, async contexts, module loading. */
const DEPENDS_ON_NODE = [
  'nest-11/nest-version',
  'payload/*',
  'mutual-tls/*',
  'verification/{authorization-header,callback-verifier,rejection-reasons}',
  'pipeline/*',
  'module/{applications,failures,routing}',
  'delivery/delivering-over-http',
  'delivery/inbox/{callback-redelivery,inbox-delivery,missing-light-my-request,worker-start}',
  'bullmq/inbox-worker',
  'opentelemetry/{redelivery,spans}',
  'telemetry/outcomes',
  'cli/listen',
];

/** The end-to-end tests on other versions of Node, with the packages of the project itself. */
export default {
  ...base,
  testMatch: DEPENDS_ON_NODE.map((specs) => `<rootDir>/test/${specs}.spec.ts`),
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, ...NO_END_TO_END],
};
