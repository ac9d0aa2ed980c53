import { type ExecutionContext } from '@nestjs/common';
import { type Violation } from '../callbacks/catalogue.js';
import { clientAddress, nodeRequest } from '../request/platform-request.js';
import { type ReceivedCallback } from '../request/received-callback.js';
import { redeliveredCallback } from '../request/redelivered-callback.js';
import { routeOf } from '../request/route.js';
import { type StageClock } from '../request/stage-clock.js';
import { type TraceContext } from '../request/trace-context.js';
import { type CallbackRejection } from '../verification/callback-rejection.js';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import {
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type FailedOutcome,
  type GenuineCallbackOutcome,
  type StorageOutcome,
  type UnusableOutcome,
} from './callback-outcome.js';
import { type CallbackTelemetry } from './callback-telemetry.js';
import { type Diagnose } from './diagnoses.js';
import { type CallbackHandling, traceHandling } from './handling-channel.js';

/** What every outcome of one genuine callback has in common. */
type GenuineCallbackFacts = Omit<GenuineCallbackOutcome, 'durations'>;

/** Reports what becomes of one genuine callback. */
export class CallbackReport {
  private handling: CallbackHandling | undefined;
  private found: GenuineCallbackFacts | undefined;

  /** @param findFacts called once, and only if an outcome is logged, observed or published */
  constructor(
    private readonly telemetry: CallbackTelemetry,
    private readonly findFacts: () => GenuineCallbackFacts,
    private readonly clock: StageClock,
    private readonly secretPosition: number,
    /** Whether an inbox delivers it. */
    private readonly isFromInbox = false,
  ) {}

  private get facts(): GenuineCallbackFacts {
    this.found ??= this.findFacts();
    return this.found;
  }

  /** The handler completed. */
  accepted(setAside: readonly Violation[]): void {
    this.report('accepted', () => this.outcome({ setAside }), setAside.length > 0 || undefined);
    this.reportSecretInUse();
  }

  /** The body is not the one that was signed, and the operator chose to accept that (`verifyPayload: false`). */
  tolerated(explanation: string): void {
    this.telemetry.tolerated(this.outcome({}), explanation);
  }

  /** The callback was stored, to be handled later. */
  stored(): void {
    this.report('stored', () => this.outcome({}));
    this.reportSecretInUse();
  }

  /** The callback was handled, or stored, before. */
  duplicate(): void {
    this.report('duplicate', () => this.outcome({}));
  }

  /** A stored callback has come to its method. */
  redelivered(): void {
    this.report('redelivered', () => this.outcome({}));
  }

  /** The token is genuine, but the body is not the one that was signed. */
  rejected({ reason, message }: CallbackRejection, diagnose: Diagnose): void {
    this.telemetry.rejected(this.outcome({ reason, explanation: message }), diagnose);
  }

  /** The callback is genuine, but its body is not usable. */
  unusable(extra: Pick<UnusableOutcome, 'status' | 'violations' | 'rawBody' | 'isKept'>): void {
    this.report('unusable', () => this.outcome(extra));
  }

  /** The handler failed, or the callback never got there through a fault of our own. */
  failed(error: unknown): void {
    this.report('failed', () => this.outcome({ error, next: this.nextAfterFailure() }));
  }

  /** The ledger or the inbox does not know of the callback: not how it ends, but reported before or after that. */
  unavailable(extra: Pick<StorageOutcome, 'dependency' | 'error' | 'policy'>): void {
    this.telemetry.tell('unavailable', () => this.outcome(extra));
  }

  /** Runs all that is done with the callback, with the events of the tracing channel around it. */
  trace<Result>(
    { traceContext, isRedelivery }: { readonly traceContext: TraceContext; readonly isRedelivery: boolean },
    run: () => Promise<Result>,
  ): Promise<Result> {
    return traceHandling(() => {
      const receivedAt = Date.now() - this.clock.durations().total;
      this.handling = { ...this.facts, receivedAt, isRedelivery, traceContext, outcome: undefined, runIn: undefined };
      return this.handling;
    }, run);
  }

  private nextAfterFailure(): FailedOutcome['next'] {
    if (!this.isFromInbox) return 'lost';
    const { attempt, of } = this.facts.attempt;
    return attempt < of ? 'retry' : 'dead';
  }

  private reportSecretInUse(): void {
    if (this.secretPosition > 0) this.telemetry.secretInUse(this.facts);
  }

  private report<Name extends CallbackOutcomeName>(
    name: Name,
    outcome: () => CallbackOutcomes[Name],
    isRemarkable?: boolean,
  ): void {
    if (this.handling !== undefined) this.handling.outcome = name;
    this.telemetry.tell(name, outcome, isRemarkable);
  }

  private outcome<Extra extends object>(extra: Extra): GenuineCallbackOutcome & Extra {
    return { ...this.facts, durations: this.clock.durations(), ...extra };
  }
}

/** The report on a callback that a request carries. */
export function reportOn(
  context: ExecutionContext,
  { token, attempt, clock }: ReceivedCallback,
  telemetry: CallbackTelemetry,
): CallbackReport {
  const findFacts = (): GenuineCallbackFacts => ({
    route: routeOf(context),
    address: clientAddress(context),
    ...genuineCallback(token),
    attempt,
  });
  const isFromInbox = redeliveredCallback(nodeRequest(context)) !== undefined;
  return new CallbackReport(telemetry, findFacts, clock, token.secretPosition, isFromInbox);
}

/** What a verified token says about its callback. */
export function genuineCallback({ kind, projectId, claims, secretPosition }: VerifiedToken) {
  return { kind, projectId, jti: claims.jti, age: Date.now() / 1000 - claims.iat, secretPosition };
}
