import { type MeterProvider, trace, type TracerProvider } from '@opentelemetry/api';
import { AlreadyInstrumentedError } from './already-instrumented.error.js';
import { CallbackMetrics } from './callback-metrics.js';
import { CallbackSpans } from './callback-spans.js';
import { ErrorTypes } from './error-types.js';
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
  const spans = new CallbackSpans(tracerProvider, errorTypes);
  const callbackMetrics = new CallbackMetrics(meterProvider, errorTypes);
  spans.subscribe(subscriptions);
  callbackMetrics.subscribe(subscriptions);

  const instrumentation: VideoCallbacksInstrumentation = {
    dispose: () => {
      subscriptions.end();
      spans.endAll();
      callbackMetrics.end();
      if (current === instrumentation) current = undefined;
    },
  };
  current = instrumentation;
  return instrumentation;
}
