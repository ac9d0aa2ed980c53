import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate } from 'node:timers/promises';
import { REJECTION_REASONS } from '../../lib/index.js';
import { instrumentVideoCallbacks } from '../../lib/opentelemetry/index.js';
import { type RejectedOutcome } from '../../lib/telemetry/callback-outcome.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { KeptLogs } from '../support/logs.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed } from '../support/signer.js';
import { InMemorySdk } from './in-memory-sdk.js';

const MEGABYTE = 1 << 20;

/** Refusals of which no two are alike in what their senders can choose. */
function hostile(number: number): RejectedOutcome {
  const unique = `${number}-${'x'.repeat(100)}`;
  const reason = REJECTION_REASONS[number % REJECTION_REASONS.length] ?? 'token_malformed';
  return {
    kind: 'archive',
    route: 'VideoController.onArchive',
    address: `2001:db8::${number.toString(16)}`,
    durations: { verification: 0.1, total: 0.1 },
    reason,
    explanation: `what ${unique} says`,
    // With another one a request does not get as far as its signature.
    projectId: reason === 'signature_mismatch' ? PROJECT : unique,
    jti: unique,
    age: number,
  };
}

/** Tells refusals, and lets what waits behind a promise happen now and then, as between requests. */
async function refuse(telemetry: CallbackTelemetry, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    telemetry.rejected(hostile(number));
    if (number % 1000 === 0) await setImmediate();
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** An exporter that keeps nothing, and counts what it gets. */
class CountingExporter extends InMemorySpanExporter {
  exported = 0;

  override export(...[spans, done]: Parameters<InMemorySpanExporter['export']>): void {
    this.exported += spans.length;
    super.export([], done);
  }
}

describe('hostile requests, however many', () => {
  const logs = new KeptLogs();
  beforeAll(() => {
    Logger.overrideLogger(logs);
  });
  afterAll(() => {
    Logger.overrideLogger(['log', 'error', 'warn']);
  });

  it('make two lines a minute for each reason in the log', async () => {
    const telemetry = new CallbackTelemetry();
    const before = heap();
    await refuse(telemetry, 50_000);
    const grown = heap() - before;
    await telemetry.onApplicationShutdown();

    // The first refusal and the sum of the others.
    expect(logs.lines).toHaveLength(2 * REJECTION_REASONS.length);
    expect(grown).toBeLessThan(4 * MEGABYTE);
    expect(telemetry.counts.byOutcome.rejected).toBe(50_000);
  }, 120_000);

  it('make one series for each reason, and keep no memory', async () => {
    const sdk = new InMemorySdk();
    const exporter = new CountingExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
    const instrumentation = instrumentVideoCallbacks({ tracerProvider, meterProvider: sdk.meterProvider });
    const telemetry = new CallbackTelemetry();
    try {
      await refuse(telemetry, 2_000);
      await tracerProvider.forceFlush();
      const before = heap();
      await refuse(telemetry, 15_000);
      await tracerProvider.forceFlush();
      const grown = heap() - before;

      const metrics = await sdk.collect();
      const series = Object.fromEntries(
        metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.length]),
      );
      expect(series).toEqual({
        'video_callbacks.outcomes': REJECTION_REASONS.length,
        'video_callbacks.duration': 1,
        'video_callbacks.stage.duration': 1,
      });
      expect(JSON.stringify(metrics)).not.toContain('xxx');
      expect(JSON.stringify(metrics)).not.toContain('2001:db8');
      expect(grown).toBeLessThan(6 * MEGABYTE);
      expect(exporter.exported).toBeGreaterThan(0);
    } finally {
      await telemetry.onApplicationShutdown();
      instrumentation.dispose();
      await sdk.shutdown();
      await tracerProvider.shutdown();
    }
  }, 120_000);
});

describe('hostile requests over HTTP', () => {
  let running: RunningApplication;
  beforeAll(async () => {
    running = await startApplication();
  });
  afterAll(() => running.close());

  it('make as many series as there are reasons among them', async () => {
    const sdk = new InMemorySdk();
    const instrumentation = instrumentVideoCallbacks(sdk);
    const send = (number: number): Promise<unknown> => {
      const claims = [
        { api_key: `project-${number}`, jti: `jti-${number}` },
        { iss: `issuer-${number}` },
        { iat: number },
        { payload_hash: number.toString(16).padStart(64, '0') },
      ][number % 4];
      return running.post('/callbacks/archive', signed(PAYLOADS.archive, { claims: claims ?? {} }));
    };
    try {
      for (let sent = 0; sent < 400; sent += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, each) => send(sent + each)));
      }
      const outcomes = await sdk.pointsOf('video_callbacks.outcomes');
      expect(outcomes.map(({ attributes, value }) => [attributes['video_callback.reason'], value]).sort()).toEqual([
        ['issuer_mismatch', 100],
        ['payload_hash_mismatch', 100],
        ['project_unknown', 100],
        ['token_too_old', 100],
      ]);
      expect(await sdk.pointsOf('video_callbacks.secret.uses')).toEqual([]);
      // One for each reason, and what this module says when it starts.
      expect(running.logs.of('warn').length).toBeLessThan(10);
    } finally {
      instrumentation.dispose();
      await sdk.shutdown();
    }
  }, 120_000);
});
