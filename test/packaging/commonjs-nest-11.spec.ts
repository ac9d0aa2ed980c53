import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

/** The tests that the pages on testing show; none of them needs a Redis. */
const DOCUMENTED = new Map([
  ...documentedFiles('docs/testing.md'),
  ...documentedFiles('docs/testing-with-an-inbox.md'),
]);

describeConsumer(
  'commonjs-nest-11',
  (consumer) => {
    it('compiles as ES modules for Node', async () => {
      const modules = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
      const tsc = ['exec', '--', 'tsc', '-p', 'tsconfig.build.json', '--noEmit', '--skipLibCheck', ...modules];

      expect(await consumer().npm(...tsc)).toMatchObject({ code: 0, output: '' });
    });
  },
  { passed: 9, added: DOCUMENTED },
);
