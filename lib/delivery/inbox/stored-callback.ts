import { type TraceContext } from '../../request/redelivery.js';
import { type MatchedSecret, type VerifiedToken } from '../../verification/callback-verifier.js';
import { VIDEO_CALLBACK_KINDS } from '../../callbacks/callback-kind.js';
import { type CallbackTokenClaims } from '../../verification/token-claims.js';
import { isJsonObject } from '../../callbacks/json-object.js';
import { OwnFault } from '../../verification/own-fault.js';
import { quoted } from '../../verification/quoted-text.js';

/**
 * What an inbox does with a stored callback whose delivery failed: `retry` it later, as long as it has attempts left;
 * `give-up`, because every attempt would fail in the same way; or `leave` it for another process, without counting an
 * attempt, because this application cannot handle it.
 */
export type AfterFailure = 'retry' | 'give-up' | 'leave';

/**
 * The method of a stored callback did not complete. The `cause` is what the method threw, or why the request could not
 * be made.
 */
export class DeliveryFailedError extends OwnFault {
  override readonly name = 'DeliveryFailedError';
  /** `ERR_CALLBACKS_DELIVERY_FAILED` */
  override readonly code = 'ERR_CALLBACKS_DELIVERY_FAILED';

  constructor(
    message: string,
    /** What the inbox does with the callback next. */
    readonly next: AfterFailure,
    // Not ErrorOptions, which the types of ES2021 and older do not have.
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The format of {@link StoredCallback} that this version writes, and the newest that it reads. */
export const STORED_FORMAT = 1;

/**
 * A verified callback as an inbox stores it: plain JSON. It contains the payload, which may include an archive's
 * password: anybody who can read the store can read it.
 */
export interface StoredCallback {
  /** Version of this format. Version 0.1.0 of this package left it out: that is format 1. */
  readonly format: typeof STORED_FORMAT;
  /** The callback's identity: two requests with the same identity are the same callback. */
  readonly id: string;
  /** What was verified when it was received. */
  readonly token: VerifiedToken;
  /** The exact bytes of the body, in Base64. */
  readonly body: string;
  /** The request that brought it, without `authorization`, `cookie` and the headers of its connection. */
  readonly request: StoredRequest;
  /** When it was first received, in ms since the epoch. */
  readonly receivedAt: number;
  /** The handler that it was sent to, as `VideoController.onArchive`, for the operator. */
  readonly route: string;
  /** The client's address, if it was known, for the operator. */
  readonly address?: string;
  /** What an instrumentation needs when it is delivered. */
  readonly traceContext?: TraceContext;
}

/** The part of a request that is needed to deliver it again. */
export interface StoredRequest {
  /** Path and query, as they were sent. */
  readonly url: string;
  /** The headers without `authorization` and cookies. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The address of the peer of the connection. */
  readonly remoteAddress: string;
}

/**
 * Reads what an inbox stored. Another version of this package, or other software, may have written it.
 *
 * @throws {DeliveryFailedError} `leave`, if its format or its kind is one that only a newer version knows; `give-up`, if
 *   it is of unknown shape
 */
export function readStoredCallback(value: unknown): StoredCallback {
  const stored = objectAt(value, 'the callback');
  checkFormat(stored['format']);
  const { address, traceContext } = stored;
  return {
    format: STORED_FORMAT,
    id: textAt(stored['id'], 'id'),
    token: tokenAt(stored['token']),
    body: textAt(stored['body'], 'body'),
    request: requestAt(stored['request']),
    receivedAt: momentAt(stored['receivedAt'], 'receivedAt'),
    route: textAt(stored['route'], 'route'),
    ...(address === undefined ? {} : { address: textAt(address, 'address') }),
    ...(traceContext === undefined ? {} : { traceContext: recordAt(traceContext, 'traceContext', textAt) }),
  };
}

function checkFormat(format: unknown): void {
  if (format === undefined || format === STORED_FORMAT) return;
  if (Number.isSafeInteger(format) && Number(format) > STORED_FORMAT) {
    throw new DeliveryFailedError(
      `it has format ${Number(format)}, this version of nestjs-vonage-video-callbacks reads ${STORED_FORMAT}`,
      'leave',
    );
  }
  throw unknownShape('format', format);
}

function tokenAt(value: unknown): VerifiedToken {
  const token = objectAt(value, 'token');
  const { sharedWith } = token;
  return {
    ...secretAt(token, 'token'),
    projectId: textAt(token['projectId'], 'token.projectId'),
    claims: claimsAt(token['claims'], 'token.claims'),
    ...(sharedWith === undefined ? {} : { sharedWith: listAt(sharedWith, 'token.sharedWith').map(sharedSecretAt) }),
  };
}

function sharedSecretAt(value: unknown, position: number): MatchedSecret {
  const path = `token.sharedWith[${position}]`;
  return secretAt(objectAt(value, path), path);
}

function secretAt(secret: Readonly<Record<string, unknown>>, path: string): MatchedSecret {
  const { secretName } = secret;
  return {
    kind: kindAt(secret['kind'], `${path}.kind`),
    secretPosition: numberAt(secret['secretPosition'], `${path}.secretPosition`),
    ...(secretName === undefined ? {} : { secretName: textAt(secretName, `${path}.secretName`) }),
  };
}

function claimsAt(value: unknown, path: string): CallbackTokenClaims {
  const claims = objectAt(value, path);
  assertClaims(claims, path);
  return claims;
}

function assertClaims(claims: Readonly<Record<string, unknown>>, path: string): asserts claims is CallbackTokenClaims {
  const { iss, iat, jti, api_key: apiKey } = claims;
  if (iss !== 'Vonage') throw unknownShape(`${path}.iss`, iss);
  numberAt(iat, `${path}.iat`);
  textAt(jti, `${path}.jti`);
  if (apiKey !== undefined && typeof apiKey !== 'number') textAt(apiKey, `${path}.api_key`);
  for (const name of ['payload_hash', 'application_id']) {
    if (claims[name] !== undefined) textAt(claims[name], `${path}.${name}`);
  }
  for (const name of ['exp', 'nbf']) {
    if (claims[name] !== undefined) numberAt(claims[name], `${path}.${name}`);
  }
}

function kindAt(value: unknown, path: string): VerifiedToken['kind'] {
  const text = textAt(value, path);
  const kind = VIDEO_CALLBACK_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new DeliveryFailedError(`its kind ${quoted(text)} is one that this version does not know`, 'leave');
}

function requestAt(value: unknown): StoredRequest {
  const request = objectAt(value, 'request');
  return {
    url: textAt(request['url'], 'request.url'),
    headers: recordAt(request['headers'], 'request.headers', headerAt),
    remoteAddress: textAt(request['remoteAddress'], 'request.remoteAddress'),
  };
}

function headerAt(value: unknown, path: string): string | readonly string[] {
  return Array.isArray(value) ? value.map((item) => textAt(item, path)) : textAt(value, path);
}

function recordAt<Member>(
  value: unknown,
  path: string,
  memberAt: (member: unknown, path: string) => Member,
): Record<string, Member> {
  const members = Object.entries(objectAt(value, path));
  return Object.fromEntries(members.map(([name, member]) => [name, memberAt(member, `${path}[${quoted(name)}]`)]));
}

const objectAt = (value: unknown, path: string) => checked(value, path, isJsonObject);
const listAt = (value: unknown, path: string) =>
  checked(value, path, (it): it is readonly unknown[] => Array.isArray(it));
const textAt = (value: unknown, path: string) => checked(value, path, (it): it is string => typeof it === 'string');
const numberAt = (value: unknown, path: string) => checked(value, path, isFiniteNumber);
const momentAt = (value: unknown, path: string) =>
  checked(value, path, (it): it is number => isFiniteNumber(it) && !Number.isNaN(new Date(it).getTime()));

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function checked<Shape>(value: unknown, path: string, isRight: (value: unknown) => value is Shape): Shape {
  if (isRight(value)) return value;
  throw unknownShape(path, value);
}

/** Says where and of which type the value is, never the value. */
function unknownShape(path: string, value: unknown): DeliveryFailedError {
  const found = value === undefined ? 'missing' : `unusable (${value === null ? 'null' : typeof value})`;
  return new DeliveryFailedError(`a job of unknown shape: ${path} is ${found}`, 'give-up');
}
