import { hmac } from '../../support/hmac.js';
import { SECRET, sha256 } from '../../support/signer.js';
import { type SeenRequest } from './endpoint.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** What a careless endpoint does not do. */
export interface Carelessness {
  /** Accepts requests without a token. */
  readonly token?: false;
  readonly signature?: false;
  /** Takes the algorithm from the token: `none`, HS384 and HS512 too. */
  readonly algorithm?: false;
  readonly hash?: false;
  /** Holds the body against the hash only where there is one. */
  readonly hashRequired?: false;
  readonly age?: false;
  readonly issuer?: false;
  /** Answers 500 to what it cannot read. */
  readonly malformed?: false;
  readonly secrets?: readonly string[];
  /** Takes the hash of the parsed and printed body. */
  readonly bytes?: false;
  /** Finds a token in the query too. */
  readonly header?: false;
  readonly userAgent?: false;
}

const HASHES: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/**
 * An endpoint that does everything right, in as few lines as possible and without our library, except what it should
 * leave out.
 */
export function careless(not: Carelessness): (seen: SeenRequest) => number {
  return ({ method, path, request, body }) => {
    if (method !== 'POST') return 405;
    if (not.userAgent !== false && request.headers['user-agent'] !== 'Vonage/Callback/v1.0') return 401;
    const authorizations = request.headersDistinct['authorization'] ?? [];
    const query = not.header === false ? new URL(path, 'http://localhost').searchParams.get('token') : null;
    const [, token] = /^Bearer (\S+)$/.exec(authorizations.join()) ?? [undefined, query];
    if (!token) return not.token === false ? 204 : 401;
    let parts: [JsonObject, JsonObject];
    try {
      parts = [readPart(token, 0), readPart(token, 1)];
      if (typeof JSON.parse(body.toString()) !== 'object') return 400;
    } catch {
      return not.malformed === false ? 500 : 401;
    }
    return isGenuine(token, ...parts, not) && isBodyVerified(parts[1], body, not) ? okIfObject(body) : 401;
  };
}

function isGenuine(token: string, header: JsonObject, claims: JsonObject, not: Carelessness): boolean {
  const { alg, crit } = header;
  if (crit !== undefined) return false;
  if (not.algorithm !== false && not.signature !== false && alg !== 'HS256') return false;
  const [input, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]];
  const isUnsigned = not.algorithm === false && String(alg).toLowerCase() === 'none';
  const hash = HASHES[String(alg)] ?? 'sha256';
  const isSigned = [SECRET, ...(not.secrets ?? [])].some((secret) => hmac(input, secret, hash) === signature);
  if (not.signature !== false && !isSigned && !isUnsigned) return false;
  const now = Date.now() / 1000;
  const { iat, iss, jti, api_key: apiKey, exp, nbf } = claims;
  if (not.age !== false && !(typeof iat === 'number' && iat > now - 90_000 && iat < now + 60)) return false;
  if (not.issuer !== false && iss !== 'Vonage') return false;
  return jti !== undefined && apiKey === '12345678' && exp === undefined && nbf === undefined;
}

function isBodyVerified({ payload_hash: signed }: JsonObject, body: Buffer, not: Carelessness): boolean {
  if (not.hash === false || (not.hashRequired === false && !signed)) return true;
  const hashed = not.bytes === false ? JSON.stringify(JSON.parse(body.toString())) : body;
  return sha256(hashed) === signed;
}

function okIfObject(body: Buffer): number {
  const payload: unknown = JSON.parse(body.toString());
  return payload === null || Array.isArray(payload) ? 400 : 204;
}

function readPart(token: string, index: number): JsonObject {
  const part: unknown = JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
  if (typeof part !== 'object' || part === null) throw new Error('no object');
  return part as JsonObject;
}
