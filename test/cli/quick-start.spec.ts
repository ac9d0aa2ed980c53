import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { PLATFORMS } from '../support/application.js';
import { runCommand } from './support/run-command.js';

const PATHS = {
  session: 'sessions',
  archive: 'archives',
  sip: 'sip',
  experienceComposer: 'experience-composers',
  broadcast: 'broadcasts',
  captions: 'captions',
};

describe.each(PLATFORMS)('send to sample/01-quick-start on %s', (platform) => {
  let env: Readonly<Record<string, string>>;
  let start: () => Promise<INestApplication>;
  beforeAll(async () => {
    // The sample imports the package by its name; here that is what is tested, and not what was last built.
    jest.unstable_mockModule('nestjs-vonage-video-callbacks', () => import('../../lib/index.js'), { virtual: true });
    const { AppModule } = await import('../../sample/01-quick-start/src/app.module.js');
    ({ ENVIRONMENT: env } = await import('../../sample/01-quick-start/src/demonstration/secrets.js'));
    Object.assign(process.env, env);
    start = async () => {
      const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
      const app = await NestFactory.create(AppModule, adapter, { logger: false });
      await app.listen(0, '127.0.0.1');
      return app;
    };
  });

  it('plays a whole call, and finds that every forgery is refused', async () => {
    const app = await start();
    try {
      const url = await app.getUrl();
      const paths = Object.entries(PATHS).flatMap(([kind, path]) => ['--path', `${kind}=/video/${path}`]);
      const scenario = await runCommand(['send', url, '--scenario', 'session', '--speed', '100000', ...paths], { env });
      expect(scenario).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('24 of 24 callbacks') });
      const forged = await runCommand(['send', url, '--kind', 'archive', '--forge', '--strict', ...paths], { env });
      expect(forged).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('All were refused.') });
    } finally {
      await app.close();
    }
  }, 60_000);
});
