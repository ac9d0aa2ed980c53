import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Post, Res } from '@nestjs/common';
import { EMPTY, from, Observable, of } from 'rxjs';
import {
  ArchiveCallback,
  CallbackClaims,
  CallbackProject,
  type CallbackTokenClaims,
  DeliveryAttempt,
  RawCallback,
  VideoCallback,
} from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { archiveRequest, forgedArchiveRequest } from '../module/archive-request.js';

/** What the methods were called with. */
const calls: unknown[][] = [];

@Controller('uses')
class UsesController {
  @Post('parameter')
  onParameter(@VideoCallback('archive') archive: ArchiveCallback): void {
    calls.push([archive]);
  }

  @Post('method')
  @VideoCallback('archive')
  onMethod(): void {
    calls.push([]);
  }

  @VideoCallback('archive')
  @Post('method-above-post')
  onMethodAbovePost(): void {
    calls.push([]);
  }

  @Post('method-with-claims')
  @VideoCallback('archive')
  onMethodWithClaims(@CallbackClaims() claims: CallbackTokenClaims): void {
    calls.push([claims.jti]);
  }

  @Post('method-with-raw')
  @VideoCallback('archive')
  onMethodWithRaw(@RawCallback() raw: Record<string, unknown>): void {
    calls.push([raw]);
  }

  @Post('both')
  @VideoCallback('archive')
  onBoth(@VideoCallback('archive') archive: ArchiveCallback): void {
    calls.push([archive]);
  }

  @Post('twice')
  @VideoCallback('archive')
  @VideoCallback('archive')
  onTwice(@VideoCallback('archive') archive: ArchiveCallback): void {
    calls.push([archive]);
  }

  @Post('two-parameters')
  onTwoParameters(
    @CallbackClaims() claims: CallbackTokenClaims,
    @VideoCallback('archive') archive: ArchiveCallback,
    @VideoCallback('archive') again: object,
  ): void {
    calls.push([claims.jti, archive, again]);
  }
}

@Controller('answers')
class AnswersController {
  @Post('value')
  @VideoCallback('archive')
  value(): object {
    return { kept: false };
  }

  @Post('value-200')
  @HttpCode(200)
  value200(@VideoCallback('archive') archive: ArchiveCallback): object {
    return { id: archive.id };
  }

  @HttpCode(202)
  @Post('value-202-above')
  @VideoCallback('archive')
  value202(): string {
    return 'queued';
  }

  @Post('value-200-below')
  @VideoCallback('archive')
  @HttpCode(200)
  value200Below(): string {
    return 'below';
  }

  @Post('value-201')
  @HttpCode(201)
  value201(@VideoCallback('archive') archive: ArchiveCallback): string {
    return archive.status;
  }

  @Post('value-202-by-decorators')
  value202ByDecorators(@VideoCallback('archive', { decorators: [HttpCode(202)] }) archive: ArchiveCallback): string {
    return archive.status;
  }

  @Post('promise-200')
  @HttpCode(200)
  promise200(@VideoCallback('archive') archive: ArchiveCallback): Promise<object> {
    return Promise.resolve({ id: archive.id });
  }

  @Post('observable-200')
  @HttpCode(200)
  observable200(@VideoCallback('archive') archive: ArchiveCallback): Observable<object> {
    return of({ id: archive.id });
  }

  @Post('last-of-observable-200')
  @HttpCode(200)
  last200(@VideoCallback('archive') archive: ArchiveCallback): Observable<object> {
    return from([{ id: 'first' }, { id: archive.id }]);
  }

  @Post('observable-of-nothing')
  @VideoCallback('archive')
  nothing(): Observable<never> {
    return EMPTY;
  }

  @Post('promise-of-observable')
  @VideoCallback('archive')
  promiseOfObservable(): Promise<Observable<string>> {
    return Promise.resolve(of('ignored'));
  }
}

/** What Express' and Fastify's responses have in common. */
interface PlatformResponse {
  status(code: number): PlatformResponse;
  send(body: string): unknown;
}

@Controller('responses')
class ResponsesController {
  @Post('own')
  @VideoCallback('archive')
  own(@Res() response: PlatformResponse): void {
    response.status(202).send('my own');
  }

  @Post('passthrough')
  @VideoCallback('archive')
  passthrough(@Res({ passthrough: true }) response: PlatformResponse): string {
    response.status(203);
    return 'passed';
  }
}

