import base from '../../jest.config.js';

/**
 * Tests of the package as npm would publish it: packed once, looked into, and installed into applications.
 *
 * @type {import('jest').Config}
 */
export default {
  ...base,
  displayName: 'package',
  testMatch: ['<rootDir>/test/packaging/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/packaging/pack.js',
  globalTeardown: '<rootDir>/test/packaging/remove-packed.js',
  // npm installs and compilers run in here.
  testTimeout: 180_000,
};
