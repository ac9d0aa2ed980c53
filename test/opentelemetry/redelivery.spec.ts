import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Post,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { randomUUID } from 'node:crypto';
import { type Observable, throwError } from 'rxjs';
import { mergeMap } from 'rxjs/operators';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackInbox,
  DeliveryAttempt,
  isDelivery,
  VideoCallback,
} from '../../lib/index.js';
import { PLATFORMS, type Platform, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { RedisServer } from '../support/redis-server.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { useInstrumentation } from './in-memory-sdk.js';

const sdk = useInstrumentation();

let server: RedisServer;
let queueName: string;
let applications: RunningApplication[];
let failures: number;

/** Throws after the method has completed, as a serialiser of answers may. */
@Injectable()
class SpoilsAnswer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isDelivery(context) || failures === 0) return next.handle();
    failures -= 1;
    return next.handle().pipe(mergeMap(() => throwError(() => new Error('the answer cannot be written'))));
  }
}

/** Stands in front of the method, and does not know of deliveries. */
@Injectable()
class RefusesDelivery implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return !isDelivery(context);
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback, @DeliveryAttempt() { attempt }: CallbackAttempt): void {
    sdk().tracerProvider.getTracer('test').startSpan(`INSERT ${archive.status}`).end();
    if (attempt <= failures) throw new TypeError('not yet');
  }

  @Post('guarded')
  @UseGuards(RefusesDelivery)
  @VideoCallback('archive')
  onGuarded(): void {
    // Never called.
  }
}

@Controller('spoilt')
@UseInterceptors(SpoilsAnswer)
class SpoiltController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): void {
    // It is the answer that fails.
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queueName = `inbox-${randomUUID()}`;
  applications = [];
  failures = 0;
});
afterEach(async () => {
  await Promise.all(applications.map((application) => application.close()));
});

async function start(platform: Platform, options: Partial<BullCallbackInboxOptions> = {}): Promise<RunningApplication> {
  const inbox = new BullCallbackInbox({ connection: { port: server.port }, queueName, backoff: 50, ...options });
  const running = await startApplication({
    platform,
    controllers: [VideoController, SpoiltController],
    options: { inbox },
  });
  applications.push(running);
  return running;
}

const outcomeOf = ({ attributes }: ReadableSpan): unknown => attributes['video_callback.outcome'];

