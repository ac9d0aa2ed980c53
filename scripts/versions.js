/** The versions of Node that are promised, as the registry's package of Node takes them; the first is the lowest. */
export const NODES = { 'node-20': '20.19.0', 'node-22': '22', 'node-24': '24', 'node-26': '26' };

/**
 * The versions of Nest and of the inboxes' peers that are promised: whose packages, and how jest runs the end-to-end
 * tests on them. The lowest Nest 11 has the lowest of all other peers beside it.
 */
export const NESTS = {
  'nest-11-lowest': { folder: 'test/nest-11/lowest', config: 'test/nest-11/lowest/jest.config.js' },
  'nest-11-latest': { folder: 'test/nest-11/latest', config: 'test/nest-11/latest/jest.config.js' },
  'inboxes-lowest': { folder: 'test/nest-11/lowest', config: 'test/nest-11/lowest/inboxes.jest.config.js' },
  'bullmq-6-lowest': { folder: 'test/bullmq/6-lowest', config: 'test/bullmq/6-lowest/jest.config.js' },
  'nest-12': { folder: '.', config: 'test/end-to-end.jest.config.js' },
};
