import { describe, expect, it } from '@jest/globals';
import {
  All,
  Controller,
  Get,
  Module,
  Post,
  Put,
  RequestMethod,
  Res,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import express from 'express';
import {
  MemoryCallbackLedger,
  SignatureSecretProvider,
  VideoCallback,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
} from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS, startApplication } from '../support/application.js';
import { KindsController } from '../support/kinds.controller.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { SECRET } from '../support/signer.js';
import { archiveRequest, forgedArchiveRequest } from '../module/archive-request.js';
import { ownLines } from '../module/own-lines.js';

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): string {
    return 'archive';
  }

  @Post('sessions')
  @VideoCallback('session')
  onSession(): string {
    return 'session';
  }
}

@Module({ controllers: [VideoController] })
class VideoModule {}

@Module({ controllers: [VideoController] })
class OtherVideoModule {}

@Controller(['one', 'two'])
class ManyPathsController {
  @Post(['x', 'y'])
  @VideoCallback('archive')
  on(): void {
    // Nothing to do.
  }
}

abstract class BaseController {
  @Post('calls')
  @VideoCallback('sip')
  on(): void {
    // Nothing to do.
  }
}

@Controller('left')
class LeftController extends BaseController {}

@Controller('right')
class RightController extends BaseController {}

const IN_MEMORY = 'duplicates are noticed in memory, this process only';

@Controller('responses')
class ResponsesController {
  @Post('own')
  @VideoCallback('archive')
  own(@Res() response: unknown): unknown {
    return response;
  }

  @Post('passthrough')
  @VideoCallback('archive')
  passthrough(@Res({ passthrough: true }) response: unknown): unknown {
    return response;
  }
}

/** Starts an application, closes it, and returns our lines of one level. */
async function linesOfStartUp(setup: ApplicationSetup, level: 'log' | 'warn' | 'error'): Promise<string[]> {
  const running = await startApplication({ controllers: [VideoController], ...setup });
  await running.close();
  return ownLines(running.logs, level);
}

