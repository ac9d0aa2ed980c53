import { type CallbackHeaders, headerValues } from './callback-headers.js';
import { CallbackRejection } from './callback-rejection.js';

/** Longest token that is looked at, in characters. A genuine one has about 450; Node itself allows 16 KiB of headers. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * The one token of the `Authorization` header. The scheme is matched without regard to case (RFC 9110, section 11.1);
 * exactly one header with exactly one token is accepted, so that no two readers can see different tokens.
 *
 * @throws {CallbackRejection} `authorization_missing`, `authorization_repeated`, `authorization_malformed`,
 *   `token_too_long`
 */
export function bearerToken(headers: CallbackHeaders): string {
  const [authorization, ...others] = headerValues(headers, 'authorization');
  if (authorization === undefined) {
    throw new CallbackRejection(
      'authorization_missing',
      'no Authorization header: the webhook has no signature secret set at Vonage, or this is not from Vonage',
    );
  }
  if (others.length > 0) {
    throw new CallbackRejection('authorization_repeated', 'more than one Authorization header');
  }
  const [, token] = /^bearer ([^\s,]+)$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw new CallbackRejection('authorization_malformed', 'the Authorization header is not "Bearer" and one token');
  }
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new CallbackRejection('token_too_long', `the token is longer than ${MAX_TOKEN_LENGTH} characters`);
  }
  return token;
}
