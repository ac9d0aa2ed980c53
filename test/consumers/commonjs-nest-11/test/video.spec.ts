import { type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { VideoController } from '../src/video.controller';
import { signedCallback } from './signed-callback';

const SECRET = 'the-archive-secret-of-this-test!';
const ARCHIVE = { id: 'b40ef09b', event: 'archive', status: 'available', sessionId: '2_MX4', partnerId: 12345678 };

describe('The archive callbacks of this application', () => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    process.env['ARCHIVE_SECRET'] = SECRET;
    const { AppModule } = await import('../src/app.module');
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = testing.createNestApplication(new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  it('reach their method', async () => {
    const { status } = await fetch(`${url}/video/archives`, signedCallback(ARCHIVE, SECRET));

    expect(status).toBe(204);
    expect(app.get(VideoController).all()).toEqual(['Vonage: b40ef09b available']);
  });

  it('are refused when forged', async () => {
    const { status } = await fetch(`${url}/video/archives`, signedCallback(ARCHIVE, 'guessed'));

    expect(status).toBe(401);
  });
});
