import { type INestApplication, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  CallbackInbox,
  type DeliverStored,
  type StoredCallback,
  VideoCallbacksModule,
} from 'nestjs-vonage-video-callbacks';
import { callbackFixture, postCallback, signCallback } from 'nestjs-vonage-video-callbacks/testing';
import { VideoController } from '../src/video.controller';

/** Keeps callbacks in memory until the test delivers them. */
class KeepingInbox extends CallbackInbox {
  readonly scope = 'kept in memory';
  readonly retention = 93_600;
  readonly stored: StoredCallback[] = [];
  deliver: DeliverStored = () => Promise.reject(new Error('not started'));

  put(callback: StoredCallback): 'stored' {
    this.stored.push(callback);
    return 'stored';
  }
  start(deliver: DeliverStored): void {
    this.deliver = deliver;
  }
  counts(): { waiting: number; dead: number } {
    return { waiting: this.stored.length, dead: 0 };
  }
  stop(): void {}
  close(): void {}
}

const secret = 'the-archive-secret-of-this-test!';
const inbox = new KeepingInbox();

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
    for (const stored of inbox.stored) await inbox.deliver(stored, { attempt: 1, of: 1 });

    expect(app.get(VideoController).all()).toEqual(['Vonage: b40ef09b available']);
  });
});
