import { createHash, createHmac, randomUUID } from 'node:crypto';

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A callback as Vonage sends it, for `fetch`. */
export function signedCallback(payload: object, secret: string): RequestInit {
  const body = JSON.stringify(payload);
  const claims = {
    iss: 'Vonage',
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    api_key: '12345678',
    payload_hash: createHash('sha256').update(body).digest('hex'),
  };
  const input = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Vonage/Callback/v1.0',
      authorization: `Bearer ${token}`,
    },
    body,
  };
}
