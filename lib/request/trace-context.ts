/**
 * What an instrumentation wants to find again when a stored callback is delivered, as the headers of W3C Trace Context
 * (`traceparent`, `tracestate`). Stored with the callback.
 */
export type TraceContext = Record<string, string>;
