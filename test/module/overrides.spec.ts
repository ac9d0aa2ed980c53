import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CallHandler, type ExecutionContext, Injectable, type INestApplication, Module } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  DeliveryInterceptor,
  type SecretQuery,
  SecureCallbackGuard,
  SignatureSecretProvider,
  VideoCallbacksModule,
} from '../../lib/index.js';
import { type Answer, PLATFORMS, post } from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { KeptLogs } from '../support/logs.js';
import { PROJECT, type SignedRequest } from '../support/signer.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';

/** The application under test: with secrets that a test does not have. */
@Module({
  imports: [VideoCallbacksModule.forRoot({ projects: { [PROJECT]: 'the secret of the real thing, 32' } })],
  controllers: [KindsController],
})
class AppModule {}

const TEST_SECRET = 'a secret that only the tests know';

@Injectable()
class TestSecrets extends SignatureSecretProvider {
  override secretsFor({ projectId }: SecretQuery): string | undefined {
    return projectId === PROJECT ? TEST_SECRET : undefined;
  }
}

describe.each(PLATFORMS)('in a testing module on %s', (platform) => {
  let app: INestApplication;
  const logs = new KeptLogs();

  beforeEach(() => {
    takeHandled();
    logs.lines.length = 0;
  });
  afterEach(() => app.close());

  const start = async (override: (builder: TestingModuleBuilder) => TestingModuleBuilder) => {
    const testing = await override(Test.createTestingModule({ imports: [AppModule] })).compile();
    app = testing.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(), {
      logger: logs,
    });
    await app.listen(0, '127.0.0.1');
  };
  const send = (request: SignedRequest): Promise<Answer> => {
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    return post(`http://127.0.0.1:${port}/callbacks/archive`, request);
  };

  it.each<readonly [string, (builder: TestingModuleBuilder) => TestingModuleBuilder]>([
    ['a class', (builder) => builder.overrideProvider(SignatureSecretProvider).useClass(TestSecrets)],
    ['an instance', (builder) => builder.overrideProvider(SignatureSecretProvider).useValue(new TestSecrets())],
    [
      'a factory',
      (builder) => builder.overrideProvider(SignatureSecretProvider).useFactory({ factory: () => new TestSecrets() }),
    ],
  ])('the secrets can be replaced with %s', async (_, override) => {
    await start(override);

    expect(await send(archiveRequest({ secret: TEST_SECRET }))).toMatchObject({ status: 204 });
    expect(await send(archiveRequest({ secret: 'the secret of the real thing, 32' }))).toMatchObject({ status: 401 });
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
      archiveRequest({ secret: 'the secret of the real thing, 32' }),
    ],
  ])('to replace %s gives an error that says so, not an unverified payload', async (name, override, request) => {
    await start(override);

    expect(await send(request)).toMatchObject({ status: 500 });

    expect(takeHandled()).toEqual([]);
    expect(logs.of('error').join('\n')).toMatch(new RegExp(`KindsController\\.onArchive.*${name}`));
  });
});
