import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { handedOverCallback } from './request/handed-over-callback.js';
import { type CallbackTokenClaims } from './verification/callback-token-claims.js';

const injectClaims = createParamDecorator(
  (_: unknown, context: ExecutionContext): CallbackTokenClaims => handedOverCallback(context).token.claims,
);

const injectPayload = createParamDecorator(
  (_: unknown, context: ExecutionContext): Readonly<Record<string, unknown>> =>
    handedOverCallback(context).content.payload,
);

/**
 * Injects the verified claims of the callback's token ({@link CallbackTokenClaims}) into a method that `@VideoCallback`
 * secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackClaims = (): ParameterDecorator => injectClaims();

/**
 * Injects the whole JSON object of the callback, with every field, whether this version knows it or not, but without
 * `__proto__` members. Type the parameter as `Record<string, unknown>`. For a method that `@VideoCallback` secures; on
 * any other method every request fails with `500` and a log line that says so.
 */
export const RawCallback = (): ParameterDecorator => injectPayload();
