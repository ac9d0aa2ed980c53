import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, type ModuleMetadata, Post } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  ArchiveCallback,
  type SecretQuery,
  SignatureSecretProvider,
  VideoCallback,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
  type VideoCallbacksOptionsFactory,
} from '../../lib/index.js';
import { type ApplicationSetup, PROJECTS, startApplication } from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET } from '../support/signer.js';
import { ARCHIVES } from '../support/verdict.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';

const OPTIONS: VideoCallbacksOptions = { projects: PROJECTS };
const IN_TURN = () => new Promise<void>((resolve) => setImmediate(resolve));

@Injectable()
class Vault {
  readonly secrets: Readonly<Record<string, string>> = PROJECTS;
}

@Module({ providers: [Vault], exports: [Vault] })
class VaultModule {}

@Injectable()
class VaultSecretProvider extends SignatureSecretProvider {
  constructor(private readonly vault: Vault) {
    super();
  }

  override secretsFor({ projectId }: SecretQuery): string | undefined {
    return this.vault.secrets[projectId];
  }
}

@Injectable()
class OptionsFactory implements VideoCallbacksOptionsFactory {
  createVideoCallbacksOptions(): VideoCallbacksOptions {
    return OPTIONS;
  }
}

@Injectable()
class InjectedOptionsFactory implements VideoCallbacksOptionsFactory {
  constructor(private readonly vault: Vault) {}

  async createVideoCallbacksOptions(): Promise<VideoCallbacksOptions> {
    await IN_TURN();
    return { projects: this.vault.secrets };
  }
}

@Module({ providers: [OptionsFactory], exports: [OptionsFactory] })
class OptionsModule {}

const configModule = () =>
  ConfigModule.forRoot({
    ignoreEnvFile: true,
    ignoreEnvVars: true,
    load: [() => ({ VIDEO_API_KEY: PROJECT, SIGNATURE_SECRET: SECRET })],
  });

const REGISTRATIONS: readonly (readonly [string, () => ModuleMetadata['imports']])[] = [
  ['forRoot', () => [VideoCallbacksModule.forRoot(OPTIONS)]],
  [
    'forRoot with an injectable secret provider and what it needs in extraProviders',
    () => [VideoCallbacksModule.forRoot({ secretProvider: VaultSecretProvider, extraProviders: [Vault] })],
  ],
  [
    'forRootAsync with a factory that gets the ConfigService',
    () => [
      VideoCallbacksModule.forRootAsync({
        imports: [configModule()],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => ({
          projects: { [config.getOrThrow<string>('VIDEO_API_KEY')]: config.getOrThrow<string>('SIGNATURE_SECRET') },
        }),
      }),
    ],
  ],
  [
    'forRootAsync with a factory that takes its time',
    () => [
      VideoCallbacksModule.forRootAsync({
        useFactory: async () => {
          await IN_TURN();
          return OPTIONS;
        },
      }),
    ],
  ],
  [
    'forRootAsync with a factory that gets one of extraProviders',
    () => [
      VideoCallbacksModule.forRootAsync({
        extraProviders: [Vault],
        inject: [Vault],
        useFactory: ({ secrets }: Vault) => ({ projects: secrets }),
      }),
    ],
  ],
  [
    'forRootAsync with an injectable secret provider and what it needs in imports',
    () => [
      VideoCallbacksModule.forRootAsync({
        imports: [VaultModule],
        useFactory: () => ({ secretProvider: VaultSecretProvider }),
      }),
    ],
  ],
  ['forRootAsync with useClass', () => [VideoCallbacksModule.forRootAsync({ useClass: OptionsFactory })]],
  [
    'forRootAsync with a useClass that gets one of imports and answers with a promise',
    () => [VideoCallbacksModule.forRootAsync({ imports: [VaultModule], useClass: InjectedOptionsFactory })],
  ],
  [
    'forRootAsync with useExisting',
    () => [VideoCallbacksModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsFactory })],
  ],
];

