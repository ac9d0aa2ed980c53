import { join } from 'node:path';
import base from '../../jest.config.js';
import { SPECS } from './mutated-files.js';

export default {
  ...base,
  testEnvironment: join(import.meta.dirname, 'fail-fast-environment.cjs'),
  testMatch: SPECS.map((spec) => `<rootDir>/${spec}`),
};