describe.each(PLATFORMS)('a callback in an inbox on %s', (platform) => {
  it('has a span in each of two processes, the second linked to the first', async () => {
    const accepting = await start(platform, { worker: false });
    expect((await accepting.post('/video/archives', signed(PAYLOADS.archive))).status).toBe(204);
    await start(platform);

    const [stored, accepted, ...others] = await sdk().spansOnce(2);
    expect(others).toEqual([]);
    expect(stored).toMatchObject({ kind: SpanKind.SERVER, links: [] });
    expect(stored?.attributes).toMatchObject({ 'video_callback.outcome': 'stored', 'http.request.method': 'POST' });
    expect(accepted).toMatchObject({ name: 'process archive', kind: SpanKind.CONSUMER });
    expect(accepted?.attributes).toMatchObject({
      'video_callback.outcome': 'accepted',
      'messaging.operation.type': 'process',
      'messaging.message.id': stored?.attributes['messaging.message.id'],
      'client.address': '127.0.0.1',
    });
    expect(accepted?.attributes).not.toHaveProperty(['http.request.method']);
    expect(accepted?.links.map((link) => link.context)).toEqual([{ ...stored?.spanContext(), isRemote: true }]);
    expect(accepted?.spanContext().traceId).not.toBe(stored?.spanContext().traceId);
    const insert = sdk().allSpans.find(({ name }) => name === 'INSERT available');
    expect(insert?.parentSpanContext?.spanId).toBe(accepted?.spanContext().spanId);
  });

  it('has a span for each attempt, all linked to its arrival', async () => {
    failures = 2;
    const running = await start(platform);
    await running.post('/video/archives', signed(PAYLOADS.archive));

    const [stored, ...attempts] = await sdk().spansOnce(4);
    expect(attempts.map(outcomeOf)).toEqual(['failed', 'failed', 'accepted']);
    expect(attempts.map(({ attributes }) => attributes['video_callback.attempt'])).toEqual([1, 2, 3]);
    expect(attempts.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
    expect(attempts.flatMap(({ links }) => links.map(({ context }) => context.spanId))).toEqual(
      Array(3).fill(stored?.spanContext().spanId),
    );
    // Its secret counts once, and no attempt counts as an arrival.
    const [uses, ...others] = await sdk().pointsOf('video_callbacks.secret.uses');
    expect([uses?.value, others]).toEqual([1, []]);
    const outcomes = await sdk().pointsOf('video_callbacks.outcomes');
    expect(outcomes.map(({ attributes, value }) => [attributes['video_callback.outcome'], value])).toEqual([
      ['stored', 1],
      ['redelivered', 3],
      ['failed', 2],
      ['accepted', 1],
    ]);
  });

  it('is counted as dead when it is given up, and has a span for each attempt and no other', async () => {
    failures = 9;
    const running = await start(platform, { attempts: 2 });
    await running.post('/video/archives', signed(PAYLOADS.archive));
    await until(() => running.observed.outcomes.dead.length === 1);

    expect((await sdk().spansOnce(3)).map(outcomeOf)).toEqual(['stored', 'failed', 'failed']);
    const outcomes = await sdk().pointsOf('video_callbacks.outcomes');
    expect(outcomes.map(({ attributes }) => attributes).at(-1)).toMatchObject({
      'video_callback.outcome': 'dead',
      'error.type': 'DeliveryFailedError',
    });
  });

  it('has one span for an attempt whose answer fails after the method completed', async () => {
    failures = 1;
    const running = await start(platform);
    await running.post('/spoilt/archives', signed(PAYLOADS.archive));
    await until(() => running.observed.outcomes.accepted.length === 2);

    expect(running.observed.outcomes.failed).toHaveLength(1);
    expect((await sdk().spansOnce(3)).map(outcomeOf)).toEqual(['stored', 'accepted', 'accepted']);
    const outcomes = await sdk().pointsOf('video_callbacks.outcomes');
    expect(outcomes.map(({ attributes }) => attributes['video_callback.outcome'])).toContain('failed');
  });

  it('has the span of a failure if a guard keeps the delivery from the method', async () => {
    const running = await start(platform, { attempts: 1 });
    await running.post('/video/guarded', signed(PAYLOADS.archive));
    await until(() => running.observed.outcomes.dead.length === 1);

    const [stored, failed, ...others] = await sdk().spansOnce(2);
    expect(others).toEqual([]);
    expect(stored?.kind).toBe(SpanKind.SERVER);
    expect(failed).toMatchObject({ kind: SpanKind.CONSUMER, status: { code: SpanStatusCode.ERROR } });
    expect(failed?.attributes).toMatchObject({
      'video_callback.outcome': 'failed',
      'error.type': 'DeliveryFailedError',
    });
    expect(failed?.attributes).not.toHaveProperty(['http.response.status_code']);
  });

  it('has a span for its arrival and one for its delivery if it cannot be used', async () => {
    const running = await start(platform);
    expect((await running.post('/video/archives', signed('{}'))).status).toBe(400);
    await until(() => running.observed.outcomes.dead.length === 1);

    const spans = await sdk().spansOnce(2);
    expect(spans.map(({ kind, attributes }) => [kind, attributes['http.response.status_code']])).toEqual([
      [SpanKind.SERVER, 400],
      [SpanKind.CONSUMER, undefined],
    ]);
    expect(spans.map(outcomeOf)).toEqual(['unusable', 'unusable']);
  });
});

/** An inbox whose store is unavailable. */
class UnavailableInbox extends CallbackInbox {
  readonly scope = 'nowhere';
  readonly retention = 93_600;

  override put = (): Promise<never> => Promise.reject(new Error('gone'));
  override counts = (): Promise<never> => Promise.reject(new Error('gone'));
  override start = (): void => undefined;
  override stop = (): void => undefined;
  override close = (): void => undefined;
}

it('an inbox that is unavailable adds no span to that of the callback', async () => {
  const running = await startApplication({
    controllers: [VideoController],
    options: { inbox: new UnavailableInbox() },
  });
  applications.push(running);
  expect((await running.post('/video/archives', signed(PAYLOADS.archive))).status).toBe(204);
  expect((await running.post('/video/archives', signed('{}'))).status).toBe(400);

  expect(running.observed.outcomes.unavailable).toHaveLength(2);
  const spans = await sdk().spansOnce(2);
  expect(spans.map(outcomeOf)).toEqual(['accepted', 'unusable']);
  expect(spans[0]?.attributes).toMatchObject({ 'video_callback.dependency': 'inbox' });
});
