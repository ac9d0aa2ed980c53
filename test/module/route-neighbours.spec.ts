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
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import express from 'express';
import { type ArchiveCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { called, controller, versioned } from './route-controller.js';

interface Call {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The controller that is called. */
  readonly by: string;
}

const versions =
  (options: Parameters<Parameters<NonNullable<ApplicationSetup['configure']>>[0]['enableVersioning']>[0]) =>
  (app: Parameters<NonNullable<ApplicationSetup['configure']>>[0]): void => {
    app.enableVersioning(options);
  };
const headerVersions = versions({ type: VersioningType.HEADER, header: 'x-version' });

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

function inModules(...modules: readonly (readonly [path: string, type: Type])[]): ApplicationSetup['imports'] {
  const routes = modules.map(([path, type]) => {
    @Module({ controllers: [type] })
    class SomeModule {}
    return { path, module: SomeModule };
  });
  return [
    ...routes.map(({ module }) => module),
    RouterModule.register(routes),
    VideoCallbacksModule.forRoot({ projects: PROJECTS }),
  ];
}

const secured = controller('Secured', 'x', Post());
const inVersion = (version: string | symbol | (string | symbol)[], name = 'Secured', kind?: 'unsecured') =>
  controller(name, versioned('x', version), Post(), kind);

const ON_BOTH: readonly (readonly [string, ApplicationSetup, readonly Call[]])[] = [
  [
    'a method of another path',
    { controllers: [controller('Other', 'y', Post(), 'unsecured'), secured] },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'an unsecured GET',
    { controllers: [controller('Other', 'x', Get(), 'unsecured'), secured] },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a GET of a view',
    { controllers: [controller('Other', 'x', [Get(), Render('x')], 'unsecured'), secured] },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a parameter for the same part of the path',
    { controllers: [secured, controller('Other', ':kind', Post(), 'unsecured')] },
    [
      { path: '/x', by: 'Secured' },
      { path: '/y', by: 'Other' },
    ],
  ],
  [
    'another version in the URI',
    {
      controllers: [
        inVersion(VERSION_NEUTRAL, 'Neutral', 'unsecured'),
        controller('Secured', 'x', Post()),
        inVersion('2', 'Two'),
      ],
      configure: versions({ type: VersioningType.URI, defaultVersion: '1' }),
    },
    [
      { path: '/x', by: 'Neutral' },
      { path: '/v1/x', by: 'Secured' },
      { path: '/v2/x', by: 'Two' },
    ],
  ],
  [
    'another version in a header',
    { controllers: [inVersion('1', 'One', 'unsecured'), inVersion('2')], configure: headerVersions },
    [
      { path: '/x', headers: { 'x-version': '1' }, by: 'One' },
      { path: '/x', headers: { 'x-version': '2' }, by: 'Secured' },
    ],
  ],
  [
    'another version in the media type',
    {
      controllers: [inVersion('1', 'One', 'unsecured'), inVersion('2')],
      configure: versions({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
    },
    [
      { path: '/x', headers: { accept: 'application/json;v=1' }, by: 'One' },
      { path: '/x', headers: { accept: 'application/json;v=2' }, by: 'Secured' },
    ],
  ],
  [
    'a method for every other version after it',
    {
      controllers: [inVersion(['1', VERSION_NEUTRAL]), inVersion(VERSION_NEUTRAL, 'Other', 'unsecured')],
      configure: headerVersions,
    },
    [
      { path: '/x', by: 'Secured' },
      { path: '/x', headers: { 'x-version': '1' }, by: 'Secured' },
      { path: '/x', headers: { 'x-version': '3' }, by: 'Other' },
    ],
  ],
  [
    'a controller of the same name in another module',
    {
      controllers: [],
      imports: inModules(['a', controller('Secured', '', Post('x'))], ['b', controller('Secured', '', Post('x'))]),
    },
    [
      { path: '/a/x', by: 'Secured' },
      { path: '/b/x', by: 'Secured' },
    ],
  ],
  [
    'a method that the global prefix leaves out with another request method',
    {
      controllers: [controller('Other', 'x', All(), 'unsecured'), secured],
      configure: (app) => {
        app.setGlobalPrefix('api', { exclude: [{ path: 'x', method: RequestMethod.POST }] });
      },
    },
    [
      { path: '/x', by: 'Secured' },
      { path: '/api/x', by: 'Other' },
    ],
  ],
];

const ON_EXPRESS: readonly (readonly [string, ApplicationSetup, readonly Call[]])[] = [
  [
    'an unsecured method for every request after it',
    { controllers: [secured, controller('Other', 'x', All(), 'unsecured')] },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'an unsecured method of the same requests after it',
    { controllers: [secured, controller('Other', 'x', Post(), 'unsecured')] },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'an unsecured method in a module after it',
    {
      controllers: [controller('Secured', 'a', Post('x'))],
      imports: inModules(['a', controller('Other', 'x', Post(), 'unsecured')]),
    },
    [{ path: '/a/x', by: 'Secured' }],
  ],
  [
    'another host',
    {
      controllers: [
        controller('Other', { path: 'x', host: ['localhost', 'b.example'] }, Post(), 'unsecured'),
        controller('Secured', { path: 'x', host: '127.0.0.1' }, Post()),
      ],
    },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a method for every other host after it',
    {
      controllers: [
        controller('Other', { path: 'x', host: 'localhost' }, Post(), 'unsecured'),
        controller('Secured', { path: 'x' }, Post()),
      ],
    },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a method for every version after it',
    { controllers: [inVersion('1'), inVersion(VERSION_NEUTRAL, 'Other', 'unsecured')], configure: headerVersions },
    [
      { path: '/x', headers: { 'x-version': '1' }, by: 'Secured' },
      { path: '/x', by: 'Other' },
    ],
  ],
  [
    'an escaped colon',
    {
      controllers: [
        controller('Other', 'x', Post('a\\:start'), 'unsecured'),
        controller('Secured', 'x', Post('a\\:stop')),
      ],
    },
    [{ path: '/x/a:stop', by: 'Secured' }],
  ],
  [
    'a directory of files at its path',
    {
      controllers: [secured],
      configure: (app) => {
        (app as NestExpressApplication).useStaticAssets(import.meta.dirname, { prefix: '/x' });
      },
    },
    [{ path: '/x', by: 'Secured' }],
  ],
];

const ON_FASTIFY: readonly (readonly [string, ApplicationSetup, readonly Call[]])[] = [
  [
    'another host in its constraints',
    {
      controllers: [
        controller('Other', 'x', [Post(), RouteConstraints({ host: 'b.example' })], 'unsecured'),
        controller('Secured', 'x', [Post(), RouteConstraints({ host: /^127/ }), RouteConfig({ a: 1 })]),
      ],
    },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a method with constraints, where it has none',
    {
      controllers: [controller('Other', 'x', [Post(), RouteConstraints({ host: 'b.example' })], 'unsecured'), secured],
    },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'another version in its constraints',
    {
      controllers: [
        controller('Other', 'x', [Post(), RouteConstraints({ version: '1' })], 'unsecured'),
        controller('Secured', 'x', Post()),
      ],
    },
    [{ path: '/x', by: 'Secured' }],
  ],
  [
    'a method for every version',
    { controllers: [inVersion(VERSION_NEUTRAL, 'Other', 'unsecured'), inVersion('1')], configure: headerVersions },
    [
      { path: '/x', headers: { 'x-version': '1' }, by: 'Secured' },
      { path: '/x', by: 'Other' },
    ],
  ],
  [
    'a path in another case',
    { controllers: [controller('Other', 'X', Post(), 'unsecured'), secured] },
    [
      { path: '/x', by: 'Secured' },
      { path: '/X', by: 'Other' },
    ],
  ],
  [
    'an escaped colon',
    {
      controllers: [
        controller('Other', 'x', Post('a::start'), 'unsecured'),
        controller('Secured', 'x', Post('a::stop')),
      ],
    },
    [{ path: '/x/a:stop', by: 'Secured' }],
  ],
];

describe.each(PLATFORMS)('a secured method on %s', (platform) => {
  const own = { express: ON_EXPRESS, fastify: ON_FASTIFY }[platform];

  it.each([...ON_BOTH, ...own])('takes its callbacks beside %s', async (_, setup, calls) => {
    await expectCalls({ platform, ...setup }, calls);
  });
});

describe('a secured method on express', () => {
  it('takes its callbacks beside a path in another case if paths are case-sensitive', async () => {
    const application = express();
    application.enable('case sensitive routing');
    const controllers = [controller('Other', 'X', Post(), 'unsecured'), secured];

    await expectCalls({ adapter: new ExpressAdapter(application), controllers }, [
      { path: '/x', by: 'Secured' },
      { path: '/X', by: 'Other' },
    ]);
  });

  it('takes its callbacks after a method that passes them on', async () => {
    @Controller('x')
    class Logging {
      @All()
      on(@Next() next: () => void): void {
        next();
      }
    }

    await expectCalls({ controllers: [Logging, secured] }, [{ path: '/x', by: 'Secured' }]);
  });

  it('takes its callbacks before a method that a later path of the controller leads to the same requests', async () => {
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

    await expectCalls({ controllers: [Secured] }, [
      { path: '/a/b/x', by: 'ArchiveCallback' },
      { path: '/a/b/b/x', by: 'other' },
    ]);
  });

  it('takes its callbacks before a 405 of the same controller', async () => {
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

    await expectCalls({ controllers: [Secured] }, [{ path: '/x', by: 'ArchiveCallback' }]);
  });
});
