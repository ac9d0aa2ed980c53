import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
  VersioningType,
} from '@nestjs/common';
import { REQUEST, RouterModule } from '@nestjs/core';
import { type IncomingMessage } from 'node:http';
import { ArchiveCallback, type SipCallback, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import {
  type ApplicationSetup,
  PLATFORMS,
  PROJECTS,
  type RunningApplication,
  startApplication,
} from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
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

interface Case {
  readonly setup: ApplicationSetup;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly call: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'a global prefix': {
    setup: { controllers: [VideoController], configure: (app) => void app.setGlobalPrefix('api') },
    path: '/api/video/archives',
    call: `VideoController ${ID}`,
  },
  'a route that the global prefix excludes': {
    setup: {
      controllers: [VideoController],
      configure: (app) =>
        void app.setGlobalPrefix('api', { exclude: [{ path: 'video/archives', method: RequestMethod.POST }] }),
    },
    path: '/video/archives',
    call: `VideoController ${ID}`,
  },
  'a route with parameters, called with a query': {
    setup: { controllers: [VideoController] },
    path: '/video/projects/blue/anything?with=query',
    call: `blue ${ID}`,
  },
  'URI versioning, the version of the controller': {
    setup: {
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    },
    path: '/v1/versioned',
    call: `version 1 ${ID}`,
  },
  'URI versioning, the version of the method': {
    setup: {
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    },
    path: '/v2/versioned',
    call: `version 2 ${ID}`,
  },
  'header versioning': {
    setup: {
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
    },
    path: '/versioned',
    headers: { 'x-version': '2' },
    call: `version 2 ${ID}`,
  },
  'media type versioning': {
    setup: {
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
    },
    path: '/versioned',
    headers: { accept: 'application/json;v=1' },
    call: `version 1 ${ID}`,
  },
  'a host': {
    setup: { controllers: [FirstHostController, SecondHostController] },
    path: '/hosted/one',
    headers: { host: 'one.example' },
    call: `one.example ${ID}`,
  },
  'a host with a parameter': {
    setup: { controllers: [FirstHostController, SecondHostController] },
    path: '/hosted/two',
    headers: { host: 'blue.two.example' },
    call: `two.example ${ID}`,
  },
  'a feature module that RouterModule mounts': {
    setup: {
      controllers: [],
      imports: [
        VideoModule,
        RouterModule.register([{ path: 'mounted', module: VideoModule }]),
        VideoCallbacksModule.forRoot({ projects: PROJECTS }),
      ],
      configure: (app) => void app.setGlobalPrefix('api'),
    },
    path: '/api/mounted/video/archives',
    call: `VideoController ${ID}`,
  },
  'a controller of request scope': {
    setup: { controllers: [ScopedController] },
    path: '/scoped',
    call: `scoped 1 ${ID}`,
  },
  'a dependency of request scope': {
    setup: { controllers: [DependentController], providers: [RequestScoped] },
    path: '/dependent',
    call: `application/json ${ID}`,
  },
  'an inherited method': {
    setup: { controllers: [LeftController, RightController] },
    path: '/left/archives',
    call: `left ${ID}`,
  },
  'a method that overrides an inherited one': {
    setup: { controllers: [LeftController, RightController] },
    path: '/right/archives',
    call: `right's own ${ID}`,
  },
};

describe.each(PLATFORMS)('routing on %s:', (platform) => {
  let running: RunningApplication;

  beforeEach(() => {
    calls.length = 0;
  });
  afterEach(() => running.close());

  it.each(Object.entries(CASES))('%s', async (_, { setup, path, headers = {}, call }) => {
    running = await startApplication({ platform, ...setup });
    const request = (deviation?: Parameters<typeof archiveRequest>[0]) =>
      exchange(running.port, path, archiveRequest({ ...deviation, headers }));

    expect(await request()).toMatchObject({ status: 204, body: '' });
    expect(await request()).toMatchObject({ status: 204, body: '' });
    expect(await request({ secret: 'a secret that is not configured!' })).toMatchObject({ status: 401 });
    expect(calls).toEqual([call, call]);
  });

  it('an inherited method takes its own kind in every controller', async () => {
    running = await startApplication({ platform, controllers: [LeftController, RightController] });
    const sip = (timestamp: number) => signed({ ...PAYLOADS.sip, timestamp });

    expect(await running.post('/left/calls', sip(1))).toMatchObject({ status: 204 });
    expect(await running.post('/right/calls', sip(2))).toMatchObject({ status: 204 });
    expect(await running.post('/right/calls', forgedArchiveRequest())).toMatchObject({ status: 401 });
    expect(calls).toEqual(['left call', 'right call']);
  });

  it('a method that overrides an inherited one without @VideoCallback gets nothing unverified', async () => {
    @Controller('forgetful')
    class ForgetfulController extends BaseController {
      protected readonly name = 'forgetful';

      @Post('archives')
      override onArchive({ id }: ArchiveCallback): void {
        calls.push(id);
      }
    }
    running = await startApplication({ platform, controllers: [ForgetfulController] });

    expect(await running.post('/forgetful/archives', archiveRequest())).toMatchObject({ status: 500 });
    expect(calls).toEqual([]);
    expect(running.logs.of('error').join('\n')).toContain('ForgetfulController.onArchive asks for a verified callback');
  });

  it('a callback for a host that no controller has reaches none', async () => {
    running = await startApplication({ platform, controllers: [FirstHostController, SecondHostController] });

    const elsewhere = archiveRequest({ headers: { host: 'three.example' } });

    // Older versions of Nest 11 answer 500 on Fastify.
    expect([404, 500]).toContain((await exchange(running.port, '/hosted/one', elsewhere)).status);
    expect(calls).toEqual([]);
  });

  it('two routes of one path keep their kinds apart', async () => {
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
    running = await startApplication({
      platform,
      controllers: [KindsController],
      options: { projects: { '12345678': { archive: 'archive-secret', sip: 'sip-secret' } } },
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    });

    expect(await running.post('/v1/kinds', archiveRequest({ secret: 'archive-secret' }))).toMatchObject({
      status: 204,
    });
    expect(await running.post('/v2/kinds', signed(PAYLOADS.sip, { secret: 'sip-secret' }))).toMatchObject({
      status: 204,
    });
    expect(await running.post('/v1/kinds', archiveRequest({ secret: 'sip-secret' }))).toMatchObject({ status: 401 });
    expect(await running.post('/v2/kinds', archiveRequest({ secret: 'archive-secret' }))).toMatchObject({
      status: 401,
    });
    expect(calls).toEqual([`archive ${ID}`, 'sip callUpdated']);
  });
});
