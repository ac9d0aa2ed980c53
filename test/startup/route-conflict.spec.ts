import { describe, expect, it } from '@jest/globals';
import {
  All,
  Controller,
  Get,
  MethodNotAllowedException,
  Module,
  Next,
  Post,
  Render,
  RequestMethod,
  type Type,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import express from 'express';
import { type ArchiveCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { called, controller, type MethodDecorator, versioned } from '../module/route-controller.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';

type Front = Parameters<typeof controller>[1];
type Mapped = Parameters<typeof controller>[2];
type Configure = NonNullable<ApplicationSetup['configure']>;

const secured = (front: Front = 'x', mapped: Mapped = Post(), name = 'Secured') => controller(name, front, mapped);
const unsecured = (front: Front = 'x', mapped: Mapped = Post(), name = 'Other') =>
  controller(name, front, mapped, 'unsecured');

const inModules = (...mounts: readonly (readonly [path: string, type: Type])[]): ApplicationSetup['imports'] => {
  const routes = mounts.map(([path, type]) => {
    @Module({ controllers: [type] })
    class MountedModule {}
    return { path, module: MountedModule };
  });
  return [
    ...routes.map(({ module }) => module),
    RouterModule.register(routes),
    VideoCallbacksModule.forRoot({ projects: PROJECTS }),
  ];
};

const versions =
  (options: Parameters<Parameters<Configure>[0]['enableVersioning']>[0]): Configure =>
  (app) =>
    void app.enableVersioning(options);
const headerVersions = versions({ type: VersioningType.HEADER, header: 'x-version' });
const uriVersions = versions({ type: VersioningType.URI, defaultVersion: '1' });
const mediaVersions = versions({ type: VersioningType.MEDIA_TYPE, key: 'v=' });

/** A call of a path, and the controller that takes it. */
interface Call {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly by: string;
}

const call = (path: string, by: string, headers?: Call['headers']): Call => ({ path, by, ...(headers && { headers }) });
const inVersion = (version: string, by: string): Call => call('/x', by, { 'x-version': version });
const onX = [call('/x', 'Secured')];

/** Posts a genuine archive callback for each call. */
async function expectCalls(setup: ApplicationSetup, calls: readonly Call[]): Promise<void> {
  const running = await startApplication(setup);
  try {
    for (const { path, headers, by } of calls) {
      const request = signed(PAYLOADS.archive);
      called.length = 0;
      await running.post(path, { ...request, headers: { ...request.headers, ...headers } });
      expect({ path, headers, called }).toEqual({ path, headers, called: [by] });
    }
  } finally {
    await running.close();
  }
}

type Neighbours = readonly [beside: string, setup: ApplicationSetup, calls?: readonly Call[]];

const NEIGHBOURS: readonly Neighbours[] = [
  ['a method of another path', { controllers: [unsecured('y'), secured()] }],
  ['an unsecured GET', { controllers: [unsecured('x', Get()), secured()] }],
  ['a GET of a view', { controllers: [unsecured('x', [Get(), Render('x')]), secured()] }],
  [
    'a parameter for the same part of the path',
    { controllers: [secured(), unsecured(':kind')] },
    [...onX, call('/y', 'Other')],
  ],
  [
    'another version in the URI',
    {
      controllers: [
        unsecured(versioned('x', VERSION_NEUTRAL), Post(), 'Neutral'),
        secured(),
        secured(versioned('x', '2'), Post(), 'Two'),
      ],
      configure: uriVersions,
    },
    [call('/x', 'Neutral'), call('/v1/x', 'Secured'), call('/v2/x', 'Two')],
  ],
  [
    'another version in a header',
    { controllers: [unsecured(versioned('x', '1')), secured(versioned('x', '2'))], configure: headerVersions },
    [inVersion('1', 'Other'), inVersion('2', 'Secured')],
  ],
  [
    'another version in the media type',
    { controllers: [unsecured(versioned('x', '1')), secured(versioned('x', '2'))], configure: mediaVersions },
    [
      call('/x', 'Other', { accept: 'application/json;v=1' }),
      call('/x', 'Secured', { accept: 'application/json;v=2' }),
    ],
  ],
  [
    'a method for every other version after it',
    {
      controllers: [secured(versioned('x', ['1', VERSION_NEUTRAL])), unsecured(versioned('x', VERSION_NEUTRAL))],
      configure: headerVersions,
    },
    [...onX, inVersion('1', 'Secured'), inVersion('3', 'Other')],
  ],
  [
    'a controller of the same name in another module',
    { controllers: [], imports: inModules(['a', secured('', Post('x'))], ['b', secured('', Post('x'))]) },
    [call('/a/x', 'Secured'), call('/b/x', 'Secured')],
  ],
  [
    'a method that the global prefix leaves out with another request method',
    {
      controllers: [unsecured('x', All()), secured()],
      configure: (app) => void app.setGlobalPrefix('api', { exclude: [{ path: 'x', method: RequestMethod.POST }] }),
    },
    [...onX, call('/api/x', 'Other')],
  ],
];

const NEIGHBOURS_ON_EXPRESS: readonly Neighbours[] = [
  ['an unsecured method for every request after it', { controllers: [secured(), unsecured('x', All())] }],
  ['an unsecured method of the same requests after it', { controllers: [secured(), unsecured()] }],
  [
    'an unsecured method in a module after it',
    { controllers: [secured('a', Post('x'))], imports: inModules(['a', unsecured()]) },
    [call('/a/x', 'Secured')],
  ],
  [
    'another host',
    {
      controllers: [
        unsecured({ path: 'x', host: ['localhost', 'b.example'] }),
        secured({ path: 'x', host: '127.0.0.1' }),
      ],
    },
  ],
  [
    'a method for every other host after it',
    { controllers: [unsecured({ path: 'x', host: 'localhost' }), secured({ path: 'x' })] },
  ],
  [
    'a method for every version after it',
    {
      controllers: [secured(versioned('x', '1')), unsecured(versioned('x', VERSION_NEUTRAL))],
      configure: headerVersions,
    },
    [inVersion('1', 'Secured'), call('/x', 'Other')],
  ],
  [
    'an escaped colon',
    { controllers: [unsecured('x', Post('a\\:start')), secured('x', Post('a\\:stop'))] },
    [call('/x/a:stop', 'Secured')],
  ],
  [
    'a directory of files at its path',
    {
      controllers: [secured()],
      configure: (app) => void (app as NestExpressApplication).useStaticAssets(import.meta.dirname, { prefix: '/x' }),
    },
  ],
  [
    'a path in another case if paths are case-sensitive',
    {
      adapter: new ExpressAdapter(express().enable('case sensitive routing')),
      controllers: [unsecured('X'), secured()],
    },
    [...onX, call('/X', 'Other')],
  ],
];

const otherHost = RouteConstraints({ host: 'b.example' });
const NEIGHBOURS_ON_FASTIFY: readonly Neighbours[] = [
  [
    'another host in its constraints',
    {
      controllers: [
        unsecured('x', [Post(), otherHost]),
        secured('x', [Post(), RouteConstraints({ host: /^127/ }), RouteConfig({ a: 1 })]),
      ],
    },
  ],
  ['a method with constraints, where it has none', { controllers: [unsecured('x', [Post(), otherHost]), secured()] }],
  [
    'another version in its constraints',
    { controllers: [unsecured('x', [Post(), RouteConstraints({ version: '1' })]), secured()] },
  ],
  [
    'a method for every version',
    {
      controllers: [unsecured(versioned('x', VERSION_NEUTRAL)), secured(versioned('x', '1'))],
      configure: headerVersions,
    },
    [inVersion('1', 'Secured'), call('/x', 'Other')],
  ],
  ['a path in another case', { controllers: [unsecured('X'), secured()] }, [...onX, call('/X', 'Other')]],
  [
    'an escaped colon',
    { controllers: [unsecured('x', Post('a::start')), secured('x', Post('a::stop'))] },
    [call('/x/a:stop', 'Secured')],
  ],
];

describe.each(PLATFORMS)('a secured method on %s', (platform) => {
  const own = { express: NEIGHBOURS_ON_EXPRESS, fastify: NEIGHBOURS_ON_FASTIFY }[platform];

  it.each([...NEIGHBOURS, ...own])('receives its callbacks beside %s', async (_, setup, calls = onX) => {
    await expectCalls({ platform, ...setup }, calls);
  });
});

describe('a secured method on express', () => {
  it('receives its callbacks after a method that passes them on', async () => {
    @Controller('x')
    class Logging {
      @All()
      on(@Next() next: () => void): void {
        next();
      }
    }

    await expectCalls({ controllers: [Logging, secured()] }, onX);
  });

  it('receives its callbacks before a later path of the same controller that includes them', async () => {
    @Controller(['a/b', 'a'])
    class Secured {
      @Post('x')
      on(@VideoCallback('archive') callback: ArchiveCallback): void {
        called.push(callback.constructor.name);
      }

      @Post('b/x')
      other(): void {
        called.push('other');
      }
    }

    await expectCalls({ controllers: [Secured] }, [call('/a/b/x', 'ArchiveCallback'), call('/a/b/b/x', 'other')]);
  });

  it('receives its callbacks before a 405 of the same controller', async () => {
    @Controller('x')
    class Secured {
      @Post()
      on(@VideoCallback('archive') callback: ArchiveCallback): void {
        called.push(callback.constructor.name);
      }

      @All()
      other(): void {
        throw new MethodNotAllowedException();
      }
    }

    await expectCalls({ controllers: [Secured] }, [call('/x', 'ArchiveCallback')]);
  });
});

/** Starts an application, and closes it if that succeeds, or the run would not end. */
const startAndClose = async (setup: ApplicationSetup): Promise<void> => (await startApplication(setup)).close();

const a = (front: Front = 'x', mapped: Mapped = Post(), kind?: 'unsecured') => controller('A', front, mapped, kind);
const b = (front: Front = 'x', mapped: Mapped = Post(), kind?: 'sip' | 'unsecured') =>
  controller('B', front, mapped, kind);
const withVersion =
  (path: string, version: string): MethodDecorator =>
  (target, name, descriptor) => {
    Version(version)(target, name, descriptor);
    Post(path)(target, name, descriptor);
  };

describe.each(PLATFORMS)('two methods on %s', (platform) => {
  it.each<readonly [string, ApplicationSetup, path: string]>([
    ['of one path', { controllers: [a('video', Post('x')), b('/', Post('/video/x/'), 'sip')] }, 'video/x'],
    ['of which the first is not secured', { controllers: [a('x', Post(), 'unsecured'), b()] }, 'x'],
    ['of which one takes every method', { controllers: [a('x', All()), b()] }, 'x'],
    [
      'of which the first is not secured and takes every method',
      { controllers: [a('x', All(), 'unsecured'), b()] },
      'x',
    ],
    [
      'that share one of several paths',
      { controllers: [a({ path: ['a', 'b'] }, Post('x')), b('b', Post(['x', 'y']))] },
      'b/x',
    ],
    ['whose parameters have other names', { controllers: [a(':a', Post('x')), b(':b', Post('x'))] }, ':b/x'],
    [
      'of one path by RouterModule',
      { controllers: [b('video', Post('x'))], imports: inModules(['video', a('', Post('x'))]) },
      'video/x',
    ],
    ['of one version in the URI', { controllers: [a(), b('', withVersion('x', '1'))], configure: uriVersions }, 'v1/x'],
    [
      'of a version in the URI and of a path with it',
      { controllers: [a(versioned('v1/x', VERSION_NEUTRAL), Post(), 'unsecured'), b()], configure: uriVersions },
      'v1/x',
    ],
    [
      'of one version in a header',
      { controllers: [a(versioned('x', ['1', '2'])), b(versioned('x', '2'))], configure: headerVersions },
      'x',
    ],
  ])('%s end the start-up with an error that names both', async (_, setup, path) => {
    const error: unknown = await startAndClose({ platform, controllers: [], ...setup }).catch((it: unknown) => it);

    expect(error).toMatchObject({ name: 'InvalidOptionError', option: 'route' });
    expect(String(error)).toMatch(/A\.on.*B\.on|B\.on.*A\.on/);
    expect(String(error)).toContain(`take POST requests to ${path}: `);
  });
});

const expectRefusal = (setup: ApplicationSetup, problem: string): Promise<void> =>
  expect(startAndClose(setup)).rejects.toThrow(`VideoCallbacksModule: ${problem} Give each a path of its own.`);

describe('two methods on express', () => {
  const FIRST = 'A.on and B.on both take POST requests to x: Express calls the first of the two, A.on.';
  const UNVERIFIED = `${FIRST.slice(0, -1)}, which does not verify them.`;

  it.each<readonly [string, ApplicationSetup, string]>([
    ['of one path', { controllers: [a(), b('x', All(), 'sip')] }, FIRST],
    ['of which the first is not secured', { controllers: [a('x', All(), 'unsecured'), b()] }, UNVERIFIED],
    [
      'of which the first, which is not secured, takes any host',
      { controllers: [a('x', Post(), 'unsecured'), b({ path: 'x', host: 'b.example' })] },
      UNVERIFIED,
    ],
    [
      'of which the first, which is not secured, takes any version',
      {
        controllers: [a(versioned('x', VERSION_NEUTRAL), Post(), 'unsecured'), b(versioned('x', '1'))],
        configure: headerVersions,
      },
      UNVERIFIED,
    ],
    ['of one path in another case', { controllers: [a('X', Post(), 'unsecured'), b()] }, UNVERIFIED],
    [
      'of which a module registers the unsecured one before the imported one',
      { controllers: [a('x', Post(), 'unsecured')], imports: inModules(['x', b('')]) },
      UNVERIFIED,
    ],
  ])('%s end the start-up with an error that says which is called', (_, setup, problem) =>
    expectRefusal(setup, problem),
  );

  it('of one controller end the start-up if an earlier path leads to the unsecured one', async () => {
    @Controller(['a', 'a/b'])
    class A {
      @Post('x')
      on(@VideoCallback('archive') callback: ArchiveCallback): void {
        called.push(callback.constructor.name);
      }

      @Post('b/x')
      other(): void {
        called.push('other');
      }
    }

    await expectRefusal(
      { controllers: [A] },
      'A.other and A.on both take POST requests to a/b/x: Express calls the first of the two, A.other, which does ' +
        'not verify them.',
    );
  });

  it('of one path can start if neither is secured', () =>
    startAndClose({ controllers: [a('x', Post(), 'unsecured'), b('x', Post(), 'unsecured')] }));
});

describe('two methods on fastify', () => {
  const constraints = RouteConstraints({ host: 'a.example' });

  it.each<readonly [string, ApplicationSetup]>([
    ['of which the last takes every method', { controllers: [a(), b('x', All(), 'unsecured')] }],
    [
      'of hosts that Fastify does not know',
      { controllers: [a({ path: 'x', host: 'a.example' }), b({ path: 'x', host: 'b.example' })] },
    ],
    [
      'of the same constraints',
      {
        controllers: [a('x', [Post(), constraints]), b('x', [Post(), constraints, RouteConfig({ b: 1 })], 'unsecured')],
      },
    ],
    [
      'of one path in another case, where Fastify ignores it',
      {
        adapter: new FastifyAdapter({ caseSensitive: false }),
        controllers: [a('X', Post(), 'unsecured'), b()],
      },
    ],
  ])('%s end the start-up with an error that names both', (_, setup) =>
    expectRefusal(
      { platform: 'fastify', ...setup },
      'A.on and B.on both take POST requests to x: Fastify can have only one of them.',
    ),
  );
});
