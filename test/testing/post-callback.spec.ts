import { Controller, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ArchiveCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { callbackFixture, postCallback, signCallback } from '../../lib/testing/index.js';
import { PLATFORMS, PROJECTS } from '../support/application.js';
import { PROJECT, SECRET } from '../support/signer.js';

describe.each(PLATFORMS)('postCallback on %s', (platform) => {
  it('posts to an application of a testing module that does not listen yet', async () => {
    const archives: ArchiveCallback[] = [];

    @Controller('video')
    class VideoController {
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
        archives.push(archive);
      }
    }

    const module = await Test.createTestingModule({
      imports: [VideoCallbacksModule.forRoot({ projects: PROJECTS })],
      controllers: [VideoController],
    }).compile();
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    try {
      const body = callbackFixture('archive', 'available');
      const genuine = signCallback({ kind: 'archive', body, apiKey: PROJECT, secret: SECRET });
      const forged = signCallback({ kind: 'archive', body, apiKey: PROJECT, secret: 'guessed' });

      expect((await postCallback(app, '/video/archives', genuine)).status).toBe(204);
      expect((await postCallback(app, '/video/archives', forged)).status).toBe(401);
      expect(archives).toMatchObject([{ id: body.id }]);
    } finally {
      await app.close();
    }
  });
});