@Controller('others')
class OthersController {
  @Post()
  others(): string {
    return 'others';
  }

  @Get()
  read(): string {
    return 'read';
  }
}

describe.each(PLATFORMS)('@VideoCallback on %s', (platform) => {
  let running: RunningApplication;

  beforeAll(async () => {
    running = await startApplication({
      platform,
      controllers: [UsesController, AnswersController, ResponsesController, OthersController],
    });
  });
  afterAll(() => running.close());
  beforeEach(() => {
    calls.length = 0;
  });

  const dto = expect.objectContaining({ id: PAYLOADS.archive['id'] });

  it.each<readonly [string, string, (jti: string) => unknown[]]>([
    ['on a parameter', 'parameter', () => [dto]],
    ['on a method', 'method', () => []],
    ['on a method, above @Post', 'method-above-post', () => []],
    ['on a method that takes the claims', 'method-with-claims', (jti) => [jti]],
    ['on a method that takes the whole JSON', 'method-with-raw', () => [PAYLOADS.archive]],
    ['on a method and its parameter', 'both', () => [dto]],
    ['twice on a method and on its parameter', 'twice', () => [dto]],
    ['on two parameters', 'two-parameters', (jti) => [jti, dto, dto]],
  ])('%s accepts genuine callbacks, once, and rejects forged ones', async (_, path, parameters) => {
    const jti = `the-id-for-${path}`;
    const genuine = archiveRequest({ claims: { jti } });
    const accepted = running.observed.outcomes.accepted.length;

    expect(await running.post(`/uses/${path}`, genuine)).toMatchObject({ status: 204, text: '' });
    expect(await running.post(`/uses/${path}`, forgedArchiveRequest())).toMatchObject({ status: 401 });

    expect(calls).toEqual([parameters(jti)]);
    expect(running.observed.outcomes.accepted).toHaveLength(accepted + 1);
  });

  it('hands over an instance of the DTO, the same to two parameters', async () => {
    await running.post('/uses/two-parameters', archiveRequest());

    const [[, first, second] = []] = calls;
    expect(first).toBeInstanceOf(ArchiveCallback);
    expect(second).toBe(first);
  });

  it.each([
    ['a value without @HttpCode', 'value', 204, ''],
    ['a value with @HttpCode(200)', 'value-200', 200, `{"id":"${String(PAYLOADS.archive['id'])}"}`],
    ['a value with @HttpCode(202) above @VideoCallback', 'value-202-above', 202, 'queued'],
    ['a value with @HttpCode(200) below @VideoCallback', 'value-200-below', 200, 'below'],
    ["a value with @HttpCode(201), Nest's own default", 'value-201', 201, 'available'],
    ['a value with @HttpCode(202) among the decorators', 'value-202-by-decorators', 202, 'available'],
    ['a promise with @HttpCode(200)', 'promise-200', 200, `{"id":"${String(PAYLOADS.archive['id'])}"}`],
    ['an Observable with @HttpCode(200)', 'observable-200', 200, `{"id":"${String(PAYLOADS.archive['id'])}"}`],
    ['an Observable of two values', 'last-of-observable-200', 200, `{"id":"${String(PAYLOADS.archive['id'])}"}`],
    ['a promise of an Observable without @HttpCode', 'promise-of-observable', 204, ''],
    ['an Observable that completes without a value', 'observable-of-nothing', 204, ''],
  ])('%s is answered as the method says', async (_, path, status, text) => {
    const accepted = running.observed.outcomes.accepted.length;

    expect(await running.post(`/answers/${path}`, archiveRequest())).toMatchObject({ status, text });

    expect(running.observed.outcomes.accepted).toHaveLength(accepted + 1);
  });

  it.each([
    ['own', 202, 'my own'],
    ['passthrough', 203, 'passed'],
  ])('lets the method send its own answer (%s)', async (path, status, text) => {
    const accepted = running.observed.outcomes.accepted.length;

    expect(await running.post(`/responses/${path}`, archiveRequest())).toMatchObject({ status, text });
    expect(await running.post(`/responses/${path}`, forgedArchiveRequest())).toMatchObject({ status: 401 });

    expect(running.observed.outcomes.accepted).toHaveLength(accepted + 1);
  });

  it('does not affect other methods', async () => {
    expect(await running.post('/others', archiveRequest())).toMatchObject({ status: 201, text: 'others' });
    expect(await (await fetch(`${running.url}/others`)).text()).toBe('read');
  });
});

