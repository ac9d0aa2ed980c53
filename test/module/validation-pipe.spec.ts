import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, UsePipes, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import { IsString, useContainer } from 'class-validator';
import { type ArchiveCallback as TypeOfArchiveCallback, ConnectionCreatedCallback } from '../../lib/index.js';
import {
  ArchiveCallback,
  CallbackAttempt,
  CallbackClaims,
  CallbackKind,
  CallbackTokenClaims,
  DeliveryAttempt,
  RawCallback,
  SessionCallback,
  VideoCallback,
  VideoCallbackKind,
} from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';

/** What the methods got. */
const received: unknown[] = [];

class CreateRoom {
  @IsString()
  name!: string;
}

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
    received.push(archive);
  }

  @Post('archives-by-type')
  onArchiveByType(@VideoCallback('archive') archive: TypeOfArchiveCallback): void {
    received.push(archive);
  }

  @Post('archives-with-everything')
  onArchiveWithEverything(
    @CallbackClaims() claims: CallbackTokenClaims,
    @RawCallback() raw: Record<string, unknown>,
    @VideoCallback('archive') archive: ArchiveCallback,
  ): void {
    received.push(archive, claims.jti, raw);
  }

  @Post('sessions')
  onSession(
    @VideoCallback('session') callback: SessionCallback,
    @CallbackKind() kind: VideoCallbackKind,
    @DeliveryAttempt() { attempt }: CallbackAttempt,
  ): void {
    received.push(callback, kind, attempt);
  }

  @Post('rooms')
  createRoom(@Body() room: CreateRoom): string {
    return room.name;
  }
}

const FLAGS = ['whitelist', 'forbidNonWhitelisted', 'transform', 'forbidUnknownValues'] as const;

/** Every combination of the flags, each with `validateCustomDecorators` and without it. */
const COMBINATIONS: readonly (readonly [string, ValidationPipeOptions])[] = [true, false].flatMap(
  (validateCustomDecorators) =>
    Array.from({ length: 1 << FLAGS.length }, (_, bits) => {
      const options = Object.fromEntries(FLAGS.map((flag, index) => [flag, (bits & (1 << index)) !== 0]));
      const given = [...FLAGS.filter((flag) => options[flag]), ...(validateCustomDecorators ? ['custom'] : [])];
      return [given.join(' + ') || 'nothing', { ...options, validateCustomDecorators }] as const;
    }),
);

describe.each(PLATFORMS)('a ValidationPipe on %s', (platform) => {
  let running: RunningApplication;

  beforeEach(() => {
    received.length = 0;
  });
  afterEach(() => running.close());

  it.each(COMBINATIONS)('that is global, with %s, leaves callbacks alone', async (_, options) => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.useGlobalPipes(new ValidationPipe(options)),
    });
    const fromTheFuture = { ...PAYLOADS.archive, addedNextYear: { deep: [1] }, status: 'sublimated', duration: 328.5 };

    for (const path of ['archives', 'archives-by-type', 'archives-with-everything']) {
      const jti = `the-id-for-${path}`;
      const genuine = signed(fromTheFuture, { claims: { jti } });
      expect(await running.post(`/video/${path}`, genuine)).toMatchObject({ status: 204, text: '' });
      const [archive, ...others] = received.splice(0);
      expect(archive).toBeInstanceOf(ArchiveCallback);
      expect(archive).toMatchObject({ id: PAYLOADS.archive['id'], status: 'sublimated', duration: 328.5 });
      expect(others).toEqual(path === 'archives-with-everything' ? [jti, fromTheFuture] : []);
    }
    expect(await running.post('/video/sessions', signed(PAYLOADS.session))).toMatchObject({ status: 204 });
    expect(received[0]).toBeInstanceOf(ConnectionCreatedCallback);
    expect(received).toMatchObject([PAYLOADS.session, 'session', 1]);
  });

  it('that is global validates other routes as ever', async () => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) =>
        void app.useGlobalPipes(
          new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true }),
        ),
    });
    const headers = { 'content-type': 'application/json' };
    const create = (body: object) => running.post('/video/rooms', { headers, body: Buffer.from(JSON.stringify(body)) });

    expect(await create({ name: 'blue' })).toMatchObject({ status: 201, text: 'blue' });
    expect(await create({ name: 1 })).toMatchObject({ status: 400 });
    expect(await create({ name: 'blue', more: 1 })).toMatchObject({ status: 400 });
  });

  it('that gets its constraints from the application, with fallbackOnErrors, leaves callbacks alone', async () => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      nest: { logger: false },
      configure: (app) => {
        app.useGlobalPipes(new ValidationPipe());
        useContainer(app, { fallbackOnErrors: true });
      },
    });
    try {
      expect(await running.post('/video/archives', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
      expect(received[0]).toBeInstanceOf(ArchiveCallback);
    } finally {
      useContainer({ get: () => undefined }, { fallback: true });
    }
  });

  it('on the method leaves callbacks alone', async () => {
    @Controller('piped')
    class PipedController {
      @Post()
      @UsePipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true }))
      on(@VideoCallback('archive') archive: ArchiveCallback): void {
        received.push(archive);
      }
    }
    running = await startApplication({ platform, controllers: [PipedController] });

    expect(await running.post('/piped', signed({ ...PAYLOADS.archive, addedNextYear: 1 }))).toMatchObject({
      status: 204,
    });
    expect(received[0]).toBeInstanceOf(ArchiveCallback);
  });

  it.each([
    ['Function', Function],
    ['Object', Object],
    ['nothing', undefined],
  ])('leaves a parameter alone for whose type the compiler emitted %s', async (_, emitted) => {
    // What `import type` of a DTO makes of the parameter depends on the compiler; the tests' own emits Object.
    @Controller('emitted')
    class EmittedController {
      on(archive: ArchiveCallback): void {
        received.push(archive);
      }
    }
    const { prototype } = EmittedController;
    Reflect.defineMetadata('design:paramtypes', [emitted], prototype, 'on');
    VideoCallback('archive')(prototype, 'on', 0);
    Post()(prototype, 'on', Object.getOwnPropertyDescriptor(prototype, 'on') ?? {});
    running = await startApplication({
      platform,
      controllers: [EmittedController],
      configure: (app) =>
        void app.useGlobalPipes(
          new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true }),
        ),
    });

    expect(await running.post('/emitted', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(received[0]).toBeInstanceOf(ArchiveCallback);
  });
});
