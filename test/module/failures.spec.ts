import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConflictException, Controller, Post } from '@nestjs/common';
import { type Observable, of, throwError } from 'rxjs';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackClaims,
  type CallbackObserver,
  CallbackProject,
  type CallbackTokenClaims,
  DeliveryAttempt,
  RawCallback,
  VideoCallback,
} from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { archiveRequest, forgedArchiveRequest } from './archive-request.js';
import { ownLines } from './own-lines.js';

const SECRET_OF_HANDLER = 'archive-password-of-a-customer';

@Controller('failing')
class FailingController {
  @Post('conflict')
  conflict(@VideoCallback('archive') archive: ArchiveCallback): void {
    throw new ConflictException(`${archive.id} is there already`);
  }

  @Post('late-conflict')
  async lateConflict(@VideoCallback('archive') archive: ArchiveCallback): Promise<void> {
    await Promise.resolve();
    throw new ConflictException(`${archive.id} is there already`);
  }

  @Post('error')
  @VideoCallback('archive')
  error(): void {
    throw new Error(SECRET_OF_HANDLER);
  }

  @Post('rejection')
  @VideoCallback('archive')
  rejection(): Promise<void> {
    return Promise.reject(new Error(SECRET_OF_HANDLER));
  }

  @Post('observable-error')
  @VideoCallback('archive')
  observableError(): Observable<never> {
    return throwError(() => new Error(SECRET_OF_HANDLER));
  }

  @Post('code')
  @VideoCallback('archive')
  code(): void {
    throw Object.assign(new Error(SECRET_OF_HANDLER), { code: 'ECONNREFUSED' });
  }

  @Post('text')
  @VideoCallback('archive')
  text(): Observable<never> {
    return throwError(() => SECRET_OF_HANDLER);
  }

  @Post('fine')
  @VideoCallback('archive')
  fine(): Observable<string> {
    return of('fine');
  }
}

const EXPECTED_CONFLICT = {
  message: `b40ef09b-3333-4726-b508-e41a0f96c68f is there already`,
  error: 'Conflict',
  statusCode: 409,
};
const EXPECTED_500 = { message: 'Internal server error', statusCode: 500 };

describe.each(PLATFORMS)('a method that fails on %s', (platform) => {
  const application = useApplication({ platform, controllers: [FailingController] });

  it.each<readonly [string, string, object, object, string]>([
    ['an HttpException', 'conflict', EXPECTED_CONFLICT, { name: 'ConflictException' }, 'ConflictException (409)'],
    ['one later', 'late-conflict', EXPECTED_CONFLICT, { name: 'ConflictException' }, 'ConflictException (409)'],
    ['an Error', 'error', EXPECTED_500, { message: SECRET_OF_HANDLER }, 'Error'],
    ['a rejected promise', 'rejection', EXPECTED_500, { message: SECRET_OF_HANDLER }, 'Error'],
    ['an Observable that errs', 'observable-error', EXPECTED_500, { message: SECRET_OF_HANDLER }, 'Error'],
    ['an Error with a code', 'code', EXPECTED_500, { code: 'ECONNREFUSED' }, 'Error ("ECONNREFUSED")'],
  ])('with %s is answered as by Nest, reported and logged', async (_, path, answer, error, logged) => {
    const running = application();
    const { failed, accepted } = running.observed.outcomes;
    running.logs.lines.length = 0;

    const { status, text } = await running.post(`/failing/${path}`, archiveRequest({ claims: { jti: 'the-id' } }));

    expect(JSON.parse(text)).toEqual(answer);
    expect({ statusCode: status }).toMatchObject({ statusCode: (answer as { statusCode: number }).statusCode });
    expect(failed.splice(0)).toMatchObject([{ kind: 'archive', projectId: PROJECT, jti: 'the-id', error }]);
    expect(accepted).toEqual([]);
    const method = path.replace(/-(\w)/, (_match, letter: string) => letter.toUpperCase());
    expect(ownLines(running.logs, 'error')).toEqual([
      `The archive callback "the-id" of project "${PROJECT}" to FailingController.${method} failed, it may be lost: ` +
        logged,
    ]);
  });

  it('with something that is no Error is reported and logged as such', async () => {
    const running = application();
    const answer = await running.post('/failing/text', archiveRequest());

    expect(answer.status).toBe(500);
    expect(running.observed.outcomes.failed.splice(0)).toMatchObject([{ error: SECRET_OF_HANDLER }]);
    expect(running.logs.of('error').join('\n')).toContain('failed, it may be lost: a thrown string');
  });

  it('does not affect the next callback', async () => {
    const running = application();
    expect(await running.post('/failing/error', archiveRequest())).toMatchObject({ status: 500 });
    expect(await running.post('/failing/fine', archiveRequest())).toMatchObject({ status: 204 });
    expect(running.observed.outcomes.accepted.splice(0)).toHaveLength(1);
    running.observed.outcomes.failed.length = 0;
  });
});

