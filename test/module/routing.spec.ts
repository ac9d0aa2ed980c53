import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  RequestMethod,
  Scope,
  Version,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { REQUEST, RouterModule } from '@nestjs/core';
import { type IncomingMessage } from 'node:http';
import { ArchiveCallback, type SipCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, PROJECTS } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';

/** The methods that were called, with the id that they got. */
const calls: string[] = [];
const ID = String(PAYLOADS.archive['id']);

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`VideoController ${id}`);
  }

  @Post('projects/:project/:rest')
  onAnything(@Param('project') project: string, @VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`${project} ${id}`);
  }
}

@Controller({ path: 'versioned', version: '1' })
class VersionedController {
  @Post()
  onFirst(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`version 1 ${id}`);
  }

  @Version('2')
  @Post()
  onSecond(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`version 2 ${id}`);
  }
}

@Controller({ path: 'hosted/one', host: 'one.example' })
class FirstHostController {
  @Post()
  on(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`one.example ${id}`);
  }
}

@Controller({ path: 'hosted/two', host: ':tenant.two.example' })
class SecondHostController {
  @Post()
  on(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`two.example ${id}`);
  }
}

@Module({ controllers: [VideoController] })
class VideoModule {}

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  constructor(@Inject(REQUEST) private readonly request: { raw?: IncomingMessage } & IncomingMessage) {}

  get contentType(): string | undefined {
    return (this.request.raw ?? this.request).headers['content-type'];
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  private seen = 0;

  @Post()
  on(@VideoCallback('archive') { id }: ArchiveCallback): void {
    this.seen += 1;
    calls.push(`scoped ${this.seen} ${id}`);
  }
}

@Controller('dependent')
class DependentController {
  constructor(private readonly scoped: RequestScoped) {}

  @Post()
  on(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`${String(this.scoped.contentType)} ${id}`);
  }
}

abstract class BaseController {
  protected abstract readonly name: string;

  @Post('archives')
  onArchive(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`${this.name} ${id}`);
  }

  @Post('calls')
  @VideoCallback('sip')
  onCall(): void {
    calls.push(`${this.name} call`);
  }
}

@Controller('left')
class LeftController extends BaseController {
  protected readonly name = 'left';
}

@Controller('right')
class RightController extends BaseController {
  protected readonly name = 'right';

  /** An own method with the same kind replaces the inherited one. */
  @Post('archives')
  override onArchive(@VideoCallback('archive') { id }: ArchiveCallback): void {
    calls.push(`right's own ${id}`);
  }
}

@Controller('forgetful')
class ForgetfulController extends BaseController {
  protected readonly name = 'forgetful';

  @Post('archives')
  override onArchive({ id }: ArchiveCallback): void {
    calls.push(id);
  }
}

interface Case {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly call: string;
}

const versions = (options: VersioningOptions): ApplicationSetup => ({
  controllers: [VersionedController],
  configure: (app) => void app.enableVersioning(options),
});

const PLAIN: ApplicationSetup = {
  controllers: [
    ...[VideoController, FirstHostController, SecondHostController, ScopedController, DependentController],
    ...[LeftController, RightController, ForgetfulController],
  ],
  providers: [RequestScoped],
};

