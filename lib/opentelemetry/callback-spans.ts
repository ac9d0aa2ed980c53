import {
  type Attributes,
  context,
  type HrTime,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import {
  type FailedOutcome,
  type GenuineCallback,
  isOfStorage,
  type ReportedOutcome,
  type UnavailableOutcome,
  wasVerified,
} from '../telemetry/callback-outcome.js';
import { type CallbackHandling } from '../telemetry/handling-channel.js';
import {
  ABANDONED,
  DEPENDENCY,
  ERROR_TYPE,
  HTTP_REQUEST_METHOD,
  HTTP_RESPONSE_STATUS_CODE,
  OUTCOME,
  REASON,
  requestAttributes,
  type RequestFacts,
} from './attributes.js';
import { type ErrorTypes } from './bounded-labels.js';
import { carriedSpanContext, carrySpanContext } from './carried-span-context.js';
import { type Subscriptions } from './subscriptions.js';

/** What an attempt is known by: one object for all outcomes of one request. */
type AttemptOfRequest = CallbackHandling['attempt'];

interface OpenSpan {
  readonly span: Span;
  readonly now: () => number;
}

/**
 * Makes one span for each request, whatever comes of it. A callback that arrives is of kind SERVER: its sender waits for
 * the answer. One that comes out of the inbox is of kind CONSUMER and linked to the span in which it arrived, as the
 * conventions for messaging have it; both are children of the span that is active, of an HTTP server for example.
 */
export class CallbackSpans {
  private readonly open = new Map<CallbackHandling, OpenSpan>();
  private readonly handled = new WeakMap<AttemptOfRequest, Span>();
  private readonly completed = new CompletedRedeliveries();

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
      const unknownMethod = outcome.reason === 'method_not_allowed' ? { [HTTP_REQUEST_METHOD]: undefined } : {};
      this.add('rejected', outcome, 401, { [REASON]: outcome.reason, ...unknownMethod });
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

  /** Ends what is still going on: how it ends will not be known. */
  endAll(): void {
    for (const { span, now } of this.open.values()) span.end(toHrTime(now()));
    this.open.clear();
  }

  private begin(handling: CallbackHandling): void {
    const { isRedelivery, receivedAt, traceContext, attempt } = handling;
    const arrival = isRedelivery ? carriedSpanContext(traceContext) : undefined;
    const parent = context.active();
    const span = this.tracer.startSpan(
      nameOf(handling),
      {
        kind: kindOf(isRedelivery),
        startTime: toHrTime(receivedAt),
        attributes: requestAttributes(handling, isRedelivery),
        links: arrival === undefined ? [] : [{ context: arrival }],
      },
      parent,
    );
    this.open.set(handling, { span, now: startClock() });
    this.handled.set(attempt, span);
    if (!isRedelivery) carrySpanContext(span.spanContext(), traceContext);
    const current = trace.setSpan(parent, span);
    const runInOthers = handling.runIn;
    handling.runIn = (run) => context.with(current, () => (runInOthers === undefined ? run() : runInOthers(run)));
  }

  private end(handling: CallbackHandling): void {
    const opened = this.open.get(handling);
    if (opened === undefined) return;
    const { span, now } = opened;
    this.open.delete(handling);
    span.setAttribute(OUTCOME, handling.outcome ?? ABANDONED);
    span.end(toHrTime(now()));
    if (handling.isRedelivery && handling.outcome === 'accepted') this.completed.add(handling);
  }

  private addFailed(outcome: FailedOutcome): void {
    const type = this.errorTypes.typeOf(outcome.error);
    const span = this.handled.get(outcome.attempt);
    if (span !== undefined) {
      setFailed(span, type);
      return;
    }
    if (this.completed.take(outcome)) return;
    this.add('failed', outcome, 500, {}, type);
  }

  private addUnavailable(outcome: UnavailableOutcome): void {
    if (isOfStorage(outcome)) {
      // It is not how a callback ends.
      this.handled.get(outcome.attempt)?.setAttribute(DEPENDENCY, outcome.dependency);
      return;
    }
    const { dependency, error } = outcome;
    const status = dependency === 'secrets' ? 503 : 500;
    this.add('unavailable', outcome, status, { [DEPENDENCY]: dependency }, this.errorTypes.typeOf(error));
  }

  /** Adds the span of a request that ended without being handled. */
  private add(
    name: string,
    outcome: Pick<ReportedOutcome, 'durations'> & RequestFacts,
    status: number,
    more: Attributes = {},
    errorType?: string,
  ): void {
    const isRedelivery = !wasVerified(outcome);
    const now = Date.now();
    const span = this.tracer.startSpan(nameOf(outcome), {
      kind: kindOf(isRedelivery),
      startTime: toHrTime(now - outcome.durations.total),
      attributes: {
        ...requestAttributes(outcome, isRedelivery),
        [HTTP_RESPONSE_STATUS_CODE]: isRedelivery ? undefined : status,
        [OUTCOME]: name,
        ...more,
      },
    });
    if (errorType !== undefined) setFailed(span, errorType);
    span.end(toHrTime(now));
  }
}

/** As the conventions for messaging have it: the operation, and what it is done to. */
function nameOf({ kind }: RequestFacts): string {
  return `process ${kind}`;
}

function kindOf(isRedelivery: boolean): SpanKind {
  return isRedelivery ? SpanKind.CONSUMER : SpanKind.SERVER;
}

/** Without the error's message, which may hold a secret or a payload. */
function setFailed(span: Span, errorType: string): void {
  span.setAttribute(ERROR_TYPE, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A moment or a duration in ms as OpenTelemetry takes it without guessing what kind of number it is. */
function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}

/** A clock that does not jump: the time of day now, and what `performance.now()` counts from then on. */
function startClock(): () => number {
  const offsetMs = Date.now() - performance.now();
  return () => offsetMs + performance.now();
}

/** Many more than one process delivers while the answer to one of them is written. */
const REMEMBERED = 1000;

/**
 * The latest redeliveries whose method completed. One of them can still fail, when its answer is not 2xx, which is reported
 * once its span has ended.
 */
class CompletedRedeliveries {
  private readonly latest = new Set<string>();

  add(callback: GenuineCallback): void {
    for (const oldest of this.latest) {
      if (this.latest.size < REMEMBERED) break;
      this.latest.delete(oldest);
    }
    this.latest.add(keyOf(callback));
  }

  /** Whether it is one of them; only once. */
  take(callback: GenuineCallback): boolean {
    return this.latest.delete(keyOf(callback));
  }
}

function keyOf({ jti, attempt: { attempt, firstReceivedAt } }: GenuineCallback): string {
  return `${firstReceivedAt.getTime()} ${attempt} ${jti}`;
}
