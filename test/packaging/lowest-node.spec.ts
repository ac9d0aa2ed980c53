import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { nodeBinary } from '../../scripts/node-binary.js';
import { NODES } from '../../scripts/versions.js';
import { run } from '../support/run.js';
import { packedFolder, tarball } from './packed.js';

/** Nest 12 itself has a dependency that demands Node 22. */
const NEST = ['@nestjs/common@11', '@nestjs/core@11', '@nestjs/platform-express@11', 'reflect-metadata', 'rxjs'];

describe('The packed package', () => {
  it('is installed beside @nestjs/bullmq 11, which demands BullMQ 5', async () => {
    const folder = join(packedFolder(), 'bullmq-5');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const wanted = [tarball(), ...NEST, '@nestjs/bullmq@11', 'bullmq@5'];
    const { code, output } = await run(
      'npm',
      ['install', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', ...wanted],
      folder,
    );

    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  });
});

describe('The packed package, on the lowest Node', () => {
  const folder = join(packedFolder(), 'lowest-node');
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    const binary = nodeBinary(NODES['node-20']);
    if (binary === undefined) throw new Error(`Node ${NODES['node-20']} cannot be installed`);
    // npm is a script: it runs on the first Node of the path.
    env = { ...process.env, PATH: [dirname(binary), process.env['PATH']].join(delimiter) };
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  });

  it('is installed by package managers that refuse what is made for another Node', async () => {
    const { code, output } = await run(
      'npm',
      ['install', '--engine-strict', '--no-audit', '--no-fund', tarball(), ...NEST],
      folder,
      env,
    );

    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  });

  it('is loaded, and so is what an inbox needs', async () => {
    const script = `
      const { VideoCallbacksModule } = await import('nestjs-vonage-video-callbacks');
      const { inject } = await import('light-my-request');
      console.log(process.version, VideoCallbacksModule.name, typeof inject);
    `;
    const { output } = await run('node', ['--input-type=module', '--eval', script], folder, env);

    expect(output.trim()).toBe(`v${NODES['node-20']} VideoCallbacksModule function`);
  });
});
