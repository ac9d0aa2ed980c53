import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  HttpCode,
  Injectable,
  mixin,
  type NestInterceptor,
  type NestMiddleware,
  type PipeTransform,
  Post,
  type Provider,
  RequestTimeoutException,
  SetMetadata,
  type Type,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, HttpAdapterHost, Reflector } from '@nestjs/core';
import { setTimeout as wait } from 'node:timers/promises';
import { catchError, defer, map, type Observable, tap, throwError, timeout, TimeoutError } from 'rxjs';
import { ArchiveCallback, CallbackRejectedException, VIDEO_CALLBACK_KIND, VideoCallback } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { Connection } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';

/** What ran, in order. */
const steps: string[] = [];

function passing(name: string): Type<CanActivate & NestInterceptor & PipeTransform & NestMiddleware> {
  @Injectable()
  class Passing implements CanActivate, NestInterceptor, PipeTransform, NestMiddleware {
    canActivate(): boolean {
      steps.push(`${name} guard`);
      return true;
    }

    intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
      steps.push(`${name} interceptor`);
      return next.handle().pipe(tap(() => steps.push(`${name} interceptor, after`)));
    }

    transform(value: unknown): unknown {
      steps.push(`${name} pipe`);
      return value;
    }

    use(_request: unknown, _response: unknown, next: () => void): void {
      steps.push('middleware');
      next();
    }
  }
  return mixin(Passing);
}

const [Global, Class, Method] = [passing('global'), passing('class'), passing('method')];

@Controller('video')
@UseGuards(Class)
@UseInterceptors(Class)
@UsePipes(Class)
class VideoController {
  @Post('archives')
  @UseGuards(Method)
  @UseInterceptors(Method)
  @UsePipes(Method)
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): string {
    steps.push(`handler of ${archive.id}`);
    return 'handled';
  }
}

describe.each(PLATFORMS)("the application's own enhancers on %s", (platform) => {
  let running: RunningApplication;

  beforeEach(() => {
    steps.length = 0;
  });
  afterEach(() => running.close());

  const start = async (controller: Type, ...providers: Provider[]) => {
    running = await startApplication({ platform, controllers: [controller], providers });
  };

  it('run around the checks in the order of Nest', async () => {
    await start(
      VideoController,
      { provide: APP_GUARD, useClass: Global },
      { provide: APP_INTERCEPTOR, useClass: Global },
      { provide: APP_PIPE, useClass: Global },
    );

    expect(await running.post('/video/archives', archiveRequest())).toMatchObject({ status: 204 });

    expect(steps).toEqual([
      'global guard',
      'class guard',
      'method guard',
      'global interceptor',
      'class interceptor',
      'method interceptor',
      'global pipe',
      'class pipe',
      'method pipe',
      `handler of ${String(PAYLOADS.archive['id'])}`,
      'method interceptor, after',
      'class interceptor, after',
      'global interceptor, after',
    ]);
  });

  it('on the method do not see a forged request, those in front do', async () => {
    await start(
      VideoController,
      { provide: APP_GUARD, useClass: Global },
      { provide: APP_INTERCEPTOR, useClass: Global },
    );

    expect(await running.post('/video/archives', forgedArchiveRequest())).toMatchObject({ status: 401 });

    expect(steps).toEqual(['global guard', 'class guard']);
  });

  it('on the method, interceptors do not see a callback whose body is not the one that was signed', async () => {
    await start(VideoController);

    const tampered = archiveRequest({ claims: { payload_hash: '0'.repeat(64) } });
    expect(await running.post('/video/archives', tampered)).toMatchObject({ status: 401 });

    expect(steps).toEqual(['class guard', 'method guard', 'class interceptor']);
    expect(running.observed.lastReason).toBe('payload_hash_mismatch');
  });

  it('a method guard that refuses keeps a genuine callback from the handler', async () => {
    @Injectable()
    class Closed implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    @Controller('closed')
    class ClosedController {
      @Post()
      @UseGuards(Closed)
      on(@VideoCallback('archive') archive: ArchiveCallback): void {
        steps.push(archive.id);
      }
    }
    await start(ClosedController);

    expect(await running.post('/closed', archiveRequest())).toMatchObject({ status: 403 });

    expect(steps).toEqual([]);
    expect(running.observed.outcomes.accepted).toEqual([]);
  });

  it('an interceptor on the method shapes the answer', async () => {
    @Injectable()
    class Enveloping implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    @Controller('enveloped')
    class EnvelopedController {
      @Post()
      @HttpCode(200)
      @UseInterceptors(Enveloping)
      on(@VideoCallback('archive') archive: ArchiveCallback): string | undefined {
        return archive.name ?? undefined;
      }
    }
    await start(EnvelopedController);

    expect(await running.post('/enveloped', archiveRequest())).toMatchObject({
      status: 200,
      text: `{"data":"${String(PAYLOADS.archive['name'])}"}`,
    });
  });

  it.each(['global', 'class', 'method'])('an exception filter (%s) decides the answer to an error', async (where) => {
    @Catch(ConflictException)
    class TeapotFilter implements ExceptionFilter {
      constructor(private readonly host: HttpAdapterHost) {}

      catch(_exception: ConflictException, host: ArgumentsHost): void {
        this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { short: 'and stout' }, 418);
      }
    }
    const Filtered = (place: string): ClassDecorator & MethodDecorator =>
      where === place ? UseFilters(TeapotFilter) : SetMetadata('nothing', undefined);
    @Controller('conflict')
    @Filtered('class')
    class ConflictController {
      @Post()
      @Filtered('method')
      on(@VideoCallback('archive') archive: ArchiveCallback): void {
        throw new ConflictException(archive.id);
      }
    }
    await start(ConflictController, ...(where === 'global' ? [{ provide: APP_FILTER, useClass: TeapotFilter }] : []));

    expect(await running.post('/conflict', archiveRequest())).toMatchObject({
      status: 418,
      text: '{"short":"and stout"}',
    });
    expect(running.observed.outcomes.failed).toMatchObject([{ error: { name: 'ConflictException' } }]);
    expect(running.observed.outcomes.accepted).toEqual([]);
  });

  it('an exception filter sees a refusal with its reason', async () => {
    @Catch(CallbackRejectedException)
    class ReasonFilter implements ExceptionFilter {
      constructor(private readonly host: HttpAdapterHost) {}

      catch({ reason }: CallbackRejectedException, host: ArgumentsHost): void {
        steps.push(reason);
        this.host.httpAdapter.reply(host.switchToHttp().getResponse(), '', 404);
      }
    }
    await start(VideoController, { provide: APP_FILTER, useClass: ReasonFilter });

    expect(await running.post('/video/archives', forgedArchiveRequest())).toMatchObject({ status: 404 });
    expect(steps.at(-1)).toBe('signature_mismatch');
  });
});

