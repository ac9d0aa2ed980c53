import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConflictException, Controller, Post } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type HrTime, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import express, { type RequestHandler } from 'express';
import { setTimeout as wait } from 'node:timers/promises';
import { ArchiveCallback, type Secrets, SignatureSecretProvider, VideoCallback } from '../../lib/index.js';
import { type ApplicationSetup, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { Connection } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed, type SignedRequest } from '../support/signer.js';
import { useInstrumentation } from './in-memory-sdk.js';
import { FailingLedger } from './ledgers.js';
import { traceHttp } from './traced-http.js';

const PATH = '/video/archives';
const SECRET_TEXT = 'archive-password-of-somebody';

const sdk = useInstrumentation();

let running: RunningApplication;
let behave: () => void | Promise<void>;

@Controller('video')
class VideoController {
  @Post('archives')
  async onArchive(@VideoCallback('archive') archive: ArchiveCallback): Promise<void> {
    await wait(5);
    sdk().tracerProvider.getTracer('test').startSpan(`INSERT ${archive.status}`).end();
    await behave();
  }
}

beforeEach(() => {
  behave = () => undefined;
});
afterEach(() => running.close());

async function start(setup: ApplicationSetup = {}): Promise<void> {
  running = await startApplication({ controllers: [VideoController], ...setup });
}

const send = async (request: SignedRequest = signed(PAYLOADS.archive)): Promise<number> =>
  (await running.post(PATH, request)).status;

const inMs = ([seconds, nanoseconds]: HrTime): number => seconds * 1000 + nanoseconds / 1e6;

/** What a test wants to know of a span. */
function summary({ name, kind, status, attributes }: ReadableSpan) {
  return {
    name,
    kind,
    status: status.code,
    outcome: attributes['video_callback.outcome'],
    answer: attributes['http.response.status_code'],
    error: attributes['error.type'],
    dependency: attributes['video_callback.dependency'],
  };
}

const ENDED_WELL = { name: 'process archive', kind: SpanKind.SERVER, status: SpanStatusCode.UNSET };
const ENDED_BADLY = { ...ENDED_WELL, status: SpanStatusCode.ERROR };

