import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type DeliveryAttempt as Attempt } from './request/delivery-attempt.js';
import { handedOverCallback } from './request/handed-over-callback.js';
import { type CallbackTokenClaims } from './verification/callback-token-claims.js';

const injectClaims = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallbackTokenClaims => handedOverCallback(context).token.claims,
);

const injectProject = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => handedOverCallback(context).token.projectId,
);

const injectPayload = createParamDecorator(
  (_: unknown, context: ExecutionContext): Readonly<Record<string, unknown>> =>
    handedOverCallback(context).content.payload,
);

const injectAttempt = createParamDecorator(
  (_: unknown, context: ExecutionContext): Attempt => handedOverCallback(context).attempt,
);

/**
 * Injects the verified claims of the callback's token ({@link CallbackTokenClaims}) into a method that `@VideoCallback`
 * secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackClaims = (): ParameterDecorator => injectClaims();

/**
 * Injects the project whose signature secret the callback was signed with (a text): what a service with many tenants
 * goes by. A claim that names another project is only what that project's owner says: see {@link CallbackTokenClaims}.
 * For a method that `@VideoCallback` secures; on any other method every request fails with `500` and a log line that
 * says so.
 */
export const CallbackProject = (): ParameterDecorator => injectProject();

/**
 * Injects the whole JSON object of the callback, with every field, whether this version knows it or not, but without
 * `__proto__` members. Type the parameter as `Record<string, unknown>`. For a method that `@VideoCallback` secures; on
 * any other method every request fails with `500` and a log line that says so.
 */
export const RawCallback = (): ParameterDecorator => injectPayload();

/**
 * Injects which attempt at handling the callback this is (a `CallbackAttempt`): attempt 1 of 1 unless an inbox
 * delivers it. For a method that `@VideoCallback` secures; on any other method every request fails with `500` and a log
 * line that says so.
 */
export const DeliveryAttempt = (): ParameterDecorator => injectAttempt();
