import { type IncomingMessage } from 'node:http';
import { tokenOfRequest } from '../request/token-of-request.js';
import { bearerToken } from '../verification/bearer-token.js';
import { isJson } from './content-type.js';

/**
 * Whether a request may be a secure callback, so that its bytes must be kept. Narrow, because everything else must
 * reach the application exactly as it would without this module: a POST of JSON with a token that claims to be issued
 * by Vonage. Nothing is verified here.
 */
export function isCallbackCandidate(request: IncomingMessage): boolean {
  return isJson(request.headers) && hasVonageToken(request);
}

/** Whether a request is a POST with a token that claims to be issued by Vonage. Nothing is verified here. */
export function hasVonageToken(request: IncomingMessage): boolean {
  const { method, headers } = request;
  if (method !== 'POST' || headers.authorization === undefined || !/^bearer /i.test(headers.authorization))
    return false;
  try {
    return tokenOfRequest(request, bearerToken(headers)).claims['iss'] === 'Vonage';
  } catch {
    return false;
  }
}
