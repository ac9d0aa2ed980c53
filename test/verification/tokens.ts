import { PAYLOADS } from '../support/payloads.js';
import { type RawRequest } from '../support/raw-http.js';
import { base64url, genuineClaims, SECRET, signed, signText } from '../support/signer.js';

export const BODY = JSON.stringify(PAYLOADS.archive);
export const HEADER_TEXT = '{"alg":"HS256","typ":"JWT"}';

/** The JSON of genuine claims, with deviations. */
export const claimsText = (deviations: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ ...genuineClaims(BODY), ...deviations });

/** A token, rightly signed, of a header and claims that may be any text or bytes. */
export const tokenOf = (header: string | Buffer, claims: string | Buffer, secret = SECRET): string =>
  signText(`${base64url(header)}.${base64url(claims)}`, secret);

export const genuineToken = (): string => tokenOf(HEADER_TEXT, claimsText());

/** An archive callback with another Authorization header, several of them (list), or none. */
export function authorized(authorization: string | readonly string[] | undefined): RawRequest {
  const { headers, body } = signed(BODY, { headers: { authorization: undefined } });
  return { body, headers: authorization === undefined ? headers : { ...headers, authorization } };
}

/** An archive callback with another token. */
export const bearing = (token: string): RawRequest => authorized(`Bearer ${token}`);
