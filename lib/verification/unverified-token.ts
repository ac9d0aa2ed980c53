import { CallbackRejection } from './callback-rejection.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { parseJsonText } from './json-text.js';

/**
 * The headers of a request: those of Node's `IncomingMessage` (lower-case names), a plain record with lower-case names,
 * or the Fetch API's `Headers`. A list stands for a repeated header.
 */
export type CallbackHeaders = Readonly<Record<string, string | readonly string[] | undefined>> | Headers;

/** A token in its compact form (RFC 7515, section 7.1) and its content. **Not verified.** */
export interface UnverifiedToken {
  /** The token as it was sent. Never print it. */
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Longest token that is read, in characters. A genuine one has about 450; Node itself allows 16 KiB of headers. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Reads the one token of a request's `Authorization` header, without verifying it.
 *
 * @throws {CallbackRejection} as {@link bearerToken} and {@link parseToken}
 */
export function readToken(headers: CallbackHeaders): UnverifiedToken {
  return parseToken(bearerToken(headers));
}

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

/** The values of one header; `name` in lower case. */
export function headerValues(headers: CallbackHeaders, name: string): readonly string[] {
  if (isFetchHeaders(headers)) {
    const value = headers.get(name);
    return value === null ? [] : [value];
  }
  // A record may come from parsed input, so inherited members must not count as headers.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Checks the shape, not the class: there are several implementations of the Fetch API. */
function isFetchHeaders(headers: CallbackHeaders): headers is Headers {
  return typeof headers.get === 'function';
}

/**
 * Reads a token without verifying it. Only the canonical spelling is accepted: unpadded base64url (RFC 7515, section 2)
 * whose unused last bits are zero (RFC 4648, section 3.5), UTF-8, a JSON object in either part. jose and Node decode
 * several spellings to the same bytes.
 *
 * @throws {CallbackRejection} `token_malformed`
 */
export function parseToken(text: string): UnverifiedToken {
  const [header, claims, signature, ...rest] = text.split('.');
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) {
    throw malformed('it does not have three parts');
  }
  if (!isCanonicalBase64Url(signature)) throw malformed('its signature is not base64url');
  return { text, header: jsonObject(header, 'header'), claims: jsonObject(claims, 'claims') };
}

const UNUSED_BITS = [0, undefined, 4, 2] as const;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CHARACTERS = /^[A-Za-z0-9_-]+$/;

function isCanonicalBase64Url(text: string): boolean {
  const unusedBits = UNUSED_BITS[text.length % 4];
  if (unusedBits === undefined || !CHARACTERS.test(text)) return false;
  return ALPHABET.indexOf(text.charAt(text.length - 1)) % (1 << unusedBits) === 0;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonObject(part: string, name: string): Readonly<Record<string, unknown>> {
  if (!isCanonicalBase64Url(part)) throw malformed(`its ${name} part is not base64url`);
  let value: unknown;
  try {
    value = parseJsonText(utf8.decode(Buffer.from(part, 'base64url')));
  } catch {
    throw malformed(`its ${name} part is not JSON`);
  }
  if (!isJsonObject(value)) throw malformed(`its ${name} part is not a JSON object`);
  return value;
}

function malformed(what: string): CallbackRejection {
  return new CallbackRejection('token_malformed', `the token cannot be read: ${what}`);
}
