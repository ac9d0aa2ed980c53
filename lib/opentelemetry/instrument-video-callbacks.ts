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

/** The result of {@link instrumentVideoCallbacks}. */
export interface VideoCallbacksInstrumentation {
  /** Stops creating spans and measurements. You can then call `instrumentVideoCallbacks()` again. */
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
 * Creates spans and metrics for all callbacks that this process receives, before or after its applications start. Call
 * it once. It does not load Nest, so you can call it where you start the SDK.
 *
 * Spans: `process <kind>`, one for each request. Its context is active while the method runs. It is stored with a
 * callback in an inbox, and the span of the delivery has a link to it. The status is ERROR only after an error on this
 * side (`failed`, and `unavailable` if that ended the request).
 *
 * Metrics: `video_callbacks.outcomes`, `.duration`, `.stage.duration`, `.secret.uses`, `.inbox.waiting`, `.inbox.dead`.
 * Their attributes contain no untrusted input. Beyond 100 projects and 50 error classes the values are `other` and
 * `_OTHER`.
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

/** `undefined` if a bundler did not include the package.json. */
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
