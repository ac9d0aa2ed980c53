import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Global,
  type INestApplication,
  type NestApplicationOptions,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  Post,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Transport } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type ArchiveCallback, type StoredCallback, VideoCallback, VideoCallbacksModule } from '../../../lib/index.js';
import { type Platform, PLATFORMS, PROJECTS } from '../../support/application.js';
import { KeptLogs } from '../../support/logs.js';
import { MemoryInbox } from '../../support/memory-inbox.js';
import { PAYLOADS } from '../../support/payloads.js';
import { until } from '../../support/until.js';
import { storedCallback, verifiedToken } from '../arrivals.js';

let events: string[];
/** Hooks that have begun. */
let begun: string[];
let opened: { close(): Promise<unknown> } | undefined;
let logs: KeptLogs;

/** An inbox that notes when its worker starts. */
class NotingInbox extends MemoryInbox {
  override readonly events = events;
}

/** A hook that takes its time, such as one that loads tenants from a database. */
class SlowHook implements OnApplicationBootstrap {
  async onApplicationBootstrap(): Promise<void> {
    begun.push('hook');
    await wait(50);
    events.push('hook');
  }
}

class FailingHook implements OnApplicationBootstrap {
  onApplicationBootstrap(): Promise<void> {
    return Promise.reject(new Error('the tenants cannot be loaded'));
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') { status }: ArchiveCallback): void {
    events.push(status);
  }
}

const adapterOf = (platform: Platform): AbstractHttpAdapter =>
  platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();

const ours = ({ isGlobal = true, inbox = new NotingInbox() } = {}) =>
  VideoCallbacksModule.forRoot({ projects: PROJECTS, inbox, isGlobal });

function moduleWith(metadata: ModuleMetadata, base: Type = Object): Type {
  @Module({ imports: [ours()], controllers: [VideoController], ...metadata })
  class AppModule extends base {}
  return AppModule;
}

/** A TCP server on any free port. */
const MICROSERVICE = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;

function genuine(): StoredCallback {
  const body = Buffer.from(JSON.stringify(PAYLOADS.archive));
  const token = verifiedToken();
  const claims = { ...token.claims, payload_hash: hash('sha256', body) };
  return storedCallback({ token: { ...token, claims }, body: body.toString('base64') });
}

@Injectable()
class SlowProvider extends SlowHook {}

@Module({ providers: [SlowProvider] })
class FeatureModule {}

@Global()
@Module({ providers: [SlowProvider] })
class GlobalModule {}

const PLACES: readonly (readonly [string, () => Type])[] = [
  ['the class of AppModule', () => moduleWith({}, SlowHook)],
  ['a provider of AppModule', () => moduleWith({ providers: [SlowProvider] })],
  ['a feature module imported after it', () => moduleWith({ imports: [ours(), FeatureModule] })],
  ['a feature module imported before it', () => moduleWith({ imports: [FeatureModule, ours()] })],
  ['a global module', () => moduleWith({ imports: [ours(), GlobalModule] })],
  [
    'AppModule, which imports it as no global module',
    () => moduleWith({ imports: [ours({ isGlobal: false })] }, SlowHook),
  ],
];

const NOT_HERE = 'This process does not deliver stored callbacks: ';
const NO_SERVER = `${NOT_HERE}there is no HTTP server on Express or Fastify.`;

const linesOn = (topic: string): string[] => logs.lines.filter((line) => line.includes(topic));

describe('the worker of an inbox', () => {
  beforeEach(() => {
    events = [];
    begun = [];
    logs = new KeptLogs();
    Logger.overrideLogger(logs);
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  describe.each(PLATFORMS)('on %s', (platform) => {
    async function create(AppModule: Type, options: NestApplicationOptions = {}): Promise<INestApplication> {
      const app = await NestFactory.create(AppModule, adapterOf(platform), {
        logger: logs,
        abortOnError: false,
        ...options,
      });
      opened = app;
      return app;
    }

    it.each(PLACES)('starts after a slow bootstrap hook in %s', async (_, makeModule) => {
      const app = await create(makeModule());
      await app.init();

      expect(events).toEqual(['hook', 'start']);
      expect(linesOn(NOT_HERE)).toEqual([]);
    });

    it('starts in an application made for a test', async () => {
      const testing = await Test.createTestingModule({ imports: [moduleWith({}, SlowHook)] }).compile();
      const app = testing.createNestApplication(adapterOf(platform), { logger: logs });
      opened = app;
      await app.init();

      expect(events).toEqual(['hook', 'start']);
    });

    it('starts in an application whose modules are recorded for tools (snapshot)', async () => {
      const app = await create(moduleWith({}, SlowHook), { snapshot: true });
      await app.init();

      expect(events).toEqual(['hook', 'start']);
    });

    it('delivers in an application that does not listen', async () => {
      const inbox = new NotingInbox();
      const app = await create(moduleWith({ imports: [ours({ inbox })] }));
      await app.init();
      await inbox.deliver(genuine(), { attempt: 1, of: 1 });

      expect(events).toEqual(['start', 'available']);
    });

    it('delivers in a hybrid application', async () => {
      const inbox = new NotingInbox();
      const app = await create(moduleWith({ imports: [ours({ inbox })] }, SlowHook));
      app.connectMicroservice(MICROSERVICE);
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      await inbox.deliver(genuine(), { attempt: 1, of: 1 });

      expect(events).toEqual(['hook', 'start', 'available']);
    });

    it('does not start in an application without a method for callbacks', async () => {
      const app = await create(moduleWith({ controllers: [] }));
      await app.init();

      expect(events).toEqual([]);
      expect(linesOn(NOT_HERE)).toEqual([expect.stringContaining(`${NOT_HERE}no method uses @VideoCallback.`)]);
    });

    it('does not start when a bootstrap hook fails', async () => {
      const app = await create(moduleWith({}, FailingHook));

      await expect(app.init()).rejects.toThrow('the tenants cannot be loaded');
      expect(events).toEqual([]);
    });

    it('does not start when the application is closed before its hooks are done', async () => {
      const app = await create(moduleWith({}, SlowHook));
      const initialized = app.init();
      await until(() => begun.length > 0);
      await app.close();
      opened = undefined;
      await initialized;

      expect(events).not.toContain('start');
      expect(events).toEqual(expect.arrayContaining(['stop', 'close']));
    });
  });

  it('does not start in an application context, which says so once', async () => {
    opened = await NestFactory.createApplicationContext(moduleWith({}), { logger: logs });

    expect(events).toEqual([]);
    expect(linesOn(NOT_HERE)).toEqual([expect.stringContaining(NO_SERVER)]);
  });

  it('does not start in a microservice, which says so once', async () => {
    const service = await NestFactory.createMicroservice(moduleWith({}), { logger: logs, ...MICROSERVICE });
    opened = service;
    await service.listen();

    expect(events).toEqual([]);
    expect(linesOn(NOT_HERE)).toEqual([expect.stringContaining(NO_SERVER)]);
  });

  it('does not start in a testing module that is no application', async () => {
    const testing = await Test.createTestingModule({ imports: [moduleWith({})] })
      .setLogger(logs)
      .compile();
    opened = testing;
    await testing.init();

    expect(events).toEqual([]);
    expect(linesOn(NOT_HERE)).toEqual([expect.stringContaining(NO_SERVER)]);
  });
});