describe('@VideoCallback throws, when the class is defined, for', () => {
  const define = (onMethod: boolean) => {
    @Controller()
    class TwoKindsController {
      @Post()
      on(@VideoCallback('archive') archive: ArchiveCallback, @VideoCallback('archive') raw: object): void {
        calls.push([archive, raw]);
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(TwoKindsController.prototype, 'on');
    if (onMethod && descriptor !== undefined) VideoCallback('sip')(TwoKindsController.prototype, 'on', descriptor);
    else VideoCallback('sip')(TwoKindsController.prototype, 'on', 1);
  };

  it.each([
    ['the method', true],
    ['another parameter', false],
  ])('another kind on %s', (_, onMethod) => {
    expect(() => {
      define(onMethod);
    }).toThrow(
      "TwoKindsController.on has @VideoCallback('archive') and @VideoCallback('sip'): name all its kinds in one list, " +
        "@VideoCallback(['archive', 'sip']).",
    );
  });

  it('an empty list of kinds', () => {
    expect(() => VideoCallback([])).toThrow('@VideoCallback([]) takes no callbacks: name at least one kind.');
  });

  it('a constructor parameter and a property', () => {
    class Misused {
      property = 1;
    }
    const decorate = VideoCallback('archive') as (target: object, name: string, index: unknown) => void;

    const message = "@VideoCallback('archive') belongs on a method or on a parameter of one.";
    expect(() => {
      decorate(Misused, undefined as unknown as string, 0);
    }).toThrow(message);
    expect(() => {
      decorate(Misused.prototype, 'property', undefined);
    }).toThrow(message);
  });
});

describe('A decorator that injects a part of a callback', () => {
  it.each([
    ['CallbackClaims', CallbackClaims],
    ['CallbackProject', CallbackProject],
    ['RawCallback', RawCallback],
    ['DeliveryAttempt', DeliveryAttempt],
  ])('is refused on a constructor (@%s)', (_, decorator) => {
    expect(() => {
      decorator()(UsesController, undefined, 0);
    }).toThrow(new TypeError('Callbacks are injected into methods, not into constructors.'));
  });
});

describe.each(PLATFORMS)('a decorator that wraps the method on %s', (platform) => {
  /** As decorators for transactions or tracing do, without carrying metadata over. */
  const Wrapped = (_target: object, _name: string, descriptor: PropertyDescriptor): void => {
    const method = descriptor.value as (...parameters: unknown[]) => unknown;
    descriptor.value = function (this: unknown, ...parameters: unknown[]) {
      return method.apply(this, parameters);
    };
  };

  @Controller('wrapped')
  class WrappedAboveParameterController {
    @Post()
    @Wrapped
    onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
      calls.push([archive]);
    }
  }

  @Controller('wrapped')
  class WrappedAboveController {
    @Post()
    @Wrapped
    @VideoCallback('archive')
    onArchive(): void {
      calls.push([]);
    }
  }

  @Controller('wrapped')
  class WrappedBelowController {
    @Post()
    @VideoCallback('archive')
    @Wrapped
    onArchive(): void {
      calls.push([]);
    }
  }

  it.each([
    ['above @VideoCallback on a parameter', WrappedAboveParameterController],
    ['above @VideoCallback on the method', WrappedAboveController],
  ])('%s loses its metadata, which ends the start-up instead of leaving the route open', async (_, controller) => {
    const running = await startApplication({ platform, controllers: [controller] }).catch(
      (error: unknown) => error as Error,
    );

    if (running instanceof Error) {
      expect(running.message).toContain(`${controller.name}.onArchive`);
      return;
    }
    calls.length = 0;
    const answer = await running.post('/wrapped', forgedArchiveRequest());
    await running.close();
    expect({ status: answer.status, calls }).toEqual({
      status: 'never asked: the application did not start',
      calls: [],
    });
  });

  it('below @VideoCallback changes nothing', async () => {
    const running = await startApplication({ platform, controllers: [WrappedBelowController] });
    try {
      calls.length = 0;
      expect(await running.post('/wrapped', forgedArchiveRequest())).toMatchObject({ status: 401 });
      expect(calls).toEqual([]);
      expect(await running.post('/wrapped', archiveRequest())).toMatchObject({ status: 204 });
      expect(calls).toEqual([[]]);
    } finally {
      await running.close();
    }
  });
});