describe.each(PLATFORMS)('the start-up on %s logs', (platform) => {
  it.each<readonly [string, ApplicationSetup, readonly string[]]>([
    [
      'each secured route with its path and its kind',
      {},
      [
        `Secured VideoController.onArchive {/video/archives, POST} for archive callbacks; ${IN_MEMORY}`,
        `Secured VideoController.onSession {/video/sessions, POST} for session callbacks; ${IN_MEMORY}`,
      ],
    ],
    [
      'the global prefix in the paths',
      { configure: (app) => void app.setGlobalPrefix('api/v2') },
      [
        `Secured VideoController.onArchive {/api/v2/video/archives, POST} for archive callbacks; ${IN_MEMORY}`,
        `Secured VideoController.onSession {/api/v2/video/sessions, POST} for session callbacks; ${IN_MEMORY}`,
      ],
    ],
    [
      'that duplicates are not noticed without a ledger',
      { options: { ledger: false } },
      [
        'Secured VideoController.onArchive {/video/archives, POST} for archive callbacks; duplicates are not noticed (ledger: false)',
        'Secured VideoController.onSession {/video/sessions, POST} for session callbacks; duplicates are not noticed (ledger: false)',
      ],
    ],
  ])('%s', async (_, setup, lines) => {
    const running = await startApplication({ platform, controllers: [VideoController], ...setup });
    await running.close();

    expect(ownLines(running.logs, 'log')).toEqual(lines);
    expect(ownLines(running.logs, 'warn')).toEqual([]);
  });

  it('a route that is mapped to every method', async () => {
    @Controller()
    class EveryMethodController {
      @All('everything')
      @VideoCallback('sip')
      onCall(): string {
        return 'call';
      }
    }

    expect(await linesOfStartUp({ platform, controllers: [EveryMethodController] }, 'log')).toEqual([
      `Secured EveryMethodController.onCall {/everything, ALL} for sip callbacks; ${IN_MEMORY}`,
    ]);
  });

  it.each<readonly [string, ApplicationSetup, readonly string[]]>([
    [
      'the global prefix has exceptions',
      {
        configure: (app) =>
          void app.setGlobalPrefix('api', { exclude: [{ path: 'video/sessions', method: RequestMethod.POST }] }),
      },
      ['VideoController.onArchive {/api/video/archives, POST}', 'VideoController.onSession {/video/sessions, POST}'],
    ],
    [
      'RouterModule mounts the module of a controller',
      {
        controllers: [],
        imports: [
          VideoModule,
          RouterModule.register([{ path: 'mounted', module: VideoModule }]),
          VideoCallbacksModule.forRoot({ projects: PROJECTS }),
        ],
        configure: (app) => void app.setGlobalPrefix('api'),
      },
      [
        'VideoController.onArchive {/api/mounted/video/archives, POST}',
        'VideoController.onSession {/api/mounted/video/sessions, POST}',
      ],
    ],
    [
      'the URI has a version',
      { configure: (app) => void app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' }) },
      ['VideoController.onArchive {/v2/video/archives, POST}', 'VideoController.onSession {/v2/video/sessions, POST}'],
    ],
    [
      'the URI may have several versions',
      {
        configure: (app) =>
          void app.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', VERSION_NEUTRAL] }),
      },
      [
        'VideoController.onArchive {/v1/video/archives, /video/archives, POST}',
        'VideoController.onSession {/v1/video/sessions, /video/sessions, POST}',
      ],
    ],
    [
      'a header has the version',
      {
        configure: (app) => {
          app.setGlobalPrefix('api');
          app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version', defaultVersion: VERSION_NEUTRAL });
        },
      },
      [
        'VideoController.onArchive {/api/video/archives, POST}',
        'VideoController.onSession {/api/video/sessions, POST}',
      ],
    ],
    [
      'a controller and a method have several paths',
      { controllers: [ManyPathsController] },
      ['ManyPathsController.on {/one/x, /one/y, /two/x, /two/y, POST}'],
    ],
    [
      'controllers inherit a method',
      { controllers: [LeftController, RightController] },
      ['LeftController.on {/left/calls, POST}', 'RightController.on {/right/calls, POST}'],
    ],
    [
      'two modules have the same controller',
      {
        controllers: [],
        imports: [
          VideoModule,
          OtherVideoModule,
          RouterModule.register([
            { path: 'a', module: VideoModule },
            { path: 'b', module: OtherVideoModule },
          ]),
          VideoCallbacksModule.forRoot({ projects: PROJECTS }),
        ],
      },
      [
        'VideoController.onArchive {/a/video/archives, /b/video/archives, POST}',
        'VideoController.onSession {/a/video/sessions, /b/video/sessions, POST}',
      ],
    ],
  ])('the whole path, one line for each method, where %s', async (_, setup, names) => {
    const running = await startApplication({ platform, controllers: [VideoController], ...setup });
    try {
      const lines = ownLines(running.logs, 'log');
      expect(lines).toEqual(names.map((name) => expect.stringContaining(`Secured ${name} for `)));
      for (const [path] of names.join().matchAll(/\/[^,]+/g)) {
        expect([path, (await running.post(path, forgedArchiveRequest())).status]).toEqual([path, 401]);
      }
    } finally {
      await running.close();
    }
  });

  it('a path with parameters as it is', async () => {
    @Controller('tenants/:tenant')
    class TenantController {
      @Post('archives')
      @VideoCallback('archive')
      on(): void {
        // Nothing to do.
      }
    }

    expect(
      await linesOfStartUp(
        {
          platform,
          controllers: [TenantController],
          configure: (app) => void app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
        },
        'log',
      ),
    ).toEqual([`Secured TenantController.on {/v1/tenants/:tenant/archives, POST} for archive callbacks; ${IN_MEMORY}`]);
  });
});

describe('the start-up warns', () => {
  it('if no method takes callbacks', async () => {
    expect(await linesOfStartUp({ controllers: [] }, 'warn')).toEqual([
      'VideoCallbacksModule is imported, but no method uses @VideoCallback.',
    ]);
  });

  it('of a method that alone answers, unless it runs for every callback', async () => {
    const controllers = [ResponsesController];
    expect(await linesOfStartUp({ controllers }, 'warn')).toEqual([
      expect.stringMatching(/^ResponsesController\.own .*takes @Res\(\).*write @Res\(\{ passthrough: true \}\)\.$/),
    ]);
    expect(await linesOfStartUp({ controllers, options: { ledger: false } }, 'warn')).toEqual([]);
  });

  it('of a project that has no secret for the kind of a route', async () => {
    const projects = { one: SECRET, two: { archive: SECRET, sip: SECRET } };

    expect(await linesOfStartUp({ options: { projects } }, 'warn')).toEqual([
      "VideoController.onSession {/video/sessions, POST}: projects['two'] has no secret for session callbacks, " +
        'so they would be answered 503. Add one if it sends them.',
    ]);
  });

  it.each([
    ['for every kind', { one: 'short secret' }],
    ['in a list', { one: [SECRET, 'short secret'] }],
    ['for one kind', { one: { archive: SECRET, session: 'short secret' } }],
  ])('once, without showing it, of a short secret %s', async (_, projects) => {
    const lines = await linesOfStartUp({ options: { projects } }, 'warn');

    expect(lines.join('\n')).toMatch(/projects\['one'\].*less than 32 bytes/);
    expect(lines.join('\n')).not.toContain('short secret');
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['in front', ` ${SECRET}`],
    ['at the end', `${SECRET}\n`],
  ])('once, without showing it, of a secret with white space %s', async (_, secret) => {
    const lines = await linesOfStartUp({ options: { projects: { one: secret, two: SECRET } } }, 'warn');

    expect(lines).toEqual([
      expect.stringMatching(/^projects\['one'\] \(.*\): a signature secret begins or ends with white space/),
    ]);
    expect(lines.join()).not.toContain(SECRET);
  });

  it('that verifyPayload is off', async () => {
    expect(await linesOfStartUp({ options: { verifyPayload: false } }, 'warn')).toEqual([
      'verifyPayload is off: anybody who has one token can send any body with it until the token expires (maxAge). ' +
        'Turn it on in production.',
    ]);
  });

  it('that waits end too late for Vonage', async () => {
    const options = { bodyTimeout: 4, storageTimeout: 1, duplicateTimeout: 4.5 };

    expect(await linesOfStartUp({ options }, 'warn')).toEqual([
      'A callback may wait 9.5 s for its answer (bodyTimeout 4, storageTimeout 1, duplicateTimeout 4.5), but Vonage ' +
        'may give up after 10 s: make them 9 s together at most.',
    ]);
  });

  it.each<readonly [string, VideoCallbacksOptions]>([
    ['9 s of waits', { bodyTimeout: 4, storageTimeout: 1, duplicateTimeout: 4 }],
    ['waits for secrets that are written down', { secretTimeout: 60 }],
    ['waits without a ledger', { ledger: false, storageTimeout: 60, duplicateTimeout: 60 }],
    ['waits for copies with an inbox', { inbox: new MemoryInbox(), duplicateTimeout: 60 }],
  ])('of nothing because of %s', async (_, options) => {
    expect(await linesOfStartUp({ options }, 'warn')).toEqual([]);
  });

  it('of nothing because of the default waits, with a secret provider', async () => {
    class Vault extends SignatureSecretProvider {
      override secretsFor = (): string => SECRET;
    }

    expect(await linesOfStartUp({ options: { secretProvider: new Vault() } }, 'warn')).toEqual([]);
  });

  it.each<readonly [string, VideoCallbacksOptions]>([
    ['ledger', { ledger: Object.assign(new MemoryCallbackLedger(), { warnings: () => ['it may forget'] }) }],
    ['inbox', { inbox: Object.assign(new MemoryInbox(), { warnings: () => Promise.resolve(['it may forget']) }) }],
  ])('of what the %s reports about its store', async (_, options) => {
    expect(await linesOfStartUp({ options }, 'warn')).toEqual(['it may forget']);
  });

  it.each([
    ['hangs', () => new Promise<never>(() => undefined)],
    ['rejects', () => Promise.reject(new Error('connect ECONNREFUSED'))],
    [
      'throws',
      () => {
        throw new TypeError('no client');
      },
    ],
  ])('of nothing, and starts at once, if the store %s when it is asked for warnings', async (__, warnings) => {
    const ledger = Object.assign(new MemoryCallbackLedger(), { warnings });

    expect(await linesOfStartUp({ options: { ledger, storageTimeout: 3 } }, 'warn')).toEqual([]);
  });

  it('of nothing if a secret has few characters but 32 bytes', async () => {
    expect(await linesOfStartUp({ options: { projects: { one: '秘'.repeat(11) } } }, 'warn')).toEqual([]);
  });
});

describe('the start-up ends with an error', () => {
  it('if no project has a secret for the kind of a route', async () => {
    const projects = { one: { archive: SECRET } };

    await expect(startApplication({ controllers: [VideoController], options: { projects } })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option: 'projects',
      message:
        'VideoCallbacksModule: VideoController.onSession {/video/sessions, POST} takes session callbacks, but no ' +
        "project has a secret for them: add projects['one'].session.",
    });
  });

  it.each([
    ['GET', Get],
    ['PUT', Put],
  ])('if a method that takes callbacks is mapped to %s', async (verb, Mapped) => {
    @Controller('video')
    class WrongMethodController {
      @Mapped('archives')
      @VideoCallback('archive')
      onArchive(): string {
        return 'archive';
      }
    }

    await expect(startApplication({ controllers: [WrongMethodController] })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      message:
        `VideoCallbacksModule: WrongMethodController.onArchive {/video/archives, ${verb}} takes archive callbacks, ` +
        'which are sent with POST: add @Post().',
    });
  });

  it('if a method that takes callbacks is not mapped at all', async () => {
    @Controller('video')
    class UnmappedController {
      @VideoCallback('archive')
      onArchive(): string {
        return 'archive';
      }
    }

    await expect(startApplication({ controllers: [UnmappedController] })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      message: expect.stringMatching(/UnmappedController\.onArchive \{not mapped\}.*add @Post\(\)/),
    });
  });

  it.each([true, { fingerprints: ['ab'.repeat(32)] }])(
    'if client certificates are required of a plain HTTP server: %j',
    async (requireClientCertificate) => {
      await expect(startApplication({ options: { requireClientCertificate } })).rejects.toMatchObject({
        name: 'InvalidOptionError',
        option: 'requireClientCertificate',
        message: expect.stringMatching(
          /"requireClientCertificate" is set, but this is not an HTTPS server.*httpsOptions: \{ key, cert, ca, requestCert: true \}.*requireClientCertificate\.proxy/,
        ),
      });
    },
  );
});

