import { createTraceState, isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** Version 00 of `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header). */
const TRACEPARENT = /^00-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<traceFlags>[0-9a-f]{2})$/;

/**
 * Writes a span's context in the format of W3C Trace Context. The application's propagator is not used: there may be
 * none, or it may write data that must not be stored, such as baggage.
 */
export function carrySpanContext(span: SpanContext, carrier: Record<string, string>): void {
  if (!isSpanContextValid(span)) return;
  const flags = span.traceFlags.toString(16).padStart(2, '0');
  carrier['traceparent'] = `00-${span.traceId}-${span.spanId}-${flags}`;
  const state = span.traceState?.serialize() ?? '';
  if (state !== '') carrier['tracestate'] = state;
}

/** What {@link carrySpanContext} wrote, perhaps in another process; `undefined` if it wrote nothing. */
export function carriedSpanContext(carrier: Readonly<Record<string, string>>): SpanContext | undefined {
  const { traceId, spanId, traceFlags } = TRACEPARENT.exec(carrier['traceparent'] ?? '')?.groups ?? {};
  if (traceId === undefined || spanId === undefined || traceFlags === undefined) return undefined;
  const state = carrier['tracestate'];
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: parseInt(traceFlags, 16),
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(context) ? context : undefined;
}