class ThrowingObserver implements CallbackObserver {
  readonly accepted = throwing('accepted');
  readonly rejected = throwing('rejected');
  readonly unusable = throwing('unusable');
  readonly failed = throwing('failed');
  readonly unavailable = throwing('unavailable');
}

class RejectingObserver implements CallbackObserver {
  // The interface takes it, as TypeScript takes it wherever a method returns nothing; a linter may not.
  // eslint-disable-next-line @typescript-eslint/no-misused-promises
  accepted(): Promise<never> {
    return Promise.reject(new RangeError('the metrics server is down'));
  }
}

function throwing(name: string): () => never {
  return () => {
    throw new RangeError(`secret thought of ${name}`);
  };
}

describe('an observer', () => {
  let running: RunningApplication;

  beforeEach(() => {
    takeHandled();
  });
  afterEach(() => running.close());

  it.each([
    ['accepted', '/callbacks/archive', archiveRequest(), 204, 1],
    ['rejected', '/callbacks/archive', forgedArchiveRequest(), 401, 0],
    ['unusable', '/callbacks/archive', signed({ id: 1 }), 400, 0],
    ['failed', '/failing/conflict', archiveRequest(), 409, 0],
    ['unavailable', '/callbacks/sip', signed({}), 503, 0],
  ])('that throws in %s changes nothing and is logged', async (method, path, request, status, handled) => {
    running = await startApplication({
      controllers: [KindsController, FailingController],
      // The project has no secret for sip callbacks: that is our own fault.
      options: { projects: { [PROJECT]: { archive: SECRET }, other: SECRET }, observer: new ThrowingObserver() },
    });

    expect((await running.post(path, request)).status).toBe(status);

    expect(takeHandled()).toHaveLength(handled);
    const lines = ownLines(running.logs, 'error').filter((line) => line.includes('observer'));
    expect(lines).toEqual([`The observer threw in "${method}": RangeError`]);
  });

  it('that rejects a promise changes nothing and is logged', async () => {
    running = await startApplication({
      options: { observer: new RejectingObserver() },
    });

    expect((await running.post('/callbacks/archive', archiveRequest())).status).toBe(204);
    await new Promise((resolve) => setImmediate(resolve));

    // A rejection that nobody handles would end the process; Jest fails the test for it.
    expect(ownLines(running.logs, 'error')).toEqual(['The observer threw in "accepted": RangeError']);
  });

  it('that is a provider of the application gets each lifecycle hook once', async () => {
    const hooks: string[] = [];
    class Metrics implements CallbackObserver {
      accepted(): void {
        hooks.push('accepted');
      }
      onModuleInit(): void {
        hooks.push('onModuleInit');
      }
      onModuleDestroy(): void {
        hooks.push('onModuleDestroy');
      }
    }
    const observer = new Metrics();
    running = await startApplication({
      providers: [{ provide: Metrics, useValue: observer }],
      options: { observer },
    });
    await running.post('/callbacks/archive', archiveRequest());
    await running.close();

    expect(hooks).toEqual(['onModuleInit', 'accepted', 'onModuleDestroy']);
  });

  it('keeps its this', async () => {
    class Counting implements CallbackObserver {
      private seen = 0;
      accepted(): void {
        this.seen += 1;
      }
      get count(): number {
        return this.seen;
      }
    }
    const observer = new Counting();
    running = await startApplication({ options: { observer } });

    await running.post('/callbacks/archive', archiveRequest());

    expect(observer.count).toBe(1);
  });
});

@Controller('unsecured')
class UnsecuredController {
  @Post('claims')
  claims(@CallbackClaims() claims: CallbackTokenClaims): string {
    return claims.jti;
  }

  @Post('project')
  project(@CallbackProject() project: string): string {
    return project;
  }

  @Post('attempt')
  attempt(@DeliveryAttempt() { attempt }: CallbackAttempt): number {
    return attempt;
  }

  @Post('raw')
  raw(@RawCallback() raw: Record<string, unknown>): string {
    return Object.keys(raw).join();
  }
}

describe.each(PLATFORMS)('a method without @VideoCallback on %s', (platform) => {
  const running = useApplication({ platform, controllers: [UnsecuredController] });

  it.each(['claims', 'project', 'attempt', 'raw'])(
    'that injects %s is answered 500, with a log line that says why',
    async (method) => {
      const { post, logs } = running();

      expect(await post(`/unsecured/${method}`, archiveRequest())).toMatchObject({
        status: 500,
        text: '{"statusCode":500,"message":"Internal server error"}',
      });
      expect(logs.of('error').join('\n')).toContain(
        `UnsecuredController.${method} asks for a verified callback but there is none: add @VideoCallback(kind)`,
      );
    },
  );
});
