import { expect, it } from '@jest/globals';
import { describeConsumer } from './consumer-tests.js';
import { readmeFiles } from './readme-files.js';

describeConsumer('esm-nest-12', (consumer) => {
  it('compiles the files that the README shows', async () => {
    const files = readmeFiles();
    expect([...files.keys()]).toEqual(expect.arrayContaining(['app.module.ts', 'video.controller.ts']));
    for (const [name, text] of files) consumer().write(`src/readme/${name}`, text);

    expect(await consumer().npm('run', 'build')).toMatchObject({ code: 0 });
  });
});
