import { expect, it } from '@jest/globals';
import { createTraceState, INVALID_SPAN_CONTEXT, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { carriedSpanContext, carrySpanContext } from '../../lib/opentelemetry/carried-span-context.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const SPAN: SpanContext = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: TraceFlags.SAMPLED };

it('A span’s context is carried as W3C Trace Context has it, and found again', () => {
  const carrier = {};
  carrySpanContext({ ...SPAN, traceState: createTraceState('vendor=value') }, carrier);

  expect(carrier).toEqual({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'vendor=value' });
  const found = carriedSpanContext(carrier);
  expect(found).toMatchObject({ ...SPAN, isRemote: true });
  expect(found?.traceState?.get('vendor')).toBe('value');
});

it('That of no span is not carried', () => {
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
])('Of what carries %s no span is found', (_, carrier: Record<string, string>) => {
  expect(carriedSpanContext(carrier)).toBeUndefined();
});
