import { type IncomingMessage } from 'node:http';
import { type ReceivedCallback } from '../request/received-callback.js';
import { type StoredCallback } from './stored-callback.js';
import { storedRequest } from './stored-request.js';

/** A callback in the form in which it is stored. */
export function toStored(
  id: string,
  { token, attempt }: ReceivedCallback,
  rawBody: Buffer,
  request: IncomingMessage,
): StoredCallback {
  return {
    id,
    token,
    body: rawBody.toString('base64'),
    request: storedRequest(request),
    receivedAt: attempt.firstReceivedAt.getTime(),
  };
}
