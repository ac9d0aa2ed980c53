import { Inject, Module } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import { CHECKED_OPTIONS, type CheckedOptions, checkOptions } from './start-up/options-check.js';
import { InvalidOptionError } from './start-up/invalid-option.error.js';
import { installRawBodyReader } from './payload/raw-body.installer.js';
import { SignatureKeyCache } from './secrets/signature-key.cache.js';
import { SignatureSecretProvider } from './secrets/signature-secret.provider.js';
import { StaticSecretProvider } from './secrets/static-secret.provider.js';
import { SecuredRoutes } from './start-up/secured-route.js';
import { StartUpCheck } from './start-up/start-up-check.js';
import { CallbackTelemetry } from './telemetry/callback-telemetry.js';
import { CallbackVerifier } from './verification/callback-verifier.js';
import { RequestOrigin } from './verification/request-origin.js';
import { ConfigurableModuleClass, VIDEO_CALLBACKS_OPTIONS } from './video-callbacks.module-definition.js';

/**
 * Lets `@VideoCallback` methods receive genuine callbacks of the Vonage Video API. To be imported once, with
 * `forRoot(options)` or `forRootAsync({ imports, inject, useFactory | useClass | useExisting })`, see
 * {@link VideoCallbacksOptions}; global unless `isGlobal: false`.
 *
 * Start-up fails with an {@link InvalidOptionError} that names the option and the way to mend it.
 *
 * @example
 * VideoCallbacksModule.forRoot({ projects: { '12345678': { archive: process.env.ARCHIVE_SIGNATURE_SECRET } } })
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: CHECKED_OPTIONS,
      // Optional, so that a bare VideoCallbacksModule among the imports is reported in our words.
      inject: [{ token: VIDEO_CALLBACKS_OPTIONS, optional: true }],
      useFactory: checkOptions,
    },
    { provide: SignatureSecretProvider, inject: [CHECKED_OPTIONS, ModuleRef], useFactory: secretProvider },
    { provide: CallbackVerifier, inject: [CHECKED_OPTIONS, SignatureSecretProvider], useFactory: verifier },
    {
      provide: RequestOrigin,
      inject: [CHECKED_OPTIONS],
      useFactory: (options: CheckedOptions) => new RequestOrigin(options),
    },
    {
      provide: CallbackTelemetry,
      inject: [CHECKED_OPTIONS],
      useFactory: ({ observer }: CheckedOptions) => new CallbackTelemetry(observer),
    },
    {
      provide: SecuredRoutes,
      inject: [DiscoveryService, MetadataScanner, ApplicationConfig, ModulesContainer],
      useFactory: (...dependencies: ConstructorParameters<typeof SecuredRoutes>) => new SecuredRoutes(...dependencies),
    },
    {
      provide: StartUpCheck,
      inject: [CHECKED_OPTIONS, SignatureSecretProvider, SecuredRoutes, HttpAdapterHost],
      useFactory: (...dependencies: ConstructorParameters<typeof StartUpCheck>) => new StartUpCheck(...dependencies),
    },
  ],
  exports: [CallbackVerifier, RequestOrigin, CallbackTelemetry, SignatureSecretProvider],
})
export class VideoCallbacksModule extends ConfigurableModuleClass {
  /** @throws {InvalidOptionError} if the module is registered twice in one application */
  constructor(@Inject(CHECKED_OPTIONS) options: CheckedOptions, host: HttpAdapterHost, modules: ModulesContainer) {
    super();
    const registered = [...modules.values()].filter(({ metatype }) => metatype === VideoCallbacksModule);
    if (registered.length > 1) {
      throw new InvalidOptionError(
        'module',
        `registered ${registered.length} times: call forRoot or forRootAsync once, in AppModule, and name all projects there.`,
      );
    }
    installRawBodyReader(host, options);
  }
}

async function secretProvider(
  { projects, secretProvider }: CheckedOptions,
  moduleRef: ModuleRef,
): Promise<SignatureSecretProvider> {
  if (projects !== undefined) return new StaticSecretProvider(projects);
  if (typeof secretProvider === 'function') return moduleRef.create(secretProvider);
  if (secretProvider !== undefined) return secretProvider;
  throw new InvalidOptionError('projects', 'neither "projects" nor "secretProvider" is given.');
}

function verifier(options: CheckedOptions, secrets: SignatureSecretProvider): CallbackVerifier {
  // What is written down in the options does not change.
  const ttl = secrets instanceof StaticSecretProvider ? Infinity : options.secretTtl;
  const keys = new SignatureKeyCache(secrets, { ttl, timeout: options.secretTimeout });
  return new CallbackVerifier({ ...options, keys });
}
