import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CallHandler, type ExecutionContext, Injectable, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  CallbackVerifier,
  DeliveryInterceptor,
  type SecretQuery,
  SecureCallbackGuard,
  SignatureSecretProvider,
  VideoCallbacksModule,
} from '../../lib/index.js';
import { type Platform, PLATFORMS, post, PROJECTS, startApplication } from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { KeptLogs } from '../support/logs.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, type SignedRequest } from '../support/signer.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';

@Module({ imports: [VideoCallbacksModule.forRoot({ projects: PROJECTS })], controllers: [KindsController] })
class AppModule {}

const adapterOf = (platform: Platform) => (platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
const create = (platform: Platform) =>
  NestFactory.create(AppModule, adapterOf(platform), { logger: new KeptLogs(), abortOnError: false });

async function statusOf(server: Server, request = archiveRequest()): Promise<number> {
  const { port } = server.address() as AddressInfo;
  return (await post(`http://127.0.0.1:${port}/callbacks/archive`, request)).status;
}

describe.each(PLATFORMS)('applications on %s', (platform) => {
  const apps: INestApplication[] = [];

  beforeEach(() => {
    takeHandled();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  it('in one process accept their own secret only', async () => {
    const secrets = ['secret-of-the-first-application', 'secret-of-the-second-application', SECRET];
    const running = await Promise.all(
      secrets.map((secret) => startApplication({ platform, options: { projects: { [PROJECT]: secret } } })),
    );
    apps.push(...running.map(({ app }) => app));

    const statuses = await Promise.all(
      running.map((application) =>
        Promise.all(
          secrets.map(
            async (secret) => (await application.post('/callbacks/archive', archiveRequest({ secret }))).status,
          ),
        ),
      ),
    );

    expect(statuses).toEqual([
      [204, 401, 401],
      [401, 204, 401],
      [401, 401, 204],
    ]);
    for (const { observed } of running) {
      expect([observed.outcomes.accepted.length, observed.outcomes.rejected.length]).toEqual([1, 2]);
    }
  });

  it('can be closed and created again of the same module', async () => {
    for (let round = 1; round <= 3; round += 1) {
      const app = await create(platform);
      await app.listen(0, '127.0.0.1');
      const server = app.getHttpServer() as Server;
      try {
        expect([round, await statusOf(server)]).toEqual([round, 204]);
        expect([round, await statusOf(server, forgedArchiveRequest())]).toEqual([round, 401]);
      } finally {
        await app.close();
      }
    }
    expect(takeHandled()).toHaveLength(3);
  });

  it('can exist several times of the same module', async () => {
    const servers = await Promise.all(
      [1, 2].map(async () => {
        const app = await create(platform);
        apps.push(app);
        await app.listen(0, '127.0.0.1');
        return app.getHttpServer() as Server;
      }),
    );

    for (const server of servers) expect(await statusOf(server)).toBe(204);
    expect(takeHandled()).toHaveLength(2);
  });

  it('serve callbacks if their HTTP server is started without Nest', async () => {
    const app = await create(platform);
    apps.push(app);
    await app.init();
    if (platform === 'fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
    const server = app.getHttpServer() as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

    expect(await statusOf(server)).toBe(204);
    expect(await statusOf(server, forgedArchiveRequest())).toBe(401);
  });

  it('of Test.createTestingModule() serve callbacks', async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = testing.createNestApplication(adapterOf(platform), { logger: new KeptLogs() });
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as Server;

    expect(await statusOf(server)).toBe(204);
    expect(await statusOf(server, forgedArchiveRequest())).toBe(401);
    expect(takeHandled()).toMatchObject([{ kind: 'archive', callback: PAYLOADS.archive }]);
  });

  it('that are created with bufferLogs: true serve callbacks', async () => {
    const { app } = await startApplication({ platform, nest: { bufferLogs: true } });
    apps.push(app);

    expect(await statusOf(app.getHttpServer() as Server)).toBe(204);
    expect(await statusOf(app.getHttpServer() as Server, forgedArchiveRequest())).toBe(401);
  });
});

describe('app.inject() on fastify', () => {
  it.each(['NestFactory', 'Test.createTestingModule()'])('delivers callbacks without a socket (%s)', async (way) => {
    takeHandled();
    const app =
      way === 'NestFactory'
        ? await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
            logger: new KeptLogs(),
            abortOnError: false,
          })
        : (
            await Test.createTestingModule({ imports: [AppModule] }).compile()
          ).createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: new KeptLogs() });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const inject = ({ headers, body }: ReturnType<typeof archiveRequest>) =>
      app.inject({ method: 'POST', url: '/callbacks/archive', headers, payload: body });
    try {
      expect((await inject(archiveRequest())).statusCode).toBe(204);
      expect((await inject(forgedArchiveRequest())).statusCode).toBe(401);
      expect(takeHandled()).toMatchObject([{ kind: 'archive', callback: PAYLOADS.archive }]);
    } finally {
      await app.close();
    }
  });
});