/** How long a method takes, in ms. */
const SLOW = 150;

@Controller('slow')
class SlowController {
  @Post('promise')
  @VideoCallback('archive')
  async promise(): Promise<void> {
    steps.push('begun');
    await wait(SLOW);
    steps.push('ended');
  }

  @Post('rejection')
  @VideoCallback('archive')
  async rejection(): Promise<void> {
    await this.promise();
    throw new ConflictException();
  }

  @Post('observable')
  @VideoCallback('archive')
  observable(): Observable<string> {
    return defer(() => this.promise()).pipe(map(() => 'done'));
  }

  @Post('observable-error')
  @VideoCallback('archive')
  observableError(): Observable<string> {
    return defer(() => this.rejection()).pipe(map(() => 'done'));
  }
}

const ENDS: readonly (readonly [path: string, outcome: 'accepted' | 'failed'])[] = [
  ['promise', 'accepted'],
  ['rejection', 'failed'],
  ['observable', 'accepted'],
  ['observable-error', 'failed'],
];

describe.each(PLATFORMS)('a method that goes on when its sender is gone, on %s,', (platform) => {
  let running: RunningApplication;

  beforeEach(() => {
    steps.length = 0;
  });
  afterEach(() => running.close());

  /** Which outcomes the observer was told, once the method has had the time to end. */
  const outcomesLater = async (): Promise<object> => {
    const { accepted, failed } = running.observed.outcomes;
    expect({ accepted, failed }).toEqual({ accepted: [], failed: [] });
    await wait(2 * SLOW);
    expect(steps).toEqual(['begun', 'ended']);
    return { accepted: accepted.length, failed: failed.length };
  };
  const only = (outcome: 'accepted' | 'failed') => ({ accepted: 0, failed: 0, [outcome]: 1 });

  it.each(ENDS)('is reported as it ended, though a global interceptor had given it up: %s', async (path, outcome) => {
    @Injectable()
    class TimeoutInterceptor implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(
          timeout(SLOW / 3),
          catchError((error: unknown) =>
            throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
          ),
        );
      }
    }
    running = await startApplication({
      platform,
      controllers: [SlowController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor }],
    });

    expect(await running.post(`/slow/${path}`, archiveRequest())).toMatchObject({ status: 408 });
    expect(await outcomesLater()).toEqual(only(outcome));
  });

  it.each(ENDS)('is reported as it ended, though the sender hung up: %s', async (path, outcome) => {
    running = await startApplication({ platform, controllers: [SlowController] });
    const connection = await Connection.open(running.port);
    connection.request(`/slow/${path}`, archiveRequest());
    while (steps.length === 0) await wait(5);
    connection.abort();
    await wait(SLOW / 3);

    expect(await outcomesLater()).toEqual(only(outcome));
  });

  it('is given up by an interceptor of its own, which fails it at once', async () => {
    @Controller('limited')
    class LimitedController {
      @Post()
      @UseInterceptors({ intercept: (_: ExecutionContext, next: CallHandler) => next.handle().pipe(timeout(SLOW / 3)) })
      limited(@VideoCallback('archive') archive: ArchiveCallback): Promise<void> {
        expect(archive.id).toBe(PAYLOADS.archive['id']);
        return new SlowController().promise();
      }
    }
    running = await startApplication({ platform, controllers: [LimitedController] });

    expect(await running.post('/limited', archiveRequest())).toMatchObject({ status: 500 });
    expect(running.observed.outcomes.failed.splice(0)).toMatchObject([{ error: { name: 'TimeoutError' } }]);
    expect(await outcomesLater()).toEqual({ accepted: 0, failed: 0 });
  });
});

