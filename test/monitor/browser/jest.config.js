import base from '../../../jest.config.js';

/**
 * The live monitor's page in Chromium: `npm test -- browser`.
 *
 * @type {import('jest').Config}
 */
export default {
  ...base,
  displayName: 'browser',
  testMatch: ['<rootDir>/test/monitor/browser/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
