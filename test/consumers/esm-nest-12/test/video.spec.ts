import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callbackFixture, postCallback, signCallback } from 'nestjs-vonage-video-callbacks/testing';
import { VideoController } from '../src/video.controller.js';

const SECRET = 'the-archive-secret-of-this-test!';
const ARCHIVE = {
  kind: 'archive',
  body: callbackFixture('archive', 'available', { id: 'b40ef09b' }),
  apiKey: '12345678',
} as const;

describe('The archive callbacks of this application', () => {
  let app: INestApplication;

  beforeAll(async () => {
    process.env['SIGNATURE_SECRET'] = SECRET;
    const { AppModule } = await import('../src/app.module.js');
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = testing.createNestApplication();
  });
  afterAll(() => app.close());

  it('reach their method', async () => {
    const { status } = await postCallback(app, '/video/archives', signCallback({ ...ARCHIVE, secret: SECRET }));

    expect(status).toBe(204);
    expect(app.get(VideoController).all()).toEqual(['Vonage: b40ef09b available']);
  });

  it('are refused when forged', async () => {
    const { status } = await postCallback(app, '/video/archives', signCallback({ ...ARCHIVE, secret: 'guessed' }));

    expect(status).toBe(401);
  });
});
