import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

/** The files with which docs/testing.md begins. */
const FIRST_TEST = ['app.module.ts', 'video.controller.ts', 'archives.ts', 'over-http.spec.ts'];

describeConsumer('esm-nest-12', (consumer) => {
  it('compiles the quick start and the first test of the documentation, and passes that test', async () => {
    const quickStart = documentedFiles('README.md');
    expect([...quickStart.keys()]).toEqual(['app.module.ts', 'video.controller.ts']);
    for (const [name, text] of quickStart) consumer().write(`src/readme/quick-start/${name}`, text);

    const testing = documentedFiles('docs/testing.md');
    for (const name of FIRST_TEST) {
      // As the page says of ES modules.
      const text = testing.get(name)?.replaceAll(/ from '(\.\/[^']+)'/g, " from '$1.js'");
      consumer().write(`src/readme/${name}`, text ?? '');
    }

    // test/docs compiles every block of the pages against the sources; here it is the package that counts.
    expect(await consumer().npm('exec', '--', 'tsc', '-p', 'tsconfig.readme.json')).toMatchObject({ code: 0 });
    const { code, output } = await consumer().npm('exec', '--', 'vitest', 'run', '--globals', 'src/readme');
    expect(output).toMatch(/2 passed/);
    expect(code).toBe(0);
  });
});
