import base from '../../../jest.config.js';

/** The tests that reach BullMQ, on the packages installed beside this file: the lowest BullMQ 6 and ioredis. */
export default {
  ...base,
  displayName: 'BullMQ 6.0.0',
  resolver: `${import.meta.dirname}/resolver.cjs`,
  testMatch: [
    '<rootDir>/test/bullmq/*.spec.ts',
    '<rootDir>/test/delivery/inbox/{dead-callbacks,inbox-contract,inbox-delivery}.spec.ts',
  ],
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    // Its processes load BullMQ from the project itself.
    '<rootDir>/test/bullmq/poisoned',
  ],
};
