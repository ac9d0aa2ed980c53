import { type MeterProvider, trace, type TracerProvider } from '@opentelemetry/api';
import { readFileSync } from 'node:fs';
import { OwnFault } from '../verification/own-fault.js';
import { ErrorTypes } from './bounded-labels.js';
import { CallbackMetrics } from './callback-metrics.js';
import { CallbackSpans } from './callback-spans.js';
import { Subscriptions } from './subscriptions.js';

/** Options of {@link instrumentVideoCallbacks}. */
export interface InstrumentVideoCallbacksOptions {
  /** Makes the tracer. Default: the global one, also if that is registered later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Makes the meter. Default: the global one, also if that is registered later. */
  readonly meterProvider?: MeterProvider | undefined;
}

/** What {@link instrumentVideoCallbacks} began. */
export interface VideoCallbacksInstrumentation {
  /** Ends it: no further spans, no further measurements. Another call may follow. */
  dispose(): void;
}

/** `instrumentVideoCallbacks()` was called again: each callback would be counted twice. */
export class AlreadyInstrumentedError extends OwnFault {
  override readonly name = 'AlreadyInstrumentedError';
  /** `ERR_CALLBACKS_ALREADY_INSTRUMENTED` */
  override readonly code = 'ERR_CALLBACKS_ALREADY_INSTRUMENTED';

  constructor() {
    super(
      'instrumentVideoCallbacks() was called before: call it once per process, or dispose() what the first call returned.',
    );
  }
}

/** The name of this package, as that of the instrumentation scope. */
const SCOPE = 'nestjs-vonage-video-callbacks';

let current: VideoCallbacksInstrumentation | undefined;

/**
 * Makes spans and metrics of all callbacks that this process receives, whether its applications have started already or
 * not. To be called once; loads nothing of Nest, so that it can be called where the SDK is started.
 *
 * Spans: `process <kind>`, one for each request. Its context is current while the method runs, and is stored with a
 * callback that goes into an inbox: the span in which that is delivered is linked to it. Only what failed through a fault
 * on this side (`failed`, and `unavailable` where it is how a request ended) has the status ERROR.
 *
 * Metrics: `video_callbacks.outcomes`, `.duration`, `.stage.duration`, `.secret.uses`, `.inbox.waiting`, `.inbox.dead`.
 * None of their attributes has a value of untrusted input; beyond 100 projects and 50 classes of errors the values
 * are `other` and `_OTHER`.
 *
 * @throws {AlreadyInstrumentedError} if it was called before and not disposed of
 *
 * @example
 * sdk.start();
 * instrumentVideoCallbacks();
 */
export function instrumentVideoCallbacks({
  tracerProvider = trace.getTracerProvider(),
  meterProvider,
}: InstrumentVideoCallbacksOptions = {}): VideoCallbacksInstrumentation {
  if (current !== undefined) throw new AlreadyInstrumentedError();

  const subscriptions = new Subscriptions();
  const errorTypes = new ErrorTypes();
  const version = packageVersion();
  const spans = new CallbackSpans(tracerProvider.getTracer(SCOPE, version), errorTypes);
  const metrics = new CallbackMetrics(meterProvider, (provider) => provider.getMeter(SCOPE, version), errorTypes);
  spans.subscribe(subscriptions);
  metrics.subscribe(subscriptions);

  const instrumentation: VideoCallbacksInstrumentation = {
    dispose: () => {
      subscriptions.end();
      spans.endAll();
      metrics.end();
      if (current === instrumentation) current = undefined;
    },
  };
  current = instrumentation;
  return instrumentation;
}

/** `undefined` where a bundler left the package.json behind. */
function packageVersion(): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    return typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : undefined;
  } catch {
    return undefined;
  }
}
