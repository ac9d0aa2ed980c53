import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  GoneException,
  HttpCode,
  type HttpException,
  Injectable,
  mixin,
  type NestInterceptor,
  type NestMiddleware,
  type PipeTransform,
  Post,
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
import { PLATFORMS } from '../support/application.js';
import { Connection } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { until } from '../support/until.js';
import { useApplication } from '../support/use-application.js';
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

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Enveloping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** Answers an error with the status 418. */
function teapot(error: Type<HttpException>): Type<ExceptionFilter> {
  @Catch(error)
  class TeapotFilter implements ExceptionFilter {
    constructor(private readonly host: HttpAdapterHost) {}

    catch(_exception: unknown, host: ArgumentsHost): void {
      this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { short: 'and stout' }, 418);
    }
  }
  return mixin(TeapotFilter);
}

@Catch(CallbackRejectedException)
class ReasonFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch({ reason }: CallbackRejectedException, host: ArgumentsHost): void {
    steps.push(reason);
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), '', 404);
  }
}

@Controller('enhanced')
class EnhancedController {
  @Post('closed')
  @UseGuards(Closed)
  onClosed(@VideoCallback('archive') archive: ArchiveCallback): void {
    steps.push(archive.id);
  }

  @Post('enveloped')
  @HttpCode(200)
  @UseInterceptors(Enveloping)
  onEnveloped(@VideoCallback('archive') archive: ArchiveCallback): string | undefined {
    return archive.name ?? undefined;
  }

  @Post('global')
  onGlobal(@VideoCallback('archive') archive: ArchiveCallback): void {
    throw new GoneException(archive.id);
  }

  @Post('method')
  @UseFilters(teapot(ConflictException))
  onMethod(@VideoCallback('archive') archive: ArchiveCallback): void {
    throw new ConflictException(archive.id);
  }
}

@Controller('enhanced')
@UseFilters(teapot(ConflictException))
class FilteredController {
  @Post('class')
  onClass(@VideoCallback('archive') archive: ArchiveCallback): void {
    throw new ConflictException(archive.id);
  }
}

describe.each(PLATFORMS)('an enhancer of the application on %s', (platform) => {
  const running = useApplication({
    platform,
    controllers: [VideoController, EnhancedController, FilteredController],
    providers: [
      { provide: APP_GUARD, useClass: Global },
      { provide: APP_INTERCEPTOR, useClass: Global },
      { provide: APP_PIPE, useClass: Global },
      { provide: APP_FILTER, useClass: teapot(GoneException) },
      { provide: APP_FILTER, useClass: ReasonFilter },
    ],
  });
  const post = (path: string, request = archiveRequest()) => running().post(path, request);

  beforeEach(() => {
    steps.length = 0;
    const { accepted, failed } = running().observed.outcomes;
    for (const outcomes of [accepted, failed]) outcomes.length = 0;
  });

  it("runs around the checks in Nest's order", async () => {
    expect(await post('/video/archives')).toMatchObject({ status: 204 });
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

  it('sees a forged request only in front of the method, and its reason in an exception filter', async () => {
    expect(await post('/video/archives', forgedArchiveRequest())).toMatchObject({ status: 404 });
    expect(steps).toEqual(['global guard', 'class guard', 'signature_mismatch']);
  });

  it('on the method, as an interceptor, sees no callback whose body is not the one that was signed', async () => {
    const tampered = archiveRequest({ claims: { payload_hash: '0'.repeat(64) } });

    expect(await post('/video/archives', tampered)).toMatchObject({ status: 404 });
    expect(steps).toEqual([
      'global guard',
      'class guard',
      'method guard',
      'global interceptor',
      'class interceptor',
      'payload_hash_mismatch',
    ]);
  });

  it('on the method, as a guard, can keep a genuine callback from it', async () => {
    expect(await post('/enhanced/closed')).toMatchObject({ status: 403 });
    expect(steps).toEqual(['global guard']);
    expect(running().observed.outcomes.accepted).toEqual([]);
  });

  it('on the method, as an interceptor, can shape the answer', async () => {
    expect(await post('/enhanced/enveloped')).toMatchObject({
      status: 200,
      text: `{"data":"${String(PAYLOADS.archive['name'])}"}`,
    });
  });

  it.each([
    ['global', 'GoneException'],
    ['class', 'ConflictException'],
    ['method', 'ConflictException'],
  ])('as an exception filter (%s) can decide the answer to an error', async (place, name) => {
    expect(await post(`/enhanced/${place}`)).toMatchObject({ status: 418, text: '{"short":"and stout"}' });
    expect(running().observed.outcomes.failed).toMatchObject([{ error: { name } }]);
    expect(running().observed.outcomes.accepted).toEqual([]);
  });
});

/** How long a method takes, in ms. */
const SLOW = 150;

async function goOn(method: string): Promise<void> {
  steps.push(`${method} begun`);
  await wait(SLOW);
  steps.push(`${method} ended`);
}

@Controller('slow')
class SlowController {
  @Post('promise')
  @VideoCallback('archive')
  promise(): Promise<void> {
    return goOn('promise');
  }

  @Post('rejection')
  @VideoCallback('archive')
  async rejection(): Promise<void> {
    await goOn('rejection');
    throw new ConflictException();
  }

  @Post('observable')
  @VideoCallback('archive')
  observable(): Observable<string> {
    return defer(() => goOn('observable')).pipe(map(() => 'done'));
  }

  @Post('observableError')
  @VideoCallback('archive')
  observableError(): Observable<never> {
    return defer(async () => {
      await goOn('observableError');
      throw new ConflictException();
    });
  }

  @Post('limited')
  @UseInterceptors({ intercept: (_: ExecutionContext, next: CallHandler) => next.handle().pipe(timeout(SLOW / 3)) })
  @VideoCallback('archive')
  limited(): Promise<void> {
    return goOn('limited');
  }
}

/** A global interceptor that gives up each request with the header `x-impatient`. */
@Injectable()
class TimeoutInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers['x-impatient'] === undefined) return next.handle();
    return next.handle().pipe(
      timeout(SLOW / 3),
      catchError((error: unknown) =>
        throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
      ),
    );
  }
}

