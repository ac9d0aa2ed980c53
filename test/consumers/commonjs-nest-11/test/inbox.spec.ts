import { type INestApplication, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import {
  callbackFixture,
  callbackOf,
  MemoryCallbackInbox,
  postCallback,
  signCallback,
} from 'nestjs-vonage-video-callbacks/testing';
import { VideoController } from '../src/video.controller';

const secret = 'the-archive-secret-of-this-test!';
const inbox = new MemoryCallbackInbox();

@Module({
  imports: [VideoCallbacksModule.forRoot({ inbox, projects: { '12345678': secret } })],
  controllers: [VideoController],
})
class AppModule {}

describe('The stored callbacks of this application', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = testing.createNestApplication(new FastifyAdapter());
  });
  afterAll(() => app.close());

  it('reach their method', async () => {
    const body = callbackFixture('archive', 'available', { id: 'b40ef09b' });
    const callback = signCallback({ kind: 'archive', body, apiKey: '12345678', secret });
    expect((await postCallback(app, '/video/archives', callback)).status).toBe(204);
    await inbox.handled();

    expect(app.get(VideoController).all()).toEqual(['Vonage: b40ef09b available']);
  });
});

describe('VideoController', () => {
  it('takes a DTO that is made of a fixture', () => {
    const controller = new VideoController();
    const archive = callbackOf('archive', callbackFixture('archive', 'available', { id: 'b40ef09b' }));
    controller.onArchive(archive, { iat: 0, jti: '1', iss: 'Vonage' });

    expect(controller.all()).toEqual(['Vonage: b40ef09b available']);
  });
});
