import { createHash, createHmac, randomUUID } from 'node:crypto';
import { Server } from 'node:net';
import { types } from 'node:util';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { checkNumbers } from '../options/option-checks.js';
import { VONAGE_CALLBACK_USER_AGENT } from '../verification/callback-verifier.js';

/** The callback for {@link signCallback}, and deviations from what Vonage sends. */
export interface CallbackToSign {
  /** The kind, only for the reader of the test: Vonage's request does not contain it. */
  readonly kind?: VideoCallbackKind | undefined;
  /** The body: an object is serialised compactly, as Vonage does; a string or bytes are sent unchanged. */
  readonly body: object | string | Uint8Array;
  /** The signature secret of the kind; any string that is not empty. */
  readonly secret: string;
  /** The `api_key` of the token: an OpenTok project key or a Vonage account key. */
  readonly apiKey?: string | undefined;
  /** The `application_id` of the token. At least one of the two is needed. */
  readonly applicationId?: string | undefined;
  /** When the token is issued: a Date, or seconds since the epoch. Default now. */
  readonly issuedAt?: Date | number | undefined;
  /** The token's id. Default a new UUID. */
  readonly jti?: string | undefined;
  /** Claims that are added or replaced; `undefined` removes one. For tests of refusals. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Members of the token's header that are added or replaced. With `alg` `HS384` or `HS512` the signature uses that
   * algorithm, with `none` it is empty, and with anything else it is HS256. For tests of refusals.
   */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
}

/** A request as Vonage sends it. Fit for `fetch(url, signedCallback)`. */
export interface SignedCallback {
  /** The method of every callback. */
  readonly method: 'POST';
  /** `content-type`, `user-agent` and `authorization` with the token. */
  readonly headers: Record<string, string>;
  /** The exact bytes that were signed. */
  readonly body: Buffer;
}

/**
 * Signs a callback as Vonage does: an HS256 token whose `payload_hash` is the SHA-256 of the body, in `Authorization`.
 *
 * @throws {TypeError} if the secret is empty or no project is named
 * @throws {RangeError} if `issuedAt` is not a valid time
 *
 * @example
 * const callback = signCallback({ kind: 'archive', body: callbackFixture('archive', 'available'), apiKey, secret });
 * const response = await fetch(`${url}/video/archives`, callback);
 */
export function signCallback(callback: CallbackToSign): SignedCallback {
  const { secret, apiKey, applicationId, issuedAt = new Date(), claims, header } = callback;
  if (secret === '') throw new TypeError('secret is empty: sign with the signature secret of the callback kind.');
  if (apiKey === undefined && applicationId === undefined && claims === undefined) {
    throw new TypeError('Neither apiKey nor applicationId is given: a token names the project that it belongs to.');
  }
  const iat = types.isDate(issuedAt) ? Math.floor(issuedAt.getTime() / 1000) : issuedAt;
  checkNumbers('signCallback', { issuedAt: iat });
  const body = bytesOf(callback.body);
  const token = sign(
    { alg: 'HS256', typ: 'JWT', ...header },
    {
      iat,
      jti: callback.jti ?? randomUUID(),
      iss: 'Vonage',
      payload_hash: createHash('sha256').update(body).digest('hex'),
      api_key: apiKey,
      application_id: applicationId,
      ...claims,
    },
    secret,
  );
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': VONAGE_CALLBACK_USER_AGENT,
      authorization: `Bearer ${token}`,
    },
    body,
  };
}

/** The part of Nest's `INestApplication` that is needed here. */
export interface CallbackApplication {
  /** The HTTP server of the application. */
  getHttpServer(): unknown;
  /** Starts to listen at an address. */
  listen(port: number, hostname: string): Promise<unknown>;
}

/**
 * Posts a signed callback to an application in a test, over a real connection, on Express and Fastify alike. If the
 * application does not listen yet, this starts it on a free port of the loopback interface. Close it as usual.
 *
 * @throws {TypeError} if the application's server cannot be reached over TCP
 *
 * @example
 * const response = await postCallback(app, '/video/archives', signCallback({ body, apiKey, secret }));
 * expect(response.status).toBe(204);
 */
export async function postCallback(
  app: CallbackApplication,
  path: string,
  { method, headers, body }: SignedCallback,
): Promise<Response> {
  if (addressOf(app) === null) await app.listen(0, '127.0.0.1');
  const address = addressOf(app);
  if (address === null || typeof address === 'string') {
    throw new TypeError('The application does not listen on a TCP port.');
  }
  const host = address.family === 'IPv6' ? '[::1]' : '127.0.0.1';
  return fetch(new URL(path, `http://${host}:${address.port}`), { method, headers, body });
}

function bytesOf(body: CallbackToSign['body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
}

function sign(header: Readonly<Record<string, unknown>>, claims: object, secret: string): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const { alg } = header;
  if (alg === 'none') return `${input}.`;
  const hash = alg === 'HS384' ? 'sha384' : alg === 'HS512' ? 'sha512' : 'sha256';
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

function addressOf(app: CallbackApplication) {
  const server = app.getHttpServer();
  if (!(server instanceof Server)) throw new TypeError('The application has no HTTP server.');
  return server.address();
}