describe('an application without HTTP', () => {
  it('of createApplicationContext() starts, with the verifier at hand', async () => {
    const logs = new KeptLogs();
    const context = await NestFactory.createApplicationContext(AppModule, { logger: logs, abortOnError: false });
    const { headers, body } = archiveRequest();
    try {
      const verified = await context.get(CallbackVerifier, { strict: false }).verify(headers, body, 'archive');
      expect(verified).toMatchObject({ kind: 'archive', projectId: PROJECT });
      expect(logs.of('error')).toEqual([]);
      expect(logs.of('log').join()).not.toContain('Secured');
    } finally {
      await context.close();
    }
  });

  it('of Test.createTestingModule() starts, with the verifier at hand', async () => {
    const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const { headers, body } = archiveRequest();

    await testing.init();

    const verified = await testing.get(CallbackVerifier, { strict: false }).verify(headers, body, 'archive');
    expect(verified).toMatchObject({ kind: 'archive', projectId: PROJECT });
    await testing.close();
  });
});

describe('an application on another platform', () => {
  class OtherAdapter extends ExpressAdapter {
    override getType(): string {
      return 'koa';
    }
  }

  it('is refused with an error that names the platforms', async () => {
    const started = startApplication({ adapter: new OtherAdapter() });
    await started.then(
      (running) => running.close(),
      () => undefined,
    );

    await expect(started).rejects.toThrow(
      'the platform is "koa": use @nestjs/platform-express or @nestjs/platform-fastify.',
    );
  });
});

const PRODUCTION_SECRET = 'a secret that the tests do not have';

/** The application under test, with the secrets of production. */
@Module({
  imports: [VideoCallbacksModule.forRoot({ projects: { [PROJECT]: PRODUCTION_SECRET } })],
  controllers: [KindsController],
})
class ProductionModule {}

const TEST_SECRET = 'a secret that only the tests know';

@Injectable()
class TestSecrets extends SignatureSecretProvider {
  override secretsFor({ projectId }: SecretQuery): string | undefined {
    return projectId === PROJECT ? TEST_SECRET : undefined;
  }
}

describe.each(PLATFORMS)('a provider that a test overrides on %s', (platform) => {
  let app: INestApplication;
  const logs = new KeptLogs();

  beforeEach(() => {
    takeHandled();
    logs.lines.length = 0;
  });
  afterEach(() => app.close());

  const start = async (override: (builder: TestingModuleBuilder) => TestingModuleBuilder) => {
    const testing = await override(Test.createTestingModule({ imports: [ProductionModule] })).compile();
    app = testing.createNestApplication(adapterOf(platform), { logger: logs });
    await app.listen(0, '127.0.0.1');
  };

  it.each<readonly [string, (builder: TestingModuleBuilder) => TestingModuleBuilder]>([
    ['a class', (builder) => builder.overrideProvider(SignatureSecretProvider).useClass(TestSecrets)],
    ['an instance', (builder) => builder.overrideProvider(SignatureSecretProvider).useValue(new TestSecrets())],
    [
      'a factory',
      (builder) => builder.overrideProvider(SignatureSecretProvider).useFactory({ factory: () => new TestSecrets() }),
    ],
  ])('can be the secrets, with %s', async (_, override) => {
    await start(override);

    expect(await statusOf(app.getHttpServer() as Server, archiveRequest({ secret: TEST_SECRET }))).toBe(204);
    expect(await statusOf(app.getHttpServer() as Server, archiveRequest({ secret: PRODUCTION_SECRET }))).toBe(401);
    expect(takeHandled()).toHaveLength(1);
  });

  it.each<readonly [string, (builder: TestingModuleBuilder) => TestingModuleBuilder, SignedRequest]>([
    [
      'SecureCallbackGuard',
      (builder) => builder.overrideGuard(SecureCallbackGuard).useValue({ canActivate: () => true }),
      forgedArchiveRequest(),
    ],
    [
      'DeliveryInterceptor',
      (builder) =>
        builder.overrideInterceptor(DeliveryInterceptor).useValue({
          intercept: (_context: ExecutionContext, next: CallHandler) => next.handle(),
        }),
      archiveRequest({ secret: PRODUCTION_SECRET }),
    ],
  ])('cannot be %s: the answer is 500, the log says why, and no method is called', async (name, override, request) => {
    await start(override);

    expect(await statusOf(app.getHttpServer() as Server, request)).toBe(500);

    expect(takeHandled()).toEqual([]);
    expect(logs.of('error').join('\n')).toMatch(new RegExp(`KindsController\\.onArchive.*${name}`));
  });
});
