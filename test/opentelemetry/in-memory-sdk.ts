import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { instrumentVideoCallbacks, type VideoCallbacksInstrumentation } from '../../lib/opentelemetry/index.js';
import { until } from '../support/until.js';

const HOUR = 3_600_000;

/** The real SDK, with exporters that keep in memory what they get. */
export class InMemorySdk {
  private readonly spanExporter = new InMemorySpanExporter();
  private readonly metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly reader = new PeriodicExportingMetricReader({
    exporter: this.metricExporter,
    exportIntervalMillis: HOUR,
  });
  readonly tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.spanExporter)] });
  readonly meterProvider = new MeterProvider({ readers: [this.reader] });

  /** The spans of callbacks that have ended, in the order in which they did. */
  get callbackSpans(): ReadableSpan[] {
    return this.allSpans.filter(({ instrumentationScope }) => instrumentationScope.name !== 'test');
  }

  get allSpans(): ReadableSpan[] {
    return this.spanExporter.getFinishedSpans();
  }

  /** The spans of callbacks, once there are at least so many. */
  async spansOnce(count: number): Promise<ReadableSpan[]> {
    await until(() => this.callbackSpans.length >= count);
    return this.callbackSpans;
  }

  /** All metrics as they are now. */
  async collect(): Promise<MetricData[]> {
    this.metricExporter.reset();
    await this.reader.forceFlush();
    return this.metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  }

  /** The series of one metric, as they are now. */
  async pointsOf<Value = number>(name: string): Promise<DataPoint<Value>[]> {
    const metrics = await this.collect();
    return metrics
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as DataPoint<unknown>[] as DataPoint<Value>[]);
  }

  async shutdown(): Promise<void> {
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }
}

/** An SDK for each test, which gets what the module does while the test runs. */
export function useInstrumentation(): () => InMemorySdk {
  let sdk: InMemorySdk | undefined;
  let instrumentation: VideoCallbacksInstrumentation | undefined;
  useContextManager();
  beforeEach(() => {
    sdk = new InMemorySdk();
    instrumentation = instrumentVideoCallbacks(sdk);
  });
  afterEach(async () => {
    instrumentation?.dispose();
    await sdk?.shutdown();
  });
  return () => {
    if (sdk === undefined) throw new Error('no test has begun');
    return sdk;
  };
}

/** Lets a span be the current one across `await`, as every SDK for Node does. */
export function useContextManager(): void {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => {
    context.disable();
  });
}
