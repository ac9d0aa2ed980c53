import { describe, expect, it } from '@jest/globals';
import {
  All,
  Controller,
  Get,
  Module,
  Post,
  type Type,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { VideoCallback, type VideoCallbackKind, VideoCallbacksModule } from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS, startApplication } from '../support/application.js';

type Decorator = (target: object, name: string, descriptor: PropertyDescriptor) => void;

/** A controller with one method, which takes callbacks. */
function controller(
  className: string,
  front: Parameters<typeof Controller>[0] & object,
  mapped: Decorator,
  kind: VideoCallbackKind | 'unsecured' = 'archive',
): Type {
  class SomeController {
    on(): string {
      return 'handled';
    }
  }
  Object.defineProperty(SomeController, 'name', { value: className });
  const descriptor = Object.getOwnPropertyDescriptor(SomeController.prototype, 'on') ?? {};
  if (kind !== 'unsecured') VideoCallback(kind)(SomeController.prototype, 'on', descriptor);
  mapped(SomeController.prototype, 'on', descriptor);
  Controller(front)(SomeController);
  return SomeController;
}

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
const versioned = (path: string, version: string | symbol | string[]) =>
  ({ path, version }) as Parameters<typeof Controller>[0] & object;
const withVersion =
  (path: string, version: string): Decorator =>
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
      'x',
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

  it.each<readonly [string, ApplicationSetup]>([
    [
      'of other paths',
      { controllers: [controller('A', { path: 'a' }, Post('x')), controller('B', { path: 'b' }, Post('x'))] },
    ],
    [
      'of which one takes another request method',
      { controllers: [controller('A', { path: 'x' }, Get(), 'unsecured'), controller('B', { path: 'x' }, Post())] },
    ],
    [
      'of other versions in the URI',
      {
        controllers: [
          controller('A', versioned('x', VERSION_NEUTRAL), Post()),
          controller('B', { path: 'x' }, Post()),
          controller('C', { path: 'x' }, withVersion('', '2')),
        ],
        configure: uriVersions,
      },
    ],
    [
      'of other versions in a header',
      {
        controllers: [controller('A', versioned('x', '1'), Post()), controller('B', versioned('x', '2'), Post())],
        configure: headerVersions,
      },
    ],
    [
      'of one path that RouterModule mounts twice',
      {
        controllers: [],
        imports: mounted(
          ['a', controller('A', { path: '' }, Post('x'))],
          ['b', controller('B', { path: '' }, Post('x'))],
        ),
      },
    ],
  ])('%s are fine', async (_, setup) => {
    await (await startApplication({ platform, controllers: [], ...setup })).close();
  });
});

describe('two methods of one path on express', () => {
  it.each([
    ['of other hosts', 'a.example', 'b.example'],
    ['of which one takes the other hosts', 'a.example', undefined],
  ])('%s are fine', async (_, one, other) => {
    const at = (host: string | undefined) => ({ path: 'x', ...(host === undefined ? {} : { host }) });
    const controllers = [controller('A', at(one), Post()), controller('B', at(other), Post())];

    await (await startApplication({ controllers })).close();
  });

  it('are fine if none of them is secured', async () => {
    const controllers = [
      controller('A', { path: 'x' }, Post(), 'unsecured'),
      controller('B', { path: 'x' }, Post(), 'unsecured'),
    ];

    await (await startApplication({ controllers })).close();
  });

  it('end the start-up also if their controllers have one name', async () => {
    const controllers = [controller('A', { path: 'x' }, Post()), controller('A', { path: 'x' }, Post())];
    const started = startApplication({ controllers }).then((running) => running.close());

    await expect(started).rejects.toThrow('A.on and A.on both take POST requests to x: ');
  });
});
