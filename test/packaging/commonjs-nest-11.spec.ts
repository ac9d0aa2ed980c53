import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

describeConsumer('commonjs-nest-11', (consumer) => {
  it('passes the tests that docs/testing.md shows, without a Redis', async () => {
    const files = documentedFiles('docs/testing.md');
    for (const [name, text] of files) consumer().write(`test/docs/${name}`, text);

    const { code, output } = await consumer().npm('exec', '--', 'jest', 'docs');
    expect(output).toMatch(/5 passed/);
    expect(code).toBe(0);
  });
});
