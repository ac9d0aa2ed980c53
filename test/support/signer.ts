import { createHash, randomUUID } from 'node:crypto';
import { hmac } from './hmac.js';

/** A secret of 32 bytes, as long as HS256 deserves. */
export const SECRET = 'a-signature-secret-of-32-bytes!!';
export const PROJECT = '12345678';
export const USER_AGENT = 'Vonage/Callback/v1.0';

export const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

/** Signs header and claims as they are given, without lib/. */
export function signToken(
  header: unknown,
  claims: unknown,
  secret: string = SECRET,
  hash: 'sha256' | 'sha384' | 'sha512' = 'sha256',
): string {
  return signText(`${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`, secret, hash);
}

/** Signs what is in front of the second dot, whatever it is. */
export function signText(input: string, secret: string = SECRET, hash = 'sha256'): string {
  return `${input}.${hmac(input, secret, hash)}`;
}

export interface SigningOptions {
  readonly secret?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims that replace or, as `undefined`, remove the genuine ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Headers that replace or, as `undefined`, remove the genuine ones. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface SignedRequest {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** The claims of a genuine token for a body. */
export function genuineClaims(body: string | Buffer): Record<string, unknown> {
  return {
    iat: nowInSeconds(),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: sha256(body),
    api_key: PROJECT,
  };
}

/** A request as Vonage would send it, with deviations on demand. An object is printed compactly, as Vonage does. */
export function signed(payload: unknown, { secret, header, claims, headers }: SigningOptions = {}): SignedRequest {
  const body = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const token = signToken({ alg: 'HS256', typ: 'JWT', ...header }, { ...genuineClaims(body), ...claims }, secret);
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    authorization: `Bearer ${token}`,
    ...headers,
  };
  return {
    body,
    headers: Object.fromEntries(Object.entries(all).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]]))),
  };
}
