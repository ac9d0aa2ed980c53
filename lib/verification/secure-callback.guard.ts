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
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { callbackKindsOf } from '../request/callback-kind.metadata.js';
import { CallbackRequest, UnsecuredRouteError } from '../request/callback-request.js';
import { type Redelivery } from '../request/redelivery.js';
import { StageClock } from '../request/stage-clock.js';
import { CallbackReport } from '../telemetry/callback-report.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { CallbackRejectedException } from './callback-rejected.exception.js';
import { CallbackRejection } from './callback-rejection.js';
import { CallbackVerifier } from './callback-verifier.js';
import { assertModuleImported, OwnFault } from './own-fault.js';
import { RequestOrigin } from './request-origin.js';

/** How an unsigned callback is answered: `401`, or `503` so that Vonage sends it again, signed. */
export type UnsignedPolicy = 'reject' | 'retry';

/** Injection token of the {@link UnsignedPolicy}. */
export const UNSIGNED_POLICY = Symbol('VideoCallbacksModule: unsigned');

/**
 * Who sent it? Lets a request pass if its headers prove that it is a genuine and fresh callback of a kind that the
 * method takes. The body is not checked here.
 *
 * @throws {CallbackRejectedException} 401, if it is not
 * @throws {ServiceUnavailableException} 503, if the signature secrets are unavailable, or if it has no token and the
 *   option `unsigned` is `retry`
 * @throws {InternalServerErrorException} 500, if anything else on our side fails
 */
@Injectable()
export class SecureCallbackGuard implements CanActivate, OnModuleInit {
  // Optional, so that a missing module gives our own error message instead of one of Nest.
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
    const request = CallbackRequest.of(context);
    const kinds = callbackKindsOf(context.getHandler());
    if (kinds === undefined) {
      throw new UnsecuredRouteError(`${request.route} uses SecureCallbackGuard without @VideoCallback(kind).`);
    }
    request.unhideBody();
    request.clock = new StageClock();
    if (request.redelivery !== undefined) return this.admitRedelivery(request, kinds, request.redelivery);
    const startedAt = performance.now();
    try {
      await this.verify(request, kinds);
      request.clock.add('verification', startedAt);
      return true;
    } catch (error) {
      request.clock.add('verification', startedAt);
      throw this.refusal(error, request, kinds);
    }
  }

  /**
   * Checks where the request comes from, who signed it, and when.
   *
   * @throws {CallbackRejection}
   */
  private async verify(request: CallbackRequest, kinds: readonly VideoCallbackKind[]): Promise<void> {
    const { message } = request;
    this.origin.check(message, request.platform);
    this.verifier.checkUserAgent(message.headers);
    const { token, unavailable } = await this.verifier.verifySignature(request.unverified, kinds);
    request.admit(token);
    request.unavailableKeys = unavailable;
  }

  /** Sender and age were verified when the callback arrived. */
  private admitRedelivery(
    request: CallbackRequest,
    kinds: readonly VideoCallbackKind[],
    redelivery: Redelivery,
  ): boolean {
    const { token, attempt } = redelivery;
    redelivery.state = 'reached';
    if (!kinds.includes(token.kind)) {
      redelivery.failure = new UnsecuredRouteError(
        `${request.route} takes ${kinds.join(' and ')} callbacks, the stored one is of ${token.kind}.`,
      );
      throw redelivery.failure;
    }
    request.admit(token, attempt);
    request.id = redelivery.id;
    new CallbackReport(this.telemetry, request).redelivered();
    return true;
  }

  /** Reports to the operator why the request is refused, and returns the exception for its sender. */
  private refusal(error: unknown, request: CallbackRequest, kinds: readonly VideoCallbackKind[]): HttpException {
    const { route, address, clock } = request;
    const place = { kind: only(kinds) ?? ('unknown' as const), route, address, durations: clock.durations() };
    if (error instanceof CallbackRejection) {
      const { reason, message, token, projectId } = error;
      const isRetried = reason === 'authorization_missing' && this.unsigned === 'retry';
      const explanation = isRetried ? `${message}; answered 503, so that Vonage sends it again, signed` : message;
      const diagnose = reason === 'signature_mismatch' ? () => this.findSigner(request, kinds) : undefined;
      this.telemetry.rejected({ ...place, ...token, projectId, reason, explanation }, diagnose);
      return isRetried ? new ServiceUnavailableException() : new CallbackRejectedException(reason);
    }
    const isOurs = error instanceof OwnFault;
    this.telemetry.report('unavailable', () => ({ ...place, dependency: isOurs ? 'secrets' : 'unknown', error }));
    return isOurs ? new ServiceUnavailableException() : new InternalServerErrorException();
  }

  /** Finds out whether the secret is that of another webhook: the most common mistake in a configuration. */
  private async findSigner(request: CallbackRequest, kinds: readonly VideoCallbackKind[]): Promise<string> {
    const signer = await this.verifier.kindOfTokenSigner(request.unverified, kinds);
    return signer === undefined
      ? `It matches no secret of another kind either: compare the ${kinds.join(' and ')} secret with the one in the dashboard`
      : `It matches the secret configured for ${signer}: are two secrets mixed up, or does this URL belong to ${signer}?`;
  }
}

function only(kinds: readonly VideoCallbackKind[]): VideoCallbackKind | undefined {
  return kinds.length === 1 ? kinds[0] : undefined;
}
