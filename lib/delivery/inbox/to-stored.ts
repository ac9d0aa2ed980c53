import { type ExecutionContext } from '@nestjs/common';
import { clientAddress, nodeRequest } from '../../request/platform-request.js';
import { type ReceivedCallback } from '../../request/received-callback.js';
import { routeOf } from '../../request/route.js';
import { type TraceContext } from '../../request/trace-context.js';
import { STORED_FORMAT, type StoredCallback } from './stored-callback.js';
import { storedRequest } from './stored-request.js';

/** A callback in the form in which it is stored. */
export function toStored(
  id: string,
  context: ExecutionContext,
  { token, attempt }: ReceivedCallback,
  rawBody: Buffer,
  traceContext: TraceContext = {},
): StoredCallback {
  const address = clientAddress(context);
  return {
    format: STORED_FORMAT,
    id,
    token,
    body: rawBody.toString('base64'),
    request: storedRequest(nodeRequest(context)),
    receivedAt: attempt.firstReceivedAt.getTime(),
    route: routeOf(context),
    ...(address === undefined ? {} : { address }),
    ...(Object.keys(traceContext).length === 0 ? {} : { traceContext }),
  };
}
