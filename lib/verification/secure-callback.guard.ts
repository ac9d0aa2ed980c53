import {
  type CanActivate,
  type ExecutionContext,
  type HttpException,
  Inject,
  Injectable,
  InternalServerErrorException,
  type OnModuleInit,
  Optional,
  ServiceUnavailableException,
} from '@nestjs/common';
import { callbackKindOf } from '../request/callback-kind.metadata.js';
import { IncomingBody } from '../request/incoming-body.js';
import { clientAddress, nodeRequest, platformRequest } from '../request/platform-request.js';
import { firstAttempt } from '../request/delivery-attempt.js';
import { receive } from '../request/received-callback.js';
import { StageClock } from '../request/stage-clock.js';
import { redeliveredCallback, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { callbackHeaders } from '../request/request-headers.js';
import { routeOf } from '../request/route.js';
import { UnsecuredRouteError } from '../request/unsecured-route.error.js';
import { reportOn } from '../telemetry/callback-report.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { CallbackRejectedException } from './callback-rejected.exception.js';
import { CallbackRejection } from './callback-rejection.js';
import { CallbackVerifier, type VerifiedToken } from './callback-verifier.js';
import { assertModuleImported, OwnFault } from './own-fault.js';
import { RequestOrigin } from './request-origin.js';
import { readToken } from './unverified-token.js';

/** What an unsigned callback is answered: `401`, or `503` so that Vonage sends it again, signed. */
export type UnsignedPolicy = 'reject' | 'retry';

/** Injection token of the {@link UnsignedPolicy}. */
export const UNSIGNED_POLICY = Symbol('VideoCallbacksModule: unsigned');

/**
 * Who sent it? Lets a request through whose headers prove that it is a genuine and fresh callback of the kind that the
 * method takes. The body is not looked at.
 *
 * @throws {CallbackRejectedException} 401, if it is not
 * @throws {ServiceUnavailableException} 503, if the signature secrets are unavailable, or if it has no token and the
 *   option `unsigned` is `retry`
 * @throws {InternalServerErrorException} 500, if anything else of ours fails
 */
@Injectable()
export class SecureCallbackGuard implements CanActivate, OnModuleInit {
  // Optional, so that a missing module is reported in our words rather than in those of dependency injection.
  constructor(
    @Optional() private readonly verifier: CallbackVerifier,
    @Optional() private readonly origin: RequestOrigin,
    @Optional() private readonly telemetry: CallbackTelemetry,
    @Optional() @Inject(UNSIGNED_POLICY) private readonly unsigned?: UnsignedPolicy,
  ) {}

  /**
   * Called by Nest at start-up.
   *
   * @throws {ModuleNotImportedError} if VideoCallbacksModule cannot be seen from the controller's module
   */
  onModuleInit(): void {
    assertModuleImported(this.verifier, this.origin, this.telemetry);
  }

  /**
   * Called by Nest for every request to the method; never answers `false`.
   *
   * @throws {UnsecuredRouteError} which Nest answers with 500, if the method has no `@VideoCallback`, or if the stored
   *   callback that is delivered to it is of another kind
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const kind = callbackKindOf(context.getHandler());
    if (kind === undefined) {
      throw new UnsecuredRouteError(`${routeOf(context)} uses SecureCallbackGuard without @VideoCallback(kind).`);
    }
    const request = nodeRequest(context);
    IncomingBody.of(request)?.show();
    const redelivered = redeliveredCallback(request);
    if (redelivered !== undefined) return this.admitRedelivered(context, kind, redelivered);
    const startedAt = performance.now();
    const clock = new StageClock();
    try {
      this.checkOrigin(context);
      const token = await this.verifyToken(context, kind);
      clock.add('verification', startedAt);
      receive(nodeRequest(context), { token, attempt: firstAttempt(), clock });
      return true;
    } catch (error) {
      clock.add('verification', startedAt);
      throw this.refusal(error, context, kind, clock);
    }
  }

  /** Reports to the operator why a request ends here, and makes the answer to its sender. */
  private refusal(
    error: unknown,
    context: ExecutionContext,
    kind: VideoCallbackKind,
    clock: StageClock,
  ): HttpException {
    const place = { kind, route: routeOf(context), address: clientAddress(context), durations: clock.durations() };
    if (error instanceof CallbackRejection) {
      const { reason, message, token, projectId } = error;
      const isRetried = reason === 'authorization_missing' && this.unsigned === 'retry';
      const explanation = isRetried ? `${message}; answered 503, so that Vonage sends it again, signed` : message;
      const diagnose = reason === 'signature_mismatch' ? () => this.findSigner(context, kind) : undefined;
      this.telemetry.rejected({ ...place, ...token, projectId, reason, explanation }, diagnose);
      return isRetried ? new ServiceUnavailableException() : new CallbackRejectedException(reason);
    }
    const isOurs = error instanceof OwnFault;
    this.telemetry.tell('unavailable', () => ({ ...place, dependency: isOurs ? 'secrets' : 'unknown', error }));
    return isOurs ? new ServiceUnavailableException() : new InternalServerErrorException();
  }

  /** Whether the secret is that of another webhook: the commonest mistake in a configuration. */
  private async findSigner(context: ExecutionContext, kind: VideoCallbackKind): Promise<string> {
    const signer = await this.verifier.kindOfSigner(readToken(callbackHeaders(nodeRequest(context))), kind);
    return signer === undefined
      ? `It matches no secret of another kind either: compare the ${kind} secret with the one in the dashboard`
      : `It matches the secret configured for ${signer}: are two secrets mixed up, or does this URL belong to ${signer}?`;
  }

  /** Who sent it, and how old it was, was settled when it arrived. */
  private admitRedelivered(
    context: ExecutionContext,
    kind: VideoCallbackKind,
    redelivered: RedeliveredCallback,
  ): boolean {
    const { token, attempt } = redelivered;
    redelivered.isReached = true;
    if (token.kind !== kind) {
      redelivered.failure = new UnsecuredRouteError(
        `${routeOf(context)} takes ${kind} callbacks, the stored one is of ${token.kind}.`,
      );
      throw redelivered.failure;
    }
    const received = { token, attempt, clock: new StageClock() };
    receive(nodeRequest(context), received);
    reportOn(context, received, this.telemetry).redelivered();
    return true;
  }

  /**
   * Where does the request come from?
   *
   * @throws {CallbackRejection}
   */
  private checkOrigin(context: ExecutionContext): void {
    this.origin.check(nodeRequest(context), platformRequest(context).ip);
  }

  /**
   * Who signed it, and when?
   *
   * @throws {CallbackRejection}
   */
  private verifyToken(context: ExecutionContext, kind: VideoCallbackKind): Promise<VerifiedToken> {
    return this.verifier.verifyToken(callbackHeaders(nodeRequest(context)), kind);
  }
}