const local = (): ReturnType<typeof VideoCallbacksModule.forRoot> =>
  VideoCallbacksModule.forRoot({ ...OPTIONS, isGlobal: false });
const localAsync = (): ReturnType<typeof VideoCallbacksModule.forRoot> =>
  VideoCallbacksModule.forRootAsync({ useFactory: () => OPTIONS, isGlobal: false });

const NOT_IMPORTED = {
  name: 'ModuleNotImportedError',
  message:
    '@VideoCallback is used, but VideoCallbacksModule is not imported: add VideoCallbacksModule.forRoot({ … }) to the ' +
    "imports of AppModule or, with isGlobal: false, to those of the controller's module.",
};

/** Expects that an application handles genuine callbacks and refuses forged ones. */
async function expectServed(setup: ApplicationSetup, ...paths: readonly string[]): Promise<void> {
  const running = await startApplication(setup);
  try {
    for (const path of paths.length === 0 ? [ARCHIVES] : paths) {
      expect(await running.post(path, archiveRequest())).toMatchObject({ status: 204 });
      expect(await running.post(path, forgedArchiveRequest())).toMatchObject({ status: 401 });
    }
  } finally {
    await running.close();
  }
}

afterEach(() => {
  takeHandled();
});

describe('registration in JavaScript', () => {
  const call = (method: 'forRoot' | 'forRootAsync', args: readonly unknown[]) =>
    expect(() => VideoCallbacksModule[method](...(args as [never])));

  it.each([
    ['forRoot', [], 'the options are undefined: import VideoCallbacksModule.forRoot({ projects: { … } })'],
    ['forRoot', [null], 'the options are null: import'],
    ['forRoot', [SECRET], 'the options are a string: import'],
    ['forRootAsync', [], 'the options are undefined: import'],
    ['forRootAsync', [{}], 'forRootAsync needs useFactory, useClass or useExisting'],
  ] as const)('with %s(%j) is an error that says what is missing', (method, args, message) => {
    const error = { name: 'InvalidOptionError', option: 'options', message: expect.stringContaining(message) };
    call(method, args).toThrow(expect.objectContaining(error));
    call(method, args).not.toThrow(SECRET);
  });
});

