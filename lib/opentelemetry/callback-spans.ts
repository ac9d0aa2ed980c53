import {
  type Attributes,
  context,
  type HrTime,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import {
  type FailedOutcome,
  type GenuineCallback,
  isOfStorage,
  type ReportedOutcome,
  type UnavailableOutcome,
  wasVerified,
} from '../telemetry/callback-outcome.js';
import { type CallbackHandling } from '../telemetry/handling-channel.js';
import * as attributes from './attributes.js';
import { type ErrorTypes } from './bounded-labels.js';
import { carriedSpanContext, carrySpanContext } from './carried-span-context.js';
import { type Subscriptions } from './subscriptions.js';

/** Many more than a process delivers while it writes one answer. */
const MAX_REMEMBERED = 1000;

/**
 * Creates one span for each request, with any outcome. The span of an arriving callback has the kind SERVER, because
 * its sender waits for the answer. The span of a callback from the inbox has the kind CONSUMER and a link to the span
 * in which it arrived, as the messaging conventions require. Both are children of the active span, for example of an
 * HTTP server.
 */
export class CallbackSpans {
  private readonly open = new Map<CallbackHandling, { readonly span: Span; readonly now: () => number }>();
  /** The open spans by attempt, which is the same object in all outcomes of one request. */
  private readonly handled = new WeakMap<CallbackHandling['attempt'], Span>();
  /**
   * The latest redeliveries whose method completed. They can still fail if their answer is not 2xx, which is reported
   * after the span has ended.
   */
  private readonly completed = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  constructor(
    private readonly tracer: Tracer,
    private readonly errorTypes: ErrorTypes,
  ) {}

  /** Begins to make spans. */
  subscribe(subscriptions: Subscriptions): void {
    subscriptions.toHandling('start', (handling) => {
      this.begin(handling);
    });
    subscriptions.toHandling('asyncEnd', (handling) => {
      this.end(handling);
    });
    subscriptions.toOutcome('rejected', (outcome) => {
      const unknownMethod =
        outcome.reason === 'method_not_allowed' ? { [attributes.HTTP_REQUEST_METHOD]: undefined } : {};
      this.add('rejected', outcome, 401, { [attributes.REASON]: outcome.reason, ...unknownMethod });
    });
    subscriptions.toOutcome('unusable', (outcome) => {
      this.add('unusable', outcome, outcome.status);
    });
    subscriptions.toOutcome('failed', (outcome) => {
      this.addFailed(outcome);
    });
    subscriptions.toOutcome('unavailable', (outcome) => {
      this.addUnavailable(outcome);
    });
  }

  /** Ends open spans without a result. */
  endAll(): void {
    for (const { span, now } of this.open.values()) span.end(toHrTime(now()));
    this.open.clear();
  }

  private begin(handling: CallbackHandling): void {
    const { isRedelivery, receivedAt, traceContext, attempt } = handling;
    const arrival = isRedelivery ? carriedSpanContext(traceContext) : undefined;
    const links = arrival === undefined ? [] : [{ context: arrival }];
    const span = this.start(handling, isRedelivery, receivedAt, { links });
    this.open.set(handling, { span, now: startClock() });
    this.handled.set(attempt, span);
    if (!isRedelivery) carrySpanContext(span.spanContext(), traceContext);
    const current = trace.setSpan(context.active(), span);
    const runInOthers = handling.runIn;
    handling.runIn = (run) => context.with(current, () => (runInOthers === undefined ? run() : runInOthers(run)));
  }

  private end(handling: CallbackHandling): void {
    const opened = this.open.get(handling);
    if (opened === undefined) return;
    this.open.delete(handling);
    opened.span.setAttribute(attributes.OUTCOME, handling.outcome ?? attributes.ABANDONED);
    opened.span.end(toHrTime(opened.now()));
    if (handling.isRedelivery && handling.outcome === 'accepted') this.completed.set(keyOf(handling), true);
  }

  private addFailed(outcome: FailedOutcome): void {
    const type = this.errorTypes.typeOf(outcome.error);
    const span = this.handled.get(outcome.attempt);
    if (span !== undefined) setFailed(span, type);
    else if (!this.completed.delete(keyOf(outcome))) this.add('failed', outcome, 500, {}, type);
  }

  private addUnavailable(outcome: UnavailableOutcome): void {
    const dependency = { [attributes.DEPENDENCY]: outcome.dependency };
    if (isOfStorage(outcome)) {
      // This outcome does not end a callback.
      this.handled.get(outcome.attempt)?.setAttributes(dependency);
      return;
    }
    const status = outcome.dependency === 'secrets' ? 503 : 500;
    this.add('unavailable', outcome, status, dependency, this.errorTypes.typeOf(outcome.error));
  }

  /** Adds the span of a request that ended without being handled. */
  private add(
    name: string,
    outcome: Pick<ReportedOutcome, 'durations'> & attributes.RequestFacts,
    status: number,
    more: Attributes = {},
    errorType?: string,
  ): void {
    const isRedelivery = !wasVerified(outcome);
    const now = Date.now();
    const span = this.start(outcome, isRedelivery, now - outcome.durations.total, {
      attributes: {
        [attributes.HTTP_RESPONSE_STATUS_CODE]: isRedelivery ? undefined : status,
        [attributes.OUTCOME]: name,
        ...more,
      },
    });
    if (errorType !== undefined) setFailed(span, errorType);
    span.end(toHrTime(now));
  }

  private start(request: attributes.RequestFacts, isRedelivery: boolean, startMs: number, options: SpanOptions): Span {
    // As the conventions for messaging have it: the operation, and what it is done to.
    return this.tracer.startSpan(`process ${request.kind}`, {
      ...options,
      kind: isRedelivery ? SpanKind.CONSUMER : SpanKind.SERVER,
      startTime: toHrTime(startMs),
      attributes: { ...attributes.ofRequest(request, isRedelivery), ...options.attributes },
    });
  }
}

/** Without the error's message, which may hold a secret or a payload. */
function setFailed(span: Span, errorType: string): void {
  span.setAttribute(attributes.ERROR_TYPE, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A time or a duration in ms, as a pair of seconds and ns: for a plain number OpenTelemetry guesses the unit. */
function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}

/** A clock that does not jump: the time of day now, and what `performance.now()` counts from then on. */
function startClock(): () => number {
  const offsetMs = Date.now() - performance.now();
  return () => offsetMs + performance.now();
}

function keyOf({ jti, attempt: { attempt, firstReceivedAt } }: GenuineCallback): string {
  return `${firstReceivedAt.getTime()} ${attempt} ${jti}`;
}
