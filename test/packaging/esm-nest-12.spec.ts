import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

describeConsumer('esm-nest-12', (consumer) => {
  it('compiles the files that the README shows, and passes the test that it shows', async () => {
    const files = documentedFiles('README.md');
    expect([...files.keys()]).toEqual(['app.module.ts', 'video.controller.ts', 'video.controller.spec.ts']);
    for (const [name, text] of files) consumer().write(`src/readme/${name}`, text);

    expect(await consumer().npm('exec', '--', 'tsc', '-p', 'tsconfig.readme.json')).toMatchObject({ code: 0 });
    const { code, output } = await consumer().npm('exec', '--', 'vitest', 'run', '--globals', 'src/readme');
    expect(output).toMatch(/2 passed/);
    expect(code).toBe(0);
  });
});