describe('registration', () => {
  it.each(REGISTRATIONS)('with %s handles genuine callbacks and refuses forged ones', async (_, imports) => {
    await expectServed({ imports: imports() });
    expect(takeHandled()).toHaveLength(1);
  });

  describe.each([
    ['forRoot', local],
    ['forRootAsync', localAsync],
  ])('with %s and isGlobal: false', (_, register) => {
    it('serves the controllers of a module that imports it', async () => {
      @Module({ imports: [register()], controllers: [KindsController] })
      class FeatureModule {}

      await expectServed({ imports: [FeatureModule], controllers: [] });
    });

    it('serves several modules that import the same registration', async () => {
      const registration = register();
      @Controller('other')
      class OtherController {
        @Post()
        @VideoCallback('archive')
        onArchive(): string {
          return 'handled';
        }
      }
      @Module({ imports: [registration], controllers: [KindsController] })
      class FeatureModule {}
      @Module({ imports: [registration], controllers: [OtherController] })
      class OtherModule {}

      await expectServed({ imports: [FeatureModule, OtherModule], controllers: [] }, ARCHIVES, '/other');
    });

    it('ends the start-up if the module of a controller does not import it', async () => {
      @Module({ controllers: [KindsController] })
      class FeatureModule {}

      await expect(startApplication({ imports: [register(), FeatureModule], controllers: [] })).rejects.toMatchObject(
        NOT_IMPORTED,
      );
    });
  });

  it.each(['forRoot', 'forRootAsync'] as const)('with %s serves feature modules that do not import it', async (way) => {
    @Module({ controllers: [KindsController] })
    class FeatureModule {}
    const registration = REGISTRATIONS.find(([name]) => name.startsWith(`${way} with`) || name === way);

    await expectServed({ imports: [FeatureModule, ...(registration?.[1]() ?? [])], controllers: [] });
  });

  it('that is missing ends the start-up', async () => {
    await expect(startApplication({ imports: [] })).rejects.toMatchObject(NOT_IMPORTED);
  });

  it.each([
    ['throws', () => () => JSON.parse('{') as VideoCallbacksOptions, { name: 'SyntaxError' }],
    [
      'rejects',
      () => async () => {
        await IN_TURN();
        throw new Error('the vault is sealed');
      },
      { message: 'the vault is sealed' },
    ],
  ])('with an options factory that %s ends the start-up with its error', async (_, useFactory, error) => {
    const imports = [VideoCallbacksModule.forRootAsync({ useFactory: useFactory() })];

    await expect(startApplication({ imports })).rejects.toMatchObject(error);
  });

  it('without a configuration value ends the start-up with its name', async () => {
    const imports = [
      VideoCallbacksModule.forRootAsync({
        imports: [configModule()],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => ({
          projects: { [PROJECT]: { archive: config.getOrThrow<string>('ARCHIVE_SECRET') } },
        }),
      }),
    ];

    await expect(startApplication({ imports })).rejects.toThrow('"ARCHIVE_SECRET"');
  });

  it.each<readonly [string, () => NonNullable<ModuleMetadata['imports']>]>([
    ['forRoot twice', () => [VideoCallbacksModule.forRoot(OPTIONS), VideoCallbacksModule.forRoot({ ...OPTIONS })]],
    [
      'forRoot and forRootAsync',
      () => [
        VideoCallbacksModule.forRoot(OPTIONS),
        VideoCallbacksModule.forRootAsync({ useFactory: () => ({ projects: { '87654321': SECRET } }) }),
      ],
    ],
    [
      'forRoot twice with isGlobal: false',
      () => [local(), VideoCallbacksModule.forRoot({ projects: { '1': SECRET } })],
    ],
  ])('with %s ends the start-up', async (_, registrations) => {
    const [first, second] = registrations();
    @Module({ imports: second === undefined ? [] : [second] })
    class FeatureModule {}

    await expect(
      startApplication({ imports: [...(first === undefined ? [] : [first]), FeatureModule] }),
    ).rejects.toMatchObject({
      name: 'InvalidOptionError',
      message: expect.stringMatching(/registered 2 times: call forRoot or forRootAsync once, in AppModule/),
    });
  });

  it.each<readonly [string, NonNullable<ModuleMetadata['imports']>]>([
    ['without forRoot', []],
    ['besides forRoot', [VideoCallbacksModule.forRoot(OPTIONS)]],
  ])('as the bare class %s ends the start-up with an error that says what to call', async (_, others) => {
    await expect(startApplication({ imports: [VideoCallbacksModule, ...others] })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      message: expect.stringContaining('forRoot'),
    });
  });

  it('can be imported in two places', async () => {
    const registration = VideoCallbacksModule.forRoot(OPTIONS);
    @Module({ imports: [registration], controllers: [KindsController] })
    class FeatureModule {}

    await expectServed({ imports: [registration, FeatureModule], controllers: [] });
  });
});

describe('a controller without VideoCallbacksModule', () => {
  @Controller('video')
  class VideoController {
    @Post('archives')
    onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
      return archive.id;
    }
  }

  it('can be used in a unit test that makes no request', async () => {
    const testing = await Test.createTestingModule({ controllers: [VideoController] }).compile();

    expect(testing.get(VideoController).onArchive(Object.assign(new ArchiveCallback(), { id: 'abc' }))).toBe('abc');
  });

  it('ends the start of an application in a test', async () => {
    const testing = await Test.createTestingModule({ controllers: [VideoController] }).compile();

    await expect(testing.createNestApplication().init()).rejects.toMatchObject(NOT_IMPORTED);
  });
});
