import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  Post,
  RequestTimeoutException,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { catchError, type Observable, retry, throwError, timeout, TimeoutError } from 'rxjs';
import { isDelivery, VideoCallback } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

class PoolError extends Error {
  override readonly name = 'PoolError';
  readonly code = 'ECONNREFUSED';
}

let behave: () => Promise<void>;

/** Answers for a method that takes too long, as in the documentation of Nest. */
class TimeLimit implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isDelivery(context)) return next.handle();
    return next.handle().pipe(
      timeout(20),
      catchError((error: unknown) =>
        throwError(() => (error instanceof TimeoutError ? new RequestTimeoutException() : error)),
      ),
    );
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): Promise<void> {
    return behave();
  }

  @Post('sip')
  @VideoCallback('sip')
  onSip(): void {
    throw new Error('no callback was sent here');
  }
}

describe.each(PLATFORMS)('a delivery that fails on %s', (platform) => {
  let running: RunningApplication;
  let inbox: MemoryInbox;

  beforeEach(async () => {
    inbox = new MemoryInbox();
    const configure = (app: INestApplication) => void app.useGlobalInterceptors(new TimeLimit());
    running = await startApplication({ platform, controllers: [VideoController], options: { inbox }, configure });
  });
  afterEach(() => running.close());

  async function deliver(attempt = { attempt: 40, of: 40 }): Promise<unknown> {
    expect((await running.post('/video/archives', signed(PAYLOADS.archive))).status).toBe(204);
    return inbox.deliverLatest(attempt).catch((error: unknown) => error);
  }
  const failures = () => running.observed.outcomes.failed;

  it('has as its cause what the method threw, and names its class and code in the log', async () => {
    const cause = new PoolError('postgres://user:secret@db');
    behave = () => Promise.reject(cause);
    const failure = await deliver();
    if (!(failure instanceof Error)) throw new Error('it was delivered');
    inbox.reportDead(inbox.stored[0] ?? never(), { attempt: 40, of: 40 }, failure);

    expect(failure).toMatchObject({ message: 'answered 500: the method did not complete', next: 'retry' });
    expect(failure.cause).toBe(cause);
    expect(failures()).toMatchObject([{ error: cause, next: 'dead' }]);
    const lines = running.logs.of('error').filter((line) => line.includes('VideoCallbacks'));
    expect(lines).toEqual([
      expect.stringContaining('failed at the last attempt and is kept (attempt 40 of 40): PoolError ("ECONNREFUSED")'),
      expect.stringContaining(
        'is kept as failed, attempt 40 of 40: answered 500: the method did not complete: PoolError ("ECONNREFUSED"). ' +
          'Fix the cause and redrive it (id archive-',
      ),
    ]);
  });

  it('is reported as one that is tried again while attempts are left', async () => {
    behave = () => Promise.reject(new PoolError('no'));
    await deliver({ attempt: 1, of: 40 });

    expect(failures()).toMatchObject([{ next: 'retry' }]);
    expect(running.logs.of('warn').join()).toContain('failed and will be tried again (attempt 1 of 40): PoolError');
  });

  it('shows listeners of the response the headers that were sent, also where a middleware answered it', async () => {
    const seen: unknown[] = [];
    const answering = await startApplication({
      platform,
      controllers: [VideoController],
      options: { inbox },
      configure: (app) =>
        void app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
          const isArrival = request.headers.authorization !== undefined;
          response.once('finish', () => seen.push([isArrival, request.headers['content-length']]));
          if (isArrival) next();
          else response.writeHead(503).end();
        }),
    });
    try {
      const request = signed(PAYLOADS.archive);
      await answering.post('/video/archives', request);
      await inbox.deliverLatest().catch(() => undefined);

      const length = String(request.body.length);
      expect(seen).toEqual([
        [true, length],
        [false, length],
      ]);
    } finally {
      await answering.close();
    }
  });

  it('is left for another process where the stored callback is of a kind that the route does not take', async () => {
    await running.post('/video/archives', signed(PAYLOADS.archive));
    const [stored = never()] = inbox.stored;
    const sip = { ...stored, token: { ...stored.token, kind: 'sip' } } as const;
    const failure: unknown = await inbox.deliver(sip, { attempt: 1, of: 40 }).catch((error: unknown) => error);

    const message = 'no method of this application takes sip callbacks at the URL of "VideoController.onArchive"';
    expect(failure).toMatchObject({ message, next: 'leave' });
    expect(running.logs.of('warn').join()).toContain(`left in the inbox for another process: ${message}.`);
  });

  it('is reported once when it is answered before the method fails', async () => {
    let fail: () => void = () => undefined;
    let hasFailed = false;
    behave = async () => {
      await new Promise<void>((resolve) => (fail = resolve));
      hasFailed = true;
      throw new PoolError('too late');
    };
    const failure = await deliver();

    expect(failure).toMatchObject({ message: 'answered 408: the method did not complete', next: 'retry' });
    expect(failures()).toMatchObject([{ error: failure, next: 'dead' }]);
    fail();
    await until(() => hasFailed);
    await new Promise(setImmediate);
    expect(failures()).toHaveLength(1);
  });
});

/** Runs a method that failed again, as interceptors for databases that refuse concurrent changes do. */
class SecondTry implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(retry(1));
  }
}

describe.each(PLATFORMS)('a delivery that an interceptor repeats on %s', (platform) => {
  it.each([
    ['succeeds if the method completes', 1, undefined],
    ['fails if it does not', 2, { message: 'answered 500: the method did not complete', next: 'retry' }],
  ])('%s', async (_, failures, expected) => {
    const inbox = new MemoryInbox();
    const configure = (app: INestApplication) => void app.useGlobalInterceptors(new SecondTry());
    const running = await startApplication({ platform, controllers: [VideoController], options: { inbox }, configure });
    let calls = 0;
    behave = () => ((calls += 1) <= failures ? Promise.reject(new PoolError('busy')) : Promise.resolve());
    try {
      await running.post('/video/archives', signed(PAYLOADS.archive));
      const failure: unknown = await inbox.deliverLatest().catch((error: unknown) => error);

      expect(calls).toBe(2);
      if (expected === undefined) expect(failure).toBeUndefined();
      else expect(failure).toMatchObject(expected);
    } finally {
      await running.close();
    }
  });
});

function never(): never {
  throw new Error('nothing is stored');
}
