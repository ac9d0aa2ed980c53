import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { diag, DiagLogLevel, metrics, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import {
  AlreadyInstrumentedError,
  instrumentVideoCallbacks,
  type VideoCallbacksInstrumentation,
} from '../../lib/opentelemetry/index.js';
import { CALLBACK_OUTCOMES } from '../../lib/index.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { takeHandled } from '../support/kinds.controller.js';
import { InMemorySdk, useContextManager } from './in-memory-sdk.js';

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

it('Without instrumentation nobody listens, and nothing is made', async () => {
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

it('An application that has started already is instrumented, until that is disposed of', async () => {
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

it('What is being handled when it is disposed of has a span that has ended', async () => {
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

it('A second call is refused, so that nothing is counted twice; after the first was disposed of it is not', async () => {
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

it('Without options the global SDK gets all, also one that is registered later', async () => {
  instrumentation = instrumentVideoCallbacks();
  expect(await send()).toBe(204);
  trace.setGlobalTracerProvider(sdk.tracerProvider);
  metrics.setGlobalMeterProvider(sdk.meterProvider);
  expect(await send()).toBe(204);

  expect(await sdk.spansOnce(1)).toHaveLength(1);
  expect(await countOfOutcomes()).toBe(1);
});

it('A tracer that throws is told to the diagnostics of OpenTelemetry, and callbacks go on', async () => {
  const told: unknown[][] = [];
  const keep = (...message: unknown[]): void => void told.push(message);
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

  await until(() => told.length === 2);
  expect(told[0]?.[0]).toContain('handling:start');
  expect(await countOfOutcomes()).toBe(2);
});
