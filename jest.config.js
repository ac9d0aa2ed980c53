import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  // These have runs of their own: the packed package needs a build and packages to install, the other one Chromium.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/packaging/', '<rootDir>/test/monitor/browser/'],
  testEnvironment: 'node',
  // Most specs wait for the most part: for time-outs, for Redis, for processes of their own. Twice as many as there are
  // processors keep these busy, and no wait has to be cut to what only a quiet machine keeps.
  maxWorkers: 2 * availableParallelism(),
  testSequencer: '<rootDir>/test/longest-first.js',
  // A net for what hangs, wide enough for a machine that is busy with other things.
  testTimeout: 20_000,
  globals: { nestVersion: '12' },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Samples import the package by its name; what is tested is what is written, not what was built last.
    '^nestjs-vonage-video-callbacks$': '<rootDir>/lib/index.ts',
    '^nestjs-vonage-video-callbacks/testing$': '<rootDir>/lib/testing/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/test/consumers', '<rootDir>/sample/.*/dist'],
};