const METHODS = ['promise', 'rejection', 'observable', 'observableError'];

describe.each(PLATFORMS)('a method that goes on when its sender has gone, on %s', (platform) => {
  const running = useApplication({
    platform,
    controllers: [SlowController],
    providers: [{ provide: APP_INTERCEPTOR, useClass: TimeoutInterceptor }],
  });

  beforeEach(() => {
    steps.length = 0;
  });

  /** Expects that nothing is reported before the methods have ended, and then how each of them ended. */
  const expectEndsReported = async (): Promise<void> => {
    const { accepted, failed } = running().observed.outcomes;
    expect({ accepted, failed }).toEqual({ accepted: [], failed: [] });
    await until(() => accepted.length + failed.length === METHODS.length);

    expect(steps.slice(-METHODS.length).sort()).toEqual(METHODS.map((method) => `${method} ended`).sort());
    const routesOf = (outcomes: { readonly route: string }[]) => outcomes.splice(0).map(({ route }) => route);
    expect(routesOf(accepted).sort()).toEqual(['SlowController.observable', 'SlowController.promise']);
    expect(routesOf(failed).sort()).toEqual(['SlowController.observableError', 'SlowController.rejection']);
  };

  it('is reported as it ended if a global interceptor gave it up', async () => {
    const impatient = () => archiveRequest({ headers: { 'x-impatient': 'yes' } });
    const answers = await Promise.all(METHODS.map((method) => running().post(`/slow/${method}`, impatient())));

    expect(answers).toMatchObject(METHODS.map(() => ({ status: 408 })));
    await expectEndsReported();
  });

  it('is reported as it ended if the sender hung up', async () => {
    const connections = await Promise.all(METHODS.map(() => Connection.open(running().port)));
    for (const [index, method] of METHODS.entries()) connections[index]?.request(`/slow/${method}`, archiveRequest());
    while (steps.length < METHODS.length) await wait(5);
    for (const connection of connections) connection.abort();

    await expectEndsReported();
  });

  it('is reported as failed at once if an interceptor of its own gives it up', async () => {
    const { accepted, failed } = running().observed.outcomes;

    expect(await running().post('/slow/limited', archiveRequest())).toMatchObject({ status: 500 });
    expect(failed.splice(0)).toMatchObject([{ error: { name: 'TimeoutError' } }]);
    await until(() => steps.includes('limited ended'));
    await wait(20);
    expect([accepted, failed]).toEqual([[], []]);
  });
});

const IS_PUBLIC = 'isPublic';
const Public = () => SetMetadata(IS_PUBLIC, true);

/** What the guard of the application goes by, and how it refuses. */
let login: { readonly publicKey: string; readonly refuse: () => boolean };

/** The guard of an application whose users log in: knows nothing of callbacks but what metadata say. */
@Injectable()
class LoginGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const isPublic: unknown = this.reflector.getAllAndOverride(login.publicKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    return isPublic !== undefined || login.refuse();
  }
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

describe.each(PLATFORMS)('behind a global guard that wants a login, on %s', (platform) => {
  const running = useApplication({
    platform,
    controllers: [PublicController],
    providers: [{ provide: APP_GUARD, useClass: LoginGuard }],
  });
  const post = (path: string, request = archiveRequest()) => running().post(`/video/${path}`, request);

  beforeEach(() => {
    steps.length = 0;
  });

  it.each(['parameter', 'method', 'second-use'])('the option decorators makes a route public (%s)', async (path) => {
    login = { publicKey: IS_PUBLIC, refuse: answer403 };

    expect(await post(path)).toMatchObject({ status: 204 });
    expect(await post(path, forgedArchiveRequest())).toMatchObject({ status: 401 });
    expect(steps).toHaveLength(1);
    expect(running().observed.lastReason).toBe('signature_mismatch');
  });

  it('VIDEO_CALLBACK_KIND lets callbacks pass, and nothing else', async () => {
    login = { publicKey: VIDEO_CALLBACK_KIND, refuse: answer403 };

    for (const path of ['ordinary', 'parameter', 'method']) {
      expect(await post(path)).toMatchObject({ status: 204 });
      expect(await post(path, forgedArchiveRequest())).toMatchObject({ status: 401 });
    }
    expect(await post('login-only')).toMatchObject({ status: 403 });
    expect(steps).toHaveLength(3);
  });

  it.each([
    [401, answer401, 'log in first'],
    [403, answer403, 'Forbidden resource'],
  ])('a route that is not public gets the %d of the guard', async (status, refuse, message) => {
    login = { publicKey: IS_PUBLIC, refuse };
    running().observed.outcomes.rejected.length = 0;

    const answer = await post('ordinary');

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ message });
    expect(steps).toEqual([]);
    expect(running().observed.outcomes.rejected).toEqual([]);
  });
});
