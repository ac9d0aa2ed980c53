import { createHash, randomUUID } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { API_KEY } from './secrets.js';

/** A POST as Vonage sends it. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a forger may try to change. */
export interface Deviations {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: JWTPayload;
}

/** Signs a body as Vonage does, with deviations for the hostile requests. */
export async function signedRequest(
  payload: object,
  secret: string,
  deviations: Deviations = {},
): Promise<SignedRequest> {
  const body = JSON.stringify(payload);
  const token = await new SignJWT({
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: API_KEY,
    ...deviations.claims,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...deviations.header })
    .sign(new TextEncoder().encode(secret));
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Vonage/Callback/v1.0',
      authorization: `Bearer ${token}`,
    },
  };
}
