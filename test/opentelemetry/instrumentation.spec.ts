import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createTraceState,
  diag,
  DiagLogLevel,
  INVALID_SPAN_CONTEXT,
  metrics,
  type SpanContext,
  trace,
  TraceFlags,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { carriedSpanContext, carrySpanContext } from '../../lib/opentelemetry/carried-span-context.js';
import {
  AlreadyInstrumentedError,
  instrumentVideoCallbacks,
  type VideoCallbacksInstrumentation,
} from '../../lib/opentelemetry/index.js';
import { CALLBACK_OUTCOMES } from '../../lib/index.js';
import { openInboxes } from '../../lib/telemetry/inbox-counts.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { takeHandled } from '../support/kinds.controller.js';
import { InMemorySdk, useContextManager } from './in-memory-sdk.js';

describe('instrumentVideoCallbacks', () => {
  useContextManager();

  let sdk: InMemorySdk;
  let running: RunningApplication;
  let instrumentation: VideoCallbacksInstrumentation | undefined;

  beforeEach(async () => {
    sdk = new InMemorySdk();
    running = await startApplication();
    takeHandled();
  });
  afterEach(async () => {
    instrumentation?.dispose();
    instrumentation = undefined;
    await running.close();
    await sdk.shutdown();
    trace.disable();
    metrics.disable();
    diag.disable();
  });

  const send = async (): Promise<number> => (await running.post('/callbacks/archive', signed(PAYLOADS.archive))).status;

  const countOfOutcomes = async (): Promise<number> =>
    (await sdk.pointsOf('video_callbacks.outcomes')).reduce((sum, { value }) => sum + value, 0);

  it('is needed for any listener, span or metric', async () => {
    const tracing = tracingChannel('nestjs-vonage-video-callbacks:handling');
    expect(tracing.hasSubscribers).toBe(false);
    expect(CALLBACK_OUTCOMES.filter((name) => channel(`nestjs-vonage-video-callbacks:${name}`).hasSubscribers)).toEqual(
      [],
    );
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    expect(await send()).toBe(204);

    expect(sdk.allSpans).toEqual([]);
    expect(await sdk.collect()).toEqual([]);
    expect(running.logs.of('error')).toEqual([]);
  });

  it('asks inboxes how full they are, until dispose()', async () => {
    let asked = 0;
    const count = () => ({ waiting: (asked += 1), dead: 0 });
    openInboxes.add(count);
    try {
      instrumentation = instrumentVideoCallbacks(sdk);
      await send();
      await sdk.collect();
      expect(asked).toBe(1);
      instrumentation.dispose();
      await sdk.collect();
      expect(asked).toBe(1);
    } finally {
      openInboxes.delete(count);
    }
  });

  it('instruments an application that has already started, until dispose()', async () => {
    instrumentation = instrumentVideoCallbacks(sdk);
    await send();
    await sdk.spansOnce(1);
    instrumentation.dispose();
    instrumentation.dispose();
    await send();

    expect(takeHandled()).toHaveLength(2);
    expect(sdk.callbackSpans).toHaveLength(1);
    expect(await countOfOutcomes()).toBe(1);
    expect(tracingChannel('nestjs-vonage-video-callbacks:handling').hasSubscribers).toBe(false);
  });

  it('ends the span of a callback that is handled during dispose()', async () => {
    instrumentation = instrumentVideoCallbacks(sdk);
    const start = 'tracing:nestjs-vonage-video-callbacks:handling:start';
    const disposes = (): void => {
      instrumentation?.dispose();
      unsubscribe(start, disposes);
    };
    subscribe(start, disposes);
    expect(await send()).toBe(204);

    const [span, ...others] = await sdk.spansOnce(1);
    expect(others).toEqual([]);
    expect(span?.attributes).not.toHaveProperty(['video_callback.outcome']);
  });

  it('throws if called twice, so that nothing is counted twice, but not after dispose()', async () => {
    instrumentation = instrumentVideoCallbacks(sdk);
    expect(() => instrumentVideoCallbacks()).toThrow(AlreadyInstrumentedError);
    await send();
    expect(await countOfOutcomes()).toBe(1);

    instrumentation.dispose();
    instrumentation = instrumentVideoCallbacks(sdk);
    await send();
    expect(await countOfOutcomes()).toBe(2);
    await sdk.spansOnce(2);
    expect(sdk.callbackSpans).toHaveLength(2);
  });

  it('uses the global SDK without options, also one that is registered later', async () => {
    instrumentation = instrumentVideoCallbacks();
    expect(await send()).toBe(204);
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    expect(await send()).toBe(204);

    expect(await sdk.spansOnce(1)).toHaveLength(1);
    expect(await countOfOutcomes()).toBe(1);
  });

  it('reports a tracer that throws to the diagnostics of OpenTelemetry, and callbacks go on', async () => {
    const reported: unknown[][] = [];
    const keep = (...message: unknown[]): void => void reported.push(message);
    diag.setLogger({ error: keep, warn: keep, info: keep, debug: keep, verbose: keep }, DiagLogLevel.ERROR);
    const tracer: Tracer = {
      startSpan: () => {
        throw new Error('no tracing today');
      },
      startActiveSpan: () => {
        throw new Error('not called');
      },
    };
    const tracerProvider: TracerProvider = { getTracer: () => tracer };
    instrumentation = instrumentVideoCallbacks({ tracerProvider, meterProvider: sdk.meterProvider });
    expect(await send()).toBe(204);
    expect((await running.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'forged' }))).status).toBe(401);

    await until(() => reported.length === 2);
    expect(reported[0]?.[0]).toContain('handling:start');
    expect(await countOfOutcomes()).toBe(2);
  });
});

describe('the context of a span', () => {
  const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
  const SPAN_ID = 'b7ad6b7169203331';
  const SPAN: SpanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: TraceFlags.SAMPLED };

  it('is carried as W3C Trace Context, and found again', () => {
    const carrier = {};
    carrySpanContext({ ...SPAN, traceState: createTraceState('vendor=value') }, carrier);

    expect(carrier).toEqual({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'vendor=value' });
    const found = carriedSpanContext(carrier);
    expect(found).toMatchObject({ ...SPAN, isRemote: true });
    expect(found?.traceState?.get('vendor')).toBe('value');
  });

  it('is not carried if it is invalid', () => {
    const carrier = {};
    carrySpanContext(INVALID_SPAN_CONTEXT, carrier);

    expect(carrier).toEqual({});
  });

  it.each([
    ['nothing', {}],
    ['nonsense', { traceparent: 'nonsense' }],
    ['another version', { traceparent: `01-${TRACE_ID}-${SPAN_ID}-01` }],
    ['a trace id of zeros', { traceparent: `00-${'0'.repeat(32)}-${SPAN_ID}-01` }],
    ['more than it may', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01-more` }],
  ])('is not found in a carrier of %s', (_, carrier: Record<string, string>) => {
    expect(carriedSpanContext(carrier)).toBeUndefined();
  });
});
