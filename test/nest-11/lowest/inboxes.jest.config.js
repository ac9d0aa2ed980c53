import { DEPENDS_ON_INBOX, STARTS_PROCESSES } from '../../end-to-end-specs.js';
import { onPackagesOf } from '../nest-11.jest.config.js';

const config = onPackagesOf(import.meta.dirname, '11.1.4', DEPENDS_ON_INBOX);

/** All tests of the inboxes, on the lowest BullMQ 5 and pg-boss. */
export default { ...config, testPathIgnorePatterns: [...config.testPathIgnorePatterns, ...STARTS_PROCESSES] };
