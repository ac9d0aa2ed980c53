import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

describeConsumer('commonjs-nest-11', (consumer) => {
  it('passes the tests that the pages on testing show, without a Redis', async () => {
    const files = [...documentedFiles('docs/testing.md'), ...documentedFiles('docs/testing-with-an-inbox.md')];
    for (const [name, text] of files) consumer().write(`test/docs/${name}`, text);

    const { code, output } = await consumer().npm('exec', '--', 'jest', 'docs');
    expect(output).toMatch(/5 passed/);
    expect(code).toBe(0);
  });
});
