import { onPackagesOf } from '../nest-11.jest.config.js';

const all = onPackagesOf(import.meta.dirname, '11.1.4');

export default {
  ...all,
  testPathIgnorePatterns: [
    ...all.testPathIgnorePatterns,
    // Long tables of tokens and secrets, in which Nest plays no part: the latest Nest 11 runs them.
    '<rootDir>/test/(?:verification|secrets|testing)/',
  ],
};