describe('an Express instance that is passed to Nest', () => {
  it('with a JSON body parser ends the start-up with an error that names a route and the fix', async () => {
    const instance = express();
    instance.use(express.json());

    await expect(
      startApplication({ adapter: new ExpressAdapter(instance), controllers: [VideoController] }),
    ).rejects.toMatchObject({
      name: 'InvalidOptionError',
      message:
        'VideoCallbacksModule: VideoController.onArchive {/video/archives, POST} cannot read the signed bytes: ' +
        'the Express instance that was passed to Nest already has a JSON body parser. Remove it (Nest has one), or ' +
        'add it to the Nest application with app.use().',
    });
  });

  it.each<readonly [string, (instance: express.Express) => void]>([
    ['nothing', () => undefined],
    ['a JSON body parser on a path of its own', (instance) => void instance.use('/other', express.json())],
    ['a parser of forms', (instance) => void instance.use(express.urlencoded())],
    [
      'middleware that reads no body',
      (instance) =>
        void instance.use((_request, _response, next) => {
          next();
        }),
    ],
  ])('with %s receives callbacks', async (_, prepare) => {
    const instance = express();
    prepare(instance);
    const running = await startApplication({ adapter: new ExpressAdapter(instance), controllers: [KindsController] });
    try {
      expect(await running.post('/callbacks/archive', archiveRequest())).toMatchObject({ status: 204 });
    } finally {
      await running.close();
    }
  });

  it('receives callbacks with a JSON body parser that was added to the Nest application', async () => {
    const running = await startApplication({ configure: (app) => void app.use(express.json()) });
    try {
      expect(await running.post('/callbacks/archive', archiveRequest())).toMatchObject({ status: 204 });
    } finally {
      await running.close();
    }
  });
});