const IS_PUBLIC = 'isPublic';
const Public = () => SetMetadata(IS_PUBLIC, true);

/** The guard of an application whose users log in: knows nothing of callbacks but what metadata say. */
function loginGuard(publicKey: string, refuse: () => boolean): Type<CanActivate> {
  @Injectable()
  class LoginGuard implements CanActivate {
    constructor(private readonly reflector: Reflector) {}

    canActivate(context: ExecutionContext): boolean {
      return this.reflector.getAllAndOverride(publicKey, [context.getHandler(), context.getClass()]) ? true : refuse();
    }
  }
  return mixin(LoginGuard);
}

const answer401 = (): never => {
  throw new UnauthorizedException('log in first');
};
const answer403 = (): boolean => false;

@Controller('video')
class PublicController {
  @Post('parameter')
  onParameter(@VideoCallback('archive', { decorators: [Public()] }) archive: ArchiveCallback): void {
    steps.push(archive.id);
  }

  @Post('method')
  @VideoCallback('archive', { decorators: [Public()] })
  onMethod(): void {
    steps.push('method');
  }

  @Post('second-use')
  @VideoCallback('archive', { decorators: [Public()] })
  onSecondUse(@VideoCallback('archive') archive: ArchiveCallback): void {
    steps.push(archive.id);
  }

  @Post('ordinary')
  onOrdinary(@VideoCallback('archive') archive: ArchiveCallback): void {
    steps.push(archive.id);
  }

  @Post('login-only')
  loginOnly(): void {
    steps.push('login-only');
  }
}

describe.each(PLATFORMS)('behind a global guard that wants a login, on %s,', (platform) => {
  let running: RunningApplication;

  beforeEach(() => {
    steps.length = 0;
  });
  afterEach(() => running.close());

  const start = async (guard: Type<CanActivate>) => {
    running = await startApplication({
      platform,
      controllers: [PublicController],
      providers: [{ provide: APP_GUARD, useClass: guard }],
    });
  };

  it.each(['parameter', 'method', 'second-use'])('the option decorators makes a route public (%s)', async (path) => {
    await start(loginGuard(IS_PUBLIC, answer403));

    expect(await running.post(`/video/${path}`, archiveRequest())).toMatchObject({ status: 204 });
    expect(await running.post(`/video/${path}`, forgedArchiveRequest())).toMatchObject({ status: 401 });
    expect(steps).toHaveLength(1);
    expect(running.observed.lastReason).toBe('signature_mismatch');
  });

  it('VIDEO_CALLBACK_KIND lets callbacks through, and nothing else', async () => {
    await start(loginGuard(VIDEO_CALLBACK_KIND, answer403));

    for (const path of ['/video/ordinary', '/video/parameter', '/video/method']) {
      expect(await running.post(path, archiveRequest())).toMatchObject({ status: 204 });
      expect(await running.post(path, forgedArchiveRequest())).toMatchObject({ status: 401 });
    }
    expect(await running.post('/video/login-only', archiveRequest())).toMatchObject({ status: 403 });
    expect(steps).toHaveLength(3);
  });

  it.each([
    [401, answer401, 'log in first'],
    [403, answer403, 'Forbidden resource'],
  ])('a route that is not public gets the %d of the guard itself', async (status, refuse, message) => {
    await start(loginGuard(IS_PUBLIC, refuse));

    const answer = await running.post('/video/ordinary', archiveRequest());

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ message });
    expect(steps).toEqual([]);
    expect(running.observed.outcomes.rejected).toEqual([]);
  });
});
