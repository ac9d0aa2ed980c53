import { expect, it } from '@jest/globals';
import { basename } from 'node:path';
import { describeConsumer } from './consumer-tests.js';
import { documentedFiles } from './documented-files.js';

describeConsumer('esm-nest-12', (consumer) => {
  it('compiles the files that the README and the pages for a beginning show', async () => {
    for (const page of ['README.md', 'docs/getting-started.md']) {
      const files = documentedFiles(page);
      expect([...files.keys()]).toEqual(['app.module.ts', 'video.controller.ts']);
      for (const [name, text] of files) consumer().write(`src/readme/${basename(page, '.md')}/${name}`, text);
    }

    expect(await consumer().npm('exec', '--', 'tsc', '-p', 'tsconfig.readme.json')).toMatchObject({ code: 0 });
  });

  it('compiles and passes the first test that docs/testing.md shows', async () => {
    const files = documentedFiles('docs/testing.md');
    for (const name of ['app.module.ts', 'video.controller.ts', 'archives.ts', 'over-http.spec.ts']) {
      // As the page says of ES modules.
      const text = files.get(name)?.replaceAll(/ from '(\.\/[^']+)'/g, " from '$1.js'");
      consumer().write(`src/readme/${name}`, text ?? '');
    }

    expect(await consumer().npm('exec', '--', 'tsc', '-p', 'tsconfig.readme.json')).toMatchObject({ code: 0 });
    const { code, output } = await consumer().npm('exec', '--', 'vitest', 'run', '--globals', 'src/readme');
    expect(output).toMatch(/2 passed/);
    expect(code).toBe(0);
  });
});
