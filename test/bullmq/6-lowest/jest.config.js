import base from '../../../jest.config.js';
import { DEPENDS_ON_INBOX, STARTS_PROCESSES, testMatch } from '../../end-to-end-specs.js';

const specs = { bullmq: DEPENDS_ON_INBOX.bullmq, 'delivery/inbox': DEPENDS_ON_INBOX['delivery/inbox'] };

/** The tests that reach BullMQ, on the packages installed beside this file: the lowest BullMQ 6 and ioredis. */
export default {
  ...base,
  displayName: 'BullMQ 6.0.0',
  resolver: `${import.meta.dirname}/resolver.cjs`,
  testMatch: testMatch(specs),
  testPathIgnorePatterns: [...base.testPathIgnorePatterns, ...STARTS_PROCESSES],
};
