import { type ExecutionContext } from '@nestjs/common';
import { clientAddress } from '../request/platform-request.js';
import { routeOf } from '../request/route.js';
import { type VerifiedToken } from '../verification/callback-verifier.js';
import { type GenuineCallbackOutcome } from './callback-observer.js';

/** What every outcome of a genuine callback tells. */
export function genuineOutcome(
  context: ExecutionContext,
  { kind, projectId, claims, secretPosition }: VerifiedToken,
): GenuineCallbackOutcome {
  return {
    kind,
    route: routeOf(context),
    address: clientAddress(context),
    projectId,
    jti: claims.jti,
    age: Date.now() / 1000 - claims.iat,
    secretPosition,
  };
}