const SETUPS: readonly (readonly [string, ApplicationSetup, Readonly<Record<string, Case>>])[] = [
  [
    'no options',
    PLAIN,
    {
      'a route with parameters and a query': {
        path: '/video/projects/blue/anything?with=query',
        call: `blue ${ID}`,
      },
      'a host': { path: '/hosted/one', headers: { host: 'one.example' }, call: `one.example ${ID}` },
      'a host with a parameter': {
        path: '/hosted/two',
        headers: { host: 'blue.two.example' },
        call: `two.example ${ID}`,
      },
      'a controller of request scope': { path: '/scoped', call: `scoped 1 ${ID}` },
      'a dependency of request scope': { path: '/dependent', call: `application/json ${ID}` },
      'an inherited method': { path: '/left/archives', call: `left ${ID}` },
      'a method that overrides an inherited one': { path: '/right/archives', call: `right's own ${ID}` },
    },
  ],
  [
    'a global prefix',
    {
      controllers: [VideoController],
      imports: [
        VideoModule,
        RouterModule.register([{ path: 'mounted', module: VideoModule }]),
        VideoCallbacksModule.forRoot({ projects: PROJECTS }),
      ],
      configure: (app) =>
        void app.setGlobalPrefix('api', { exclude: [{ path: 'video/archives', method: RequestMethod.POST }] }),
    },
    {
      'a route with the prefix': { path: '/api/video/projects/blue/x', call: `blue ${ID}` },
      'a route without it': { path: '/video/archives', call: `VideoController ${ID}` },
      'a module that RouterModule mounts': {
        path: '/api/mounted/video/archives',
        call: `VideoController ${ID}`,
      },
    },
  ],
  [
    'URI versioning',
    versions({ type: VersioningType.URI }),
    {
      'the version of the controller': { path: '/v1/versioned', call: `version 1 ${ID}` },
      'the version of the method': { path: '/v2/versioned', call: `version 2 ${ID}` },
    },
  ],
  [
    'header versioning',
    versions({ type: VersioningType.HEADER, header: 'x-version' }),
    { 'a version': { path: '/versioned', headers: { 'x-version': '2' }, call: `version 2 ${ID}` } },
  ],
  [
    'media type versioning',
    versions({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
    { 'a version': { path: '/versioned', headers: { accept: 'application/json;v=1' }, call: `version 1 ${ID}` } },
  ],
];

beforeEach(() => {
  calls.length = 0;
});

describe.each(PLATFORMS)('routing on %s', (platform) => {
  describe.each(SETUPS)('with %s', (_name, setup, cases) => {
    const running = useApplication({ platform, ...setup });

    it.each(Object.entries(cases))('reaches %s', async (_, { path, headers = {}, call }) => {
      const request = (deviation?: Parameters<typeof archiveRequest>[0]) =>
        exchange(running().port, path, archiveRequest({ ...deviation, headers }));

      expect(await request()).toMatchObject({ status: 204, body: '' });
      expect(await request()).toMatchObject({ status: 204, body: '' });
      expect(await request({ secret: 'a secret that is not configured!' })).toMatchObject({ status: 401 });
      expect(calls).toEqual([call, call]);
    });
  });

  describe('of inherited methods and of hosts', () => {
    const running = useApplication({ platform, ...PLAIN });

    it('reaches an inherited method with its own kind in every controller', async () => {
      const sip = (timestamp: number) => signed({ ...PAYLOADS.sip, timestamp });

      expect(await running().post('/left/calls', sip(1))).toMatchObject({ status: 204 });
      expect(await running().post('/right/calls', sip(2))).toMatchObject({ status: 204 });
      expect(await running().post('/right/calls', forgedArchiveRequest())).toMatchObject({ status: 401 });
      expect(calls).toEqual(['left call', 'right call']);
    });

    it('gives nothing unverified to a method that overrides an inherited one without @VideoCallback', async () => {
      expect(await running().post('/forgetful/archives', archiveRequest())).toMatchObject({ status: 500 });
      expect(calls).toEqual([]);
      expect(running().logs.of('error').join('\n')).toContain(
        'ForgetfulController.onArchive asks for a verified callback',
      );
    });

    it('reaches no method for an unknown host', async () => {
      const elsewhere = archiveRequest({ headers: { host: 'three.example' } });

      // Older versions of Nest 11 answer 500 on Fastify.
      expect([404, 500]).toContain((await exchange(running().port, '/hosted/one', elsewhere)).status);
      expect(calls).toEqual([]);
    });
  });

  describe('with two routes of one path', () => {
    @Controller('kinds')
    class KindsController {
      @Version('1')
      @Post()
      onArchive(@VideoCallback('archive') { id }: ArchiveCallback): void {
        calls.push(`archive ${id}`);
      }

      @Version('2')
      @Post()
      onCall(@VideoCallback('sip') { event }: SipCallback): void {
        calls.push(`sip ${event}`);
      }
    }
    const running = useApplication({
      platform,
      controllers: [KindsController],
      options: { projects: { '12345678': { archive: 'archive-secret', sip: 'sip-secret' } } },
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    });

    it.each([
      ['/v1/kinds', archiveRequest({ secret: 'archive-secret' }), 204, [`archive ${ID}`]],
      ['/v2/kinds', signed(PAYLOADS.sip, { secret: 'sip-secret' }), 204, ['sip callUpdated']],
      ['/v1/kinds', archiveRequest({ secret: 'sip-secret' }), 401, []],
      ['/v2/kinds', archiveRequest({ secret: 'archive-secret' }), 401, []],
    ])('keeps their kinds apart: %s', async (path, request, status, expected) => {
      expect(await running().post(path, request)).toMatchObject({ status });
      expect(calls).toEqual(expected);
    });
  });
});
