import { type DynamicModule, Inject, Module, type NestModule } from '@nestjs/common';
import { DiscoveryModule, HttpAdapterHost, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  assertOptions,
  CHECKED_OPTIONS,
  type CheckedOptions,
  checkOptions,
  InvalidOptionError,
  longestValidity,
} from './startup/options-check.js';
import { DELIVERY_WAY, type DeliveryWay, DirectDelivery } from './delivery/delivery.js';
import { CallbackRedelivery } from './delivery/inbox/callback-redelivery.js';
import { DeliveryHealth, probeStorage, STORAGE_OPTIONS } from './delivery/delivery-health.js';
import { InboxDelivery } from './delivery/inbox/inbox-delivery.js';
import { InboxRunner } from './delivery/inbox/inbox-runner.js';
import { LedgerDelivery } from './delivery/ledger/ledger-delivery.js';
import { OwnCallbacks } from './delivery/inbox/own-callbacks.js';
import { DEFAULT_RETENTION, MemoryCallbackLedger } from './delivery/ledger/callback-ledger.js';
import { STORE_SETTINGS, StoreAvailability, type StoreSettings } from './delivery/store/store-availability.js';
import { UNSIGNED_POLICY } from './verification/secure-callback.guard.js';
import { installRawBodyReader } from './payload/raw-body.installer.js';
import { RawBodyReader } from './payload/raw-body.reader.js';
import { LONGEST_TIMER_MS } from './options/number-options.js';
import { PayloadCheck } from './payload/payload-check.js';
import { SignatureKeyCache } from './secrets/signature-key.cache.js';
import { ProjectKeys, SignatureSecretProvider } from './secrets/signature-secret.provider.js';
import { StaticKeys } from './secrets/static-keys.js';
import { SecuredRoutes } from './startup/secured-routes.js';
import { StartUpCheck } from './startup/start-up-check.js';
import { CallbackTelemetry, PINO_PARAMETERS } from './telemetry/callback-telemetry.js';
import { CallbackVerifier } from './verification/callback-verifier.js';
import { RequestOrigin } from './verification/request-origin.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type OPTIONS_TYPE,
  VIDEO_CALLBACKS_OPTIONS,
} from './video-callbacks.module-definition.js';

/**
 * Lets `@VideoCallback` methods receive genuine callbacks of the Vonage Video API. Import it once, with
 * `forRoot(options)` or `forRootAsync({ imports, inject, useFactory | useClass | useExisting })`, see
 * {@link VideoCallbacksOptions}. It is global unless you pass `isGlobal: false`.
 *
 * Start-up fails with an {@link InvalidOptionError} that names the option and the way to fix it.
 *
 * @example
 * VideoCallbacksModule.forRoot({ projects: { '12345678': { archive: process.env.ARCHIVE_SIGNATURE_SECRET } } })
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: CHECKED_OPTIONS,
      // Optional, so that importing VideoCallbacksModule without forRoot() gives our own error message.
      inject: [{ token: VIDEO_CALLBACKS_OPTIONS, optional: true }],
      useFactory: checkOptions,
    },
    { provide: SignatureSecretProvider, inject: [CHECKED_OPTIONS, ModuleRef], useFactory: secretProvider },
    { provide: StaticKeys, inject: [CHECKED_OPTIONS, SignatureSecretProvider], useFactory: staticKeys },
    {
      provide: ProjectKeys,
      inject: [CHECKED_OPTIONS, StaticKeys, SignatureSecretProvider, CallbackTelemetry],
      useFactory: projectKeys,
    },
    {
      provide: CallbackVerifier,
      inject: [CHECKED_OPTIONS, ProjectKeys],
      useFactory: (options: CheckedOptions, keys: ProjectKeys) => new CallbackVerifier({ ...options, keys }),
    },
    {
      provide: RequestOrigin,
      inject: [CHECKED_OPTIONS],
      useFactory: (options: CheckedOptions) => new RequestOrigin(options),
    },
    {
      provide: UNSIGNED_POLICY,
      inject: [CHECKED_OPTIONS],
      useFactory: ({ unsigned }: CheckedOptions) => unsigned,
    },
    {
      provide: CallbackTelemetry,
      inject: [CHECKED_OPTIONS, { token: PINO_PARAMETERS, optional: true }],
      // The observer is not a provider here: if it is also one of the application, Nest would call its lifecycle hooks
      // twice.
      useFactory: ({ observer }: CheckedOptions, pino?: object) => new CallbackTelemetry(observer, pino),
    },
    { provide: STORE_SETTINGS, inject: [CHECKED_OPTIONS], useFactory: storeSettings },
    StoreAvailability,
    { provide: STORAGE_OPTIONS, useExisting: CHECKED_OPTIONS },
    DeliveryHealth,
    {
      provide: DELIVERY_WAY,
      inject: [CHECKED_OPTIONS, StoreAvailability, CallbackTelemetry],
      useFactory: deliveryWay,
    },
    {
      provide: InboxRunner,
      inject: [CHECKED_OPTIONS, HttpAdapterHost, SecuredRoutes, ProjectKeys, CallbackTelemetry],
      useFactory: inboxRunner,
    },
    SecuredRoutes,
    {
      provide: RawBodyReader,
      inject: [CHECKED_OPTIONS, SecuredRoutes, CallbackTelemetry],
      useFactory: (options: CheckedOptions, routes: SecuredRoutes, telemetry: CallbackTelemetry) =>
        new RawBodyReader(options, () => routes.paths(), telemetry),
    },
    PayloadCheck,
    StartUpCheck,
  ],
  exports: [
    CallbackVerifier,
    RequestOrigin,
    UNSIGNED_POLICY,
    CallbackTelemetry,
    RawBodyReader,
    SignatureSecretProvider,
    DeliveryHealth,
    DELIVERY_WAY,
    STORE_SETTINGS,
    PayloadCheck,
  ],
})
export class VideoCallbacksModule extends ConfigurableModuleClass implements NestModule {
  /** @throws {InvalidOptionError} if the module is registered twice in one application */
  constructor(
    reader: RawBodyReader,
    host: HttpAdapterHost,
    modules: ModulesContainer,
    private readonly loader: LazyModuleLoader,
    @Inject(InboxRunner) private readonly inbox: InboxRunner | undefined,
    private readonly startUpCheck: StartUpCheck,
  ) {
    super();
    const registered = [...modules.values()].filter(({ metatype }) => metatype === VideoCallbacksModule);
    if (registered.length > 1) {
      throw new InvalidOptionError(
        'module',
        `registered ${registered.length} times: call forRoot or forRootAsync once, in AppModule, and name all projects there.`,
      );
    }
    installRawBodyReader(host, reader);
  }

  /** @throws {InvalidOptionError} if there are no options */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    assertOptions(options);
    return super.forRoot(options);
  }

  /** @throws {InvalidOptionError} without `useFactory`, `useClass` and `useExisting` */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertOptions(options);
    const { useFactory, useClass, useExisting } = options;
    if ((useFactory ?? useClass ?? useExisting) === undefined) {
      throw new InvalidOptionError('options', 'forRootAsync needs useFactory, useClass or useExisting.');
    }
    return super.forRootAsync(options);
  }

  /**
   * Called by Nest in a process with an HTTP server, once all providers are constructed, before any route is registered
   * and before any hook. Users add no middleware.
   *
   * @throws {InvalidOptionError} if another method takes the requests of a secured method
   */
  async configure(): Promise<void> {
    this.startUpCheck.checkConflicts();
    await this.inbox?.startAfterHooks(this.loader);
  }
}

