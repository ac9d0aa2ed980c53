import { type ExecutionContext } from '@nestjs/common';
import { nodeRequest } from './platform-request.js';
import { type CallbackContent, receivedCallback, type ReceivedCallback } from './received-callback.js';
import { routeOf } from './route.js';
import { UnsecuredRouteError } from './unsecured-route.error.js';

/** A callback that has passed every check of its sender and its content. */
export interface HandedOverCallback extends ReceivedCallback {
  readonly content: CallbackContent;
}

/** Completes the callback that a request carries, in place, with what its body turned out to be. */
export function handOver(received: ReceivedCallback, content: CallbackContent): HandedOverCallback {
  return Object.assign(received, { content });
}

/**
 * The callback that a request carries to its handler.
 *
 * @throws {UnsecuredRouteError} if the method is not secured with `@VideoCallback`
 */
export function handedOverCallback(context: ExecutionContext): HandedOverCallback {
  const received = receivedCallback(nodeRequest(context));
  if (received === undefined || !isHandedOver(received)) {
    throw new UnsecuredRouteError(
      `${routeOf(context)} asks for a verified callback but there is none: add @VideoCallback(kind) to the method or to ` +
        'one of its parameters, and in tests do not replace SecureCallbackGuard or DeliveryInterceptor.',
    );
  }
  return received;
}

function isHandedOver(received: ReceivedCallback): received is HandedOverCallback {
  return received.content !== undefined;
}
