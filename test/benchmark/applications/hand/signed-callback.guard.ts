import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { errors, jwtVerify } from 'jose';
import { createHash, timingSafeEqual } from 'node:crypto';
import { SECRET, USER_AGENT } from '../../../support/signer.js';

interface RequestWithBytes {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody?: Buffer;
}

const key = await crypto.subtle.importKey(
  'raw',
  new TextEncoder().encode(SECRET),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['verify'],
);

/** The checks of the token and of the body's hash as a careful developer writes them. */
@Injectable()
export class SignedCallbackGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers, rawBody } = context.switchToHttp().getRequest<RequestWithBytes>();
    const [scheme, token] = (headers['authorization'] ?? '').split(' ');
    if (headers['user-agent'] !== USER_AGENT || scheme !== 'Bearer' || token === undefined || rawBody === undefined) {
      throw new UnauthorizedException();
    }
    const signed = Buffer.from(await signedHash(token), 'hex');
    const digest = createHash('sha256').update(rawBody).digest();
    if (signed.length !== digest.length || !timingSafeEqual(signed, digest)) throw new UnauthorizedException();
    return true;
  }
}

/** @throws {UnauthorizedException} if the token is not genuine */
async function signedHash(token: string): Promise<string> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      issuer: 'Vonage',
      maxTokenAge: '25h',
      clockTolerance: '60s',
    });
    return String(payload['payload_hash']);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new UnauthorizedException();
    throw error;
  }
}
