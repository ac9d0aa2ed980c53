import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

/** The claims that name a project: `api_key` alone (OpenTok), or with `application_id` (unified environment). */
export interface ProjectClaims {
  readonly api_key: string;
  readonly application_id?: string;
}

/** An archive callback of a project as Vonage sends it, ready for fetch. */
export async function signedArchive(project: ProjectClaims, owner: object, secret: string) {
  const body = JSON.stringify({
    id: randomUUID(),
    event: 'archive',
    status: 'available',
    sessionId: '2_MX4xMjM0NX5',
    ...owner,
  });
  const token = await new SignJWT({
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(body).digest('hex'),
    ...project,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Vonage/Callback/v1.0',
    authorization: `Bearer ${token}`,
  };
  return { method: 'POST', headers, body };
}