/** With `projects` there is no provider, unless a test overrides it. */
async function secretProvider(
  options: CheckedOptions,
  moduleRef: ModuleRef,
): Promise<SignatureSecretProvider | undefined> {
  if (options.projects !== undefined) return undefined;
  const { secretProvider } = options;
  if (typeof secretProvider === 'function') return moduleRef.create(secretProvider);
  // Wrapped, because Nest would call the lifecycle hooks of an instance that two modules provide twice.
  return { secretsFor: (query) => secretProvider.secretsFor(query) };
}

async function staticKeys(
  { projects }: CheckedOptions,
  provider: SignatureSecretProvider | undefined,
): Promise<StaticKeys | undefined> {
  return projects === undefined || provider !== undefined ? undefined : StaticKeys.of(projects);
}

function inboxRunner(
  { inbox, storageTimeout }: CheckedOptions,
  host: HttpAdapterHost,
  routes: SecuredRoutes,
  keys: ProjectKeys,
  telemetry: CallbackTelemetry,
): InboxRunner | undefined {
  if (inbox === undefined) return undefined;
  const own = new OwnCallbacks(
    () => routes.find(),
    (projectId, kind) => keys.knowsProject(projectId, kind),
  );
  const redelivery = new CallbackRedelivery(host, own, telemetry);
  return new InboxRunner(inbox, redelivery, telemetry, storageTimeout * 1000);
}

function storeSettings(options: CheckedOptions): StoreSettings {
  return {
    dependency: options.inbox === undefined ? 'ledger' : 'inbox',
    policy: options.unavailable,
    storageTimeoutMs: options.storageTimeout * 1000,
    probe: () => probeStorage(options),
  };
}

function deliveryWay(options: CheckedOptions, store: StoreAvailability, telemetry: CallbackTelemetry): DeliveryWay {
  const { inbox, ledger } = options;
  const duplicateTimeoutMs = options.duplicateTimeout * 1000;
  const inMemory = () => new MemoryCallbackLedger({ retention: Math.max(DEFAULT_RETENTION, longestValidity(options)) });
  if (inbox !== undefined) {
    const settings = {
      dependency: 'ledger',
      policy: 'handle',
      storageTimeoutMs: LONGEST_TIMER_MS,
      probe: () => undefined,
    } as const;
    const memory = new StoreAvailability(settings, telemetry);
    return new InboxDelivery(inbox, store, new LedgerDelivery(inMemory(), memory, duplicateTimeoutMs));
  }
  if (ledger === false) return new DirectDelivery();
  return new LedgerDelivery(ledger ?? inMemory(), store, duplicateTimeoutMs);
}

function projectKeys(
  options: CheckedOptions,
  projects: StaticKeys | undefined,
  provider: SignatureSecretProvider,
  telemetry: CallbackTelemetry,
): ProjectKeys {
  if (projects !== undefined) return projects;
  return new SignatureKeyCache(provider, {
    ttl: options.secretTtl,
    timeout: options.secretTimeout,
    size: options.secretCacheSize,
    staleIfError: options.staleIfError,
    onStale: (error) => {
      telemetry.staleSecrets(error);
    },
  });
}