describe.each(PLATFORMS)('the span of a callback on %s', (platform) => {
  it('has the sender, the callback and the outcome', async () => {
    await start({ platform });
    const before = Date.now();
    expect(await send(signed(PAYLOADS.archive, { claims: { jti: 'j'.repeat(1000) } }))).toBe(204);

    const [span, ...others] = await sdk().spansOnce(1);
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'process archive', kind: SpanKind.SERVER, links: [], ended: true });
    expect(span?.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.instrumentationScope).toMatchObject({
      name: 'nestjs-vonage-video-callbacks',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(span?.attributes).toEqual({
      'messaging.system': 'vonage_video',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'archive',
      'messaging.message.id': `${'j'.repeat(64)}…`,
      'http.request.method': 'POST',
      'client.address': '127.0.0.1',
      'code.function.name': 'VideoController.onArchive',
      'video_callback.kind': 'archive',
      'video_callback.id': expect.stringMatching(/^archive-[\w-]{43}$/),
      'video_callback.outcome': 'accepted',
      'video_callback.project': PROJECT,
      'video_callback.secret_position': 0,
      'video_callback.attempt': 1,
      'video_callback.age': expect.any(Number),
    });
    const [begun, ended] = [inMs(span?.startTime ?? [0, 0]), inMs(span?.endTime ?? [0, 0])];
    expect(begun).toBeGreaterThanOrEqual(before - 1);
    expect(ended - begun).toBeGreaterThanOrEqual(4);
    expect(ended).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('is a child of the span of the HTTP request, and the parent of those that the method makes', async () => {
    await start({
      platform,
      configure: (app) => {
        traceHttp(app, sdk().tracerProvider);
      },
    });
    await send();
    await send(signed(PAYLOADS.archive, { secret: 'forged' }));

    const [accepted, rejected] = await sdk().spansOnce(2);
    const others = sdk().allSpans.filter(({ instrumentationScope }) => instrumentationScope.name === 'test');
    const [http, forgedHttp] = others.filter(({ name }) => name === 'POST');
    const insert = others.find(({ name }) => name === 'INSERT available');
    expect(accepted?.parentSpanContext?.spanId).toBe(http?.spanContext().spanId);
    expect(insert?.parentSpanContext?.spanId).toBe(accepted?.spanContext().spanId);
    expect(rejected?.parentSpanContext?.spanId).toBe(forgedHttp?.spanContext().spanId);
    expect(new Set([http, accepted, insert].map((span) => span?.spanContext().traceId)).size).toBe(1);
  });

  it('has the class of the error of a method that fails, and nothing of its message', async () => {
    await start({ platform });
    behave = () => {
      throw new ConflictException(SECRET_TEXT);
    };
    expect(await send()).toBe(409);
    behave = () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw SECRET_TEXT;
    };
    expect(await send()).toBe(500);

    const spans = await sdk().spansOnce(2);
    expect(spans.map(summary)).toEqual([
      { ...ENDED_BADLY, outcome: 'failed', error: 'ConflictException' },
      { ...ENDED_BADLY, outcome: 'failed', error: '_OTHER' },
    ]);
    expect(JSON.stringify(spans.map(({ attributes, events, status }) => [attributes, events, status]))).not.toContain(
      SECRET_TEXT,
    );
  });

  it('has the outcome duplicate for a copy', async () => {
    await start({ platform });
    const request = signed(PAYLOADS.archive);
    await send(request);
    await send(request);

    const spans = await sdk().spansOnce(2);
    expect(spans.map(({ attributes }) => attributes['video_callback.outcome'])).toEqual(['accepted', 'duplicate']);
  });

  it('has the reason of a rejection, and nothing that was not verified', async () => {
    await start({ platform });
    expect(await send(signed(PAYLOADS.archive, { secret: 'forged', claims: { jti: 'theirs' } }))).toBe(401);
    expect(await send(signed(PAYLOADS.archive, { claims: { payload_hash: '0'.repeat(64) } }))).toBe(401);

    const spans = await sdk().spansOnce(2);
    expect(spans.map(summary)).toEqual(Array(2).fill({ ...ENDED_WELL, outcome: 'rejected', answer: 401 }));
    expect(spans.map(({ attributes }) => attributes['video_callback.reason'])).toEqual([
      'signature_mismatch',
      'payload_hash_mismatch',
    ]);
    expect(spans[0]?.attributes).not.toHaveProperty(['messaging.message.id']);
    expect(spans[0]?.attributes).not.toHaveProperty(['video_callback.project']);
    expect(spans[1]?.attributes).toMatchObject({ 'video_callback.project': PROJECT });
    expect(spans.every(({ duration }) => inMs(duration) > 0 && inMs(duration) < 5000)).toBe(true);
  });

  it('has the HTTP status of a callback that cannot be used', async () => {
    await start({ platform });
    expect(await send(signed('{"status":"available"}'))).toBe(400);
    expect(await send(signed(PAYLOADS.archive, { headers: { 'content-encoding': 'gzip' } }))).toBe(415);

    const spans = await sdk().spansOnce(2);
    expect(spans.map(summary)).toEqual([
      { ...ENDED_WELL, outcome: 'unusable', answer: 400 },
      { ...ENDED_WELL, outcome: 'unusable', answer: 415 },
    ]);
  });

  it('is an error if the callback cannot be verified', async () => {
    class Vault extends SignatureSecretProvider {
      override secretsFor(): Promise<Secrets> {
        return Promise.reject(new Error(SECRET_TEXT));
      }
    }
    await start({ platform, options: { secretProvider: new Vault() } });
    expect(await send()).toBe(503);

    const [span, ...others] = (await sdk().spansOnce(1)).map(summary);
    expect(others).toEqual([]);
    expect(span).toEqual({
      ...ENDED_BADLY,
      outcome: 'unavailable',
      answer: 503,
      error: 'SecretsUnavailableError',
      dependency: 'secrets',
    });
  });

  it('has the outcome of a copy whose sender hangs up, or that waits for too long', async () => {
    await start({ platform, options: { duplicateTimeout: 0.3 } });
    behave = () => wait(600);
    const request = signed(PAYLOADS.archive);
    const first = send(request);
    await wait(100);
    const impatient = await Connection.open(running.port);
    impatient.request(PATH, request);
    await wait(50);
    impatient.abort();
    expect(await send(request)).toBe(503);
    await first;

    const spans = await sdk().spansOnce(3);
    expect(spans.map(summary)).toEqual([
      { ...ENDED_WELL, outcome: 'abandoned' },
      { ...ENDED_BADLY, outcome: 'failed', error: 'StillInProgressError' },
      { ...ENDED_WELL, outcome: 'accepted' },
    ]);
  });
});

describe('the span of a callback while the ledger is unavailable', () => {
  it('has the outcome and the missing ledger if the callback is handled', async () => {
    await start({ options: { ledger: new FailingLedger({ claim: true }) } });
    expect(await send()).toBe(204);

    expect((await sdk().spansOnce(1)).map(summary)).toEqual([
      { ...ENDED_WELL, outcome: 'accepted', dependency: 'ledger' },
    ]);
  });

  it('ends without an error if the ledger fails after the method', async () => {
    await start({ options: { ledger: new FailingLedger({ complete: true }) } });
    expect(await send()).toBe(204);

    expect((await sdk().spansOnce(1)).map(summary)).toEqual([{ ...ENDED_WELL, outcome: 'accepted' }]);
  });

  it('is an error if the callback is not handled', async () => {
    await start({ options: { ledger: new FailingLedger({ claim: true }), unavailable: 'reject' } });
    expect(await send()).toBe(503);

    expect((await sdk().spansOnce(1)).map(summary)).toEqual([
      { ...ENDED_BADLY, outcome: 'failed', error: 'StorageUnavailableError', dependency: 'ledger' },
    ]);
  });
});

it('a callback whose body was read by something else has the span of a failure', async () => {
  const reads: RequestHandler = (request, _, next) => void request.resume().once('end', next);
  await start({ adapter: new ExpressAdapter(express().use(reads)) });
  expect(await send()).toBe(500);

  expect((await sdk().spansOnce(1)).map(summary)).toEqual([
    { ...ENDED_BADLY, outcome: 'failed', answer: 500, error: 'RawBodyUnavailableError' },
  ]);
});

it('a bounded number of error names becomes values of attributes', async () => {
  await start();
  let errors = 0;
  behave = () => {
    throw Object.assign(new Error('no'), { name: `Error${(errors += 1)}` });
  };
  for (let sent = 0; sent < 60; sent += 1) await send();

  const types = (await sdk().spansOnce(60)).map(({ attributes }) => attributes['error.type']);
  expect(new Set(types).size).toBe(51);
  expect(types.at(-1)).toBe('_OTHER');
  expect(trace.getActiveSpan()).toBeUndefined();
});
