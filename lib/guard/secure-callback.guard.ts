import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  InternalServerErrorException,
  type OnModuleInit,
  Optional,
  ServiceUnavailableException,
} from '@nestjs/common';
import { callbackKindOf } from '../request/callback-kind.metadata.js';
import { clientAddress, nodeRequest } from '../request/platform-request.js';
import { firstAttempt } from '../request/delivery-attempt.js';
import { receive } from '../request/received-callback.js';
import { redeliveredCallback, type RedeliveredCallback } from '../request/redelivered-callback.js';
import { callbackHeaders } from '../request/request-headers.js';
import { routeOf } from '../request/route.js';
import { UnsecuredRouteError } from '../request/unsecured-route.error.js';
import { type CallbackOutcome } from '../telemetry/callback-observer.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { CallbackRejectedException } from '../request/callback-rejected.exception.js';
import { CallbackRejection } from '../verification/callback-rejection.js';
import { CallbackVerifier, type VerifiedToken } from '../verification/callback-verifier.js';
import { assertModuleImported } from './module-not-imported.error.js';
import { OwnFault } from '../verification/own-fault.js';
import { RequestOrigin } from '../verification/request-origin.js';

/**
 * Who sent it? Lets a request through whose headers prove that it is a genuine and fresh callback of the kind that the
 * method takes. The body is not looked at.
 *
 * @throws {CallbackRejectedException} 401, if it is not
 * @throws {ServiceUnavailableException} 503, if the signature secrets cannot be had
 * @throws {InternalServerErrorException} 500, if anything else of ours fails
 */
@Injectable()
export class SecureCallbackGuard implements CanActivate, OnModuleInit {
  // Optional, so that a missing module is reported in our words rather than in those of dependency injection.
  constructor(
    @Optional() private readonly verifier: CallbackVerifier,
    @Optional() private readonly origin: RequestOrigin,
    @Optional() private readonly telemetry: CallbackTelemetry,
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
    const redelivered = redeliveredCallback(nodeRequest(context));
    if (redelivered !== undefined) return this.admitRedelivered(context, kind, redelivered);
    const outcome: CallbackOutcome = { kind, route: routeOf(context), address: clientAddress(context) };
    try {
      this.checkOrigin(context);
      receive(nodeRequest(context), await this.verifyToken(context, kind), firstAttempt());
      return true;
    } catch (error) {
      if (error instanceof CallbackRejection) {
        const { reason, message, projectId } = error;
        this.telemetry.rejected({ ...outcome, reason, explanation: message, projectId });
        throw new CallbackRejectedException(reason);
      }
      this.telemetry.unavailable({ ...outcome, error });
      throw error instanceof OwnFault ? new ServiceUnavailableException() : new InternalServerErrorException();
    }
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
      throw new UnsecuredRouteError(`${routeOf(context)} takes ${kind} callbacks, the stored one is of ${token.kind}.`);
    }
    receive(nodeRequest(context), token, attempt);
    return true;
  }

  /**
   * Where does the request come from?
   *
   * @throws {CallbackRejection}
   */
  private checkOrigin(context: ExecutionContext): void {
    this.origin.check(nodeRequest(context), clientAddress(context));
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
