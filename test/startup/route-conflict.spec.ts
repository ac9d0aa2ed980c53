import { describe, expect, it } from '@jest/globals';
import { All, Controller, Module, Post, type Type, Version, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { FastifyAdapter, RouteConfig, RouteConstraints } from '@nestjs/platform-fastify';
import { type ArchiveCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS, startApplication } from '../support/application.js';
import { called, controller, type MethodDecorator, versioned } from '../module/route-controller.js';

const mounted = (...mounts: readonly (readonly [path: string, controller: Type])[]): ApplicationSetup['imports'] => {
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

const uriVersions: ApplicationSetup['configure'] = (app) =>
  void app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
const headerVersions: ApplicationSetup['configure'] = (app) =>
  void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
const withVersion =
  (path: string, version: string): MethodDecorator =>
  (target, name, descriptor) => {
    Version(version)(target, name, descriptor);
    Post(path)(target, name, descriptor);
  };

describe.each(PLATFORMS)('two methods on %s', (platform) => {
  it.each<readonly [string, ApplicationSetup, string]>([
    [
      'of one path',
      {
        controllers: [
          controller('A', { path: 'video' }, Post('x')),
          controller('B', { path: '/' }, Post('/video/x/'), 'sip'),
        ],
      },
      'video/x',
    ],
    [
      'of which the first is not secured',
      { controllers: [controller('A', { path: 'x' }, Post(), 'unsecured'), controller('B', { path: 'x' }, Post())] },
      'x',
    ],
    [
      'of which one takes every method',
      { controllers: [controller('A', { path: 'x' }, All()), controller('B', { path: 'x' }, Post())] },
      'x',
    ],
    [
      'of which the first is not secured and takes every method',
      { controllers: [controller('A', 'x', All(), 'unsecured'), controller('B', 'x', Post())] },
      'x',
    ],
    [
      'that share one of several paths',
      {
        controllers: [
          controller('A', { path: ['a', 'b'] }, Post('x')),
          controller('B', { path: 'b' }, Post(['x', 'y'])),
        ],
      },
      'b/x',
    ],
    [
      'whose parameters have other names',
      { controllers: [controller('A', { path: ':a' }, Post('x')), controller('B', { path: ':b' }, Post('x'))] },
      ':b/x',
    ],
    [
      'of one path by RouterModule',
      {
        controllers: [controller('B', { path: 'video' }, Post('x'))],
        imports: mounted(['video', controller('A', { path: '' }, Post('x'))]),
      },
      'video/x',
    ],
    [
      'of one version in the URI',
      {
        controllers: [controller('A', { path: 'x' }, Post()), controller('B', { path: '' }, withVersion('x', '1'))],
        configure: uriVersions,
      },
      'v1/x',
    ],
    [
      'of a version in the URI and of a path with it',
      {
        controllers: [
          controller('A', versioned('v1/x', VERSION_NEUTRAL), Post(), 'unsecured'),
          controller('B', 'x', Post()),
        ],
        configure: uriVersions,
      },
      'v1/x',
    ],
    [
      'of one version in a header',
      {
        controllers: [
          controller('A', versioned('x', ['1', '2']), Post()),
          controller('B', versioned('x', '2'), Post()),
        ],
        configure: headerVersions,
      },
      'x',
    ],
  ])('%s end the start-up with an error that names both', async (_, setup, path) => {
    // Closed if it starts all the same, or the run would not end.
    const started = startApplication({ platform, controllers: [], ...setup }).then((running) => running.close());

    await expect(started).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option: 'route',
      message: expect.stringMatching(/A\.on.*B\.on|B\.on.*A\.on/),
    });
    await expect(started).rejects.toThrow(`take POST requests to ${path}: `);
  });
});

async function expectRefusal(setup: ApplicationSetup, problem: string): Promise<void> {
  // Closed if it starts all the same, or the run would not end.
  const started = startApplication(setup).then((running) => running.close());
  await expect(started).rejects.toThrow(`VideoCallbacksModule: ${problem} Give each a path of its own.`);
}

const FIRST = 'A.on and B.on both take POST requests to x: Express calls the first of the two, A.on.';
const UNVERIFIED =
  'A.on and B.on both take POST requests to x: Express calls the first of the two, A.on, which does not verify them.';
const ONE = 'A.on and B.on both take POST requests to x: Fastify can have only one of them.';

describe('two methods on express', () => {
  it.each<readonly [string, ApplicationSetup, string]>([
    ['of one path', { controllers: [controller('A', 'x', Post()), controller('B', 'x', All(), 'sip')] }, FIRST],
    [
      'of which the first is not secured',
      { controllers: [controller('A', 'x', All(), 'unsecured'), controller('B', 'x', Post())] },
      UNVERIFIED,
    ],
    [
      'of which the first, which is not secured, takes any host',
      {
        controllers: [
          controller('A', 'x', Post(), 'unsecured'),
          controller('B', { path: 'x', host: 'b.example' }, Post()),
        ],
      },
      UNVERIFIED,
    ],
    [
      'of which the first, which is not secured, takes any version',
      {
        controllers: [
          controller('A', versioned('x', VERSION_NEUTRAL), Post(), 'unsecured'),
          controller('B', versioned('x', '1'), Post()),
        ],
        configure: headerVersions,
      },
      UNVERIFIED,
    ],
    [
      'of one path in another case',
      { controllers: [controller('A', 'X', Post(), 'unsecured'), controller('B', 'x', Post())] },
      UNVERIFIED,
    ],
  ])('%s end the start-up with an error that says which is called', async (_, setup, problem) => {
    await expectRefusal(setup, problem);
  });

  it('of which a module registers the unsecured one first end the start-up, though the other is imported', async () => {
    const setup = {
      controllers: [controller('A', 'x', Post(), 'unsecured')],
      imports: mounted(['x', controller('B', '', Post())]),
    };

    await expectRefusal(setup, UNVERIFIED);
  });

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
    const problem =
      'A.other and A.on both take POST requests to a/b/x: Express calls the first of the two, A.other, which does not verify them.';

    await expectRefusal({ controllers: [A] }, problem);
  });
});

describe('two methods on fastify', () => {
  const constraints = RouteConstraints({ host: 'a.example' });

  it.each<readonly [string, ApplicationSetup]>([
    [
      'of which the last takes every method',
      { controllers: [controller('A', 'x', Post()), controller('B', 'x', All(), 'unsecured')] },
    ],
    [
      'of hosts that Fastify does not know',
      {
        controllers: [
          controller('A', { path: 'x', host: 'a.example' }, Post()),
          controller('B', { path: 'x', host: 'b.example' }, Post()),
        ],
      },
    ],
    [
      'of the same constraints',
      {
        controllers: [
          controller('A', 'x', [Post(), constraints]),
          controller('B', 'x', [Post(), constraints, RouteConfig({ b: 1 })], 'unsecured'),
        ],
      },
    ],
    [
      'of one path in another case, where Fastify ignores it',
      {
        adapter: new FastifyAdapter({ caseSensitive: false }),
        controllers: [controller('A', 'X', Post(), 'unsecured'), controller('B', 'x', Post())],
      },
    ],
  ])('%s end the start-up with an error that names both', async (_, setup) => {
    await expectRefusal({ platform: 'fastify', ...setup }, ONE);
  });
});

it('two methods of one path on express are fine if none of them is secured', async () => {
  const controllers = [controller('A', 'x', Post(), 'unsecured'), controller('B', 'x', Post(), 'unsecured')];

  await (await startApplication({ controllers })).close();
});
