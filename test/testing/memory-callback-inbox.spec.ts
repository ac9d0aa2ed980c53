import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type INestApplication,
  Module,
  Post,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  CallbackInbox,
  DeliveryFailedError,
  VideoCallback,
  VideoCallbacksModule,
} from '../../lib/index.js';
import {
  callbackFixture,
  callbackInboxContract,
  MemoryCallbackInbox,
  postCallback,
  signCallback,
} from '../../lib/testing/index.js';
import { storedCallback } from '../delivery/arrivals.js';
import { PLATFORMS, PROJECTS } from '../support/application.js';
import { PROJECT, SECRET } from '../support/signer.js';

const giveUp = () => new DeliveryFailedError('answered 400', 'give-up');
const succeed = () => Promise.resolve();
const ignore = () => undefined;

describe('MemoryCallbackInbox', () => {
  describe('as an inbox', () => {
    // What it stores does not outlive the object.
    const inbox = new MemoryCallbackInbox({ attempts: 3, backoff: 50 });
    for (const { name, run } of callbackInboxContract(() => inbox, giveUp)) it(name, run);
  });

  it('delivers once by default, and without a pause as often as `attempts` says', async () => {
    const attemptsOf = async (inbox: MemoryCallbackInbox) => {
      inbox.start(() => Promise.reject(new Error('no')), ignore);
      inbox.put(storedCallback());
      return (await inbox.settled()).map(({ attempts }) => attempts);
    };

    expect(await attemptsOf(new MemoryCallbackInbox())).toEqual([1]);
    expect(await attemptsOf(new MemoryCallbackInbox({ attempts: 40 }))).toEqual([40]);
  });

  it('says which callbacks are still being handled when its timeout is over', async () => {
    const inbox = new MemoryCallbackInbox({ timeout: 20 });
    inbox.start(() => new Promise(() => undefined), ignore);
    inbox.put(storedCallback());

    await expect(inbox.settled()).rejects.toThrow(
      'Not handled within 20 ms: archive callback to VideoController.onArchive, attempt 1.',
    );
  });

  it('says so if it was not started', async () => {
    const inbox = new MemoryCallbackInbox({ timeout: 20 });
    inbox.put(storedCallback());

    await expect(inbox.handled()).rejects.toThrow('the inbox was not started: call app.init() or app.listen()');
  });

  it('stops within its timeout though a method does not end, and in the middle of a pause', async () => {
    const hanging = new MemoryCallbackInbox({ timeout: 20 });
    hanging.start(() => new Promise(() => undefined), ignore);
    hanging.put(storedCallback());
    await hanging.stop();

    const pausing = new MemoryCallbackInbox({ attempts: 2, backoff: 60_000 });
    pausing.start(() => Promise.reject(new Error('no')), ignore);
    pausing.put(storedCallback());
    await wait(20);
    await pausing.stop();
    expect(pausing.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('waits also for callbacks that are put while others are handled', async () => {
    const inbox = new MemoryCallbackInbox();
    const deliver = async ({ id }: { id: string }): Promise<void> => {
      await wait(20);
      if (id === 'archive-1') inbox.put(storedCallback({ id: 'archive-2' }));
    };
    inbox.start(deliver, ignore);
    inbox.put(storedCallback());

    expect((await inbox.handled()).map(({ callback }) => callback.id)).toEqual(['archive-1', 'archive-2']);
  });

  it('lets any number of waits go on at once, without a warning', async () => {
    const warnings: string[] = [];
    const keep = ({ name }: Error) => warnings.push(name);
    process.on('warning', keep);
    const inbox = new MemoryCallbackInbox();
    inbox.put(storedCallback());
    const waits = Array.from({ length: 20 }, () => inbox.settled());
    inbox.start(succeed, ignore);

    expect(await Promise.all(waits)).toHaveLength(20);
    await wait(10);
    process.off('warning', keep);
    expect(warnings).toEqual([]);
  });

  it('delivers outside of the context in which a callback was put', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const inbox = new MemoryCallbackInbox();
    inbox.start(() => Promise.resolve(void seen.push(context.getStore())), ignore);
    context.run('the request', () => inbox.put(storedCallback()));
    await inbox.handled();

    expect(seen).toEqual([undefined]);
  });

  it('delivers a copy again once it was cleared, unless the first one is still being handled', async () => {
    const inbox = new MemoryCallbackInbox();
    inbox.start(succeed, ignore);
    inbox.put(storedCallback());
    inbox.clear();
    expect(inbox.put(storedCallback())).toBe('known');
    await inbox.handled();
    inbox.clear();

    expect(await inbox.settled()).toEqual([]);
    expect(inbox.put(storedCallback())).toBe('stored');
  });
});

describe.each(PLATFORMS)('A test with a MemoryCallbackInbox on %s', (platform) => {
  let app: INestApplication;
  let inbox: MemoryCallbackInbox;
  let archives: ArchiveCallback[];
  let failure: Error | undefined;
  let guard: CanActivate;

  @Controller('video')
  class VideoController {
    @Post('archives')
    async onArchive(@VideoCallback('archive') archive: ArchiveCallback): Promise<void> {
      await wait(20);
      if (failure !== undefined) throw failure;
      archives.push(archive);
    }
  }

  @Module({
    imports: [
      VideoCallbacksModule.forRootAsync({
        // As an application has it: the inbox is a provider, which a test replaces.
        extraProviders: [
          {
            provide: CallbackInbox,
            useFactory: () => {
              throw new Error('there is no Redis');
            },
          },
        ],
        inject: [CallbackInbox],
        useFactory: (chosen: CallbackInbox) => ({ projects: PROJECTS, inbox: chosen }),
      }),
    ],
    controllers: [VideoController],
    providers: [
      {
        provide: APP_GUARD,
        useFactory: () => ({ canActivate: (context) => guard.canActivate(context) }) satisfies CanActivate,
      },
    ],
  })
  class AppModule {}

  beforeEach(async () => {
    [archives, failure, guard] = [[], undefined, { canActivate: () => true }];
    inbox = new MemoryCallbackInbox();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(CallbackInbox)
      .useValue(inbox)
      .compile();
    app = module.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(), {
      logger: false,
    });
    await app.init();
  });
  afterEach(() => app.close());

  async function post(body: object): Promise<number> {
    const callback = signCallback({ body, apiKey: PROJECT, secret: SECRET });
    return (await postCallback(app, '/video/archives', callback)).status;
  }

  it('waits until the method has completed', async () => {
    const body = callbackFixture('archive', 'available');
    expect(await post(body)).toBe(204);
    await inbox.handled();

    expect(archives).toMatchObject([{ id: body.id }]);
    expect(archives[0]).toBeInstanceOf(ArchiveCallback);
  });

  it('handles a copy once', async () => {
    const body = callbackFixture('archive', 'available');
    await post(body);
    await post(body);

    expect(await inbox.handled()).toMatchObject([{ callback: { token: { kind: 'archive' } }, attempts: 1 }]);
    expect(archives).toHaveLength(1);
  });

  it('fails with what the method threw', async () => {
    failure = new Error('the database is down');
    expect(await post(callbackFixture('archive', 'available'))).toBe(204);

    await expect(inbox.handled()).rejects.toBe(failure);
    expect(await inbox.settled()).toMatchObject([{ attempts: 1, error: failure }]);
    expect(inbox.counts()).toEqual({ waiting: 0, dead: 1 });
  });

  it('sees a callback that cannot be used', async () => {
    expect(await post({ status: 'available' })).toBe(400);

    await expect(inbox.handled()).rejects.toThrow('id should not be null or undefined');
  });

  it('reports a guard in front of the method', async () => {
    const isFirst = [true];
    guard = {
      canActivate: () => {
        if (isFirst.pop() === undefined) throw new UnauthorizedException();
        return true;
      },
    };
    expect(await post(callbackFixture('archive', 'available'))).toBe(204);

    await expect(inbox.handled()).rejects.toThrow(
      'answered 401: no @VideoCallback method was reached: was the route moved, or does a guard stand in front (isDelivery)?',
    );
  });
});
