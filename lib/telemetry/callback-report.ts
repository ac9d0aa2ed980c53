import { type CallbackRequest } from '../request/callback-request.js';
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

/** The common members of all outcomes of one genuine callback. */
type GenuineCallbackFacts = Omit<GenuineCallbackOutcome, 'durations'>;

/** Reports the outcomes of one genuine callback. */
export class CallbackReport {
  private handling: CallbackHandling | undefined;
  private found: GenuineCallbackFacts | undefined;

  /** @param request a request with a verified token */
  constructor(
    private readonly telemetry: CallbackTelemetry,
    private readonly request: CallbackRequest,
  ) {}

  /** Collected once, and only if an outcome is logged, observed or published. */
  private get facts(): GenuineCallbackFacts {
    if (this.found !== undefined) return this.found;
    const { route, address, token, attempt, id } = this.request;
    this.found = { route, address, id, ...genuineCallback(token), attempt };
    return this.found;
  }

  /** The handler completed. */
  accepted(): void {
    const { setAside } = this.request.content;
    this.report('accepted', () => this.outcome({ setAside }), setAside.length > 0 || undefined);
    this.reportSecretInUse();
  }

  /** The body is not the signed one, but the options accept that (`verifyPayload: false`). */
  tolerated(explanation: string): void {
    this.telemetry.tolerated(this.outcome({}), explanation);
  }

  /** The callback was stored and will be handled later. */
  stored(): void {
    this.report('stored', () => this.outcome({}));
    this.reportSecretInUse();
  }

  /** The callback was handled, or stored, before. */
  duplicate(): void {
    this.report('duplicate', () => this.outcome({}));
  }

  /** A stored callback has reached its method. */
  redelivered(): void {
    this.report('redelivered', () => this.outcome({}));
  }

  /** The token is genuine, but the body is not the signed one. */
  rejected({ reason, message }: CallbackRejection, diagnose: Diagnose): void {
    this.telemetry.rejected(this.outcome({ reason, explanation: message }), diagnose);
  }

  /** The callback is genuine, but its body is not usable. */
  unusable(extra: Pick<UnusableOutcome, 'status' | 'violations' | 'rawBody' | 'isKept'>): void {
    this.report('unusable', () => this.outcome(extra));
  }

  /** The handler failed, or the callback did not reach it because of an error on our side. */
  failed(error: unknown): void {
    this.report('failed', () => this.outcome({ error, next: this.nextAfterFailure() }));
  }

  /** The ledger or the inbox missed the callback. This is reported in addition to its final outcome. */
  unavailable(extra: Pick<StorageOutcome, 'dependency' | 'error' | 'policy'>): void {
    this.telemetry.report('unavailable', () => this.outcome(extra));
  }

  /** Runs the whole handling of the callback, with the events of the tracing channel around it. */
  trace<Result>(run: () => Promise<Result>): Promise<Result> {
    return traceHandling(() => {
      const { clock, redelivery, traceContext } = this.request;
      const receivedAt = Date.now() - clock.durations().total;
      const isRedelivery = redelivery !== undefined;
      this.handling = { ...this.facts, receivedAt, isRedelivery, traceContext, outcome: undefined, runIn: undefined };
      return this.handling;
    }, run);
  }

  private nextAfterFailure(): FailedOutcome['next'] {
    if (this.request.redelivery === undefined) return 'lost';
    const { attempt, of } = this.facts.attempt;
    return attempt < of ? 'retry' : 'dead';
  }

  /** Of plain secrets the first one stays and the others will be removed after a rotation. Named secrets all stay. */
  private reportSecretInUse(): void {
    const { secretPosition, secretName } = this.request.token;
    if (secretPosition > 0 && secretName === undefined) this.telemetry.secretInUse(this.facts);
  }

  private report<Name extends CallbackOutcomeName>(
    name: Name,
    outcome: () => CallbackOutcomes[Name],
    isRemarkable?: boolean,
  ): void {
    if (this.handling !== undefined) this.handling.outcome = name;
    this.telemetry.report(name, outcome, isRemarkable);
  }

  private outcome<Extra extends object>(extra: Extra): GenuineCallbackOutcome & Extra {
    return { ...this.facts, durations: this.request.clock.durations(), ...extra };
  }
}

/** The members that a verified token provides. */
export function genuineCallback({ kind, projectId, claims, secretPosition, secretName }: VerifiedToken) {
  const secret = { secretPosition, ...(secretName === undefined ? {} : { secretName }) };
  return { kind, projectId, jti: claims.jti, age: Date.now() / 1000 - claims.iat, ...secret };
}
