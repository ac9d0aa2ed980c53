import { createHmac } from 'node:crypto';
import { type CallbackToSign, signCallback, type SignedCallback } from '../../../testing/index.js';
import { type Payload } from '../payload.js';

/** Whose callbacks are forged. */
interface ForgerOptions {
  readonly secret: string;
  readonly claims: { readonly apiKey?: string; readonly applicationId?: string };
  /** Makes a payload with new ids. */
  readonly makePayload: () => Payload;
}

/** What a {@link Forger} may deviate in. */
type Deviation = Partial<Pick<CallbackToSign, 'body' | 'secret' | 'claims' | 'header' | 'issuedAt'>>;

/**
 * Makes callbacks that are genuine but for one deviation. Every one has a payload and a token id of its own, so that
 * none passes for the duplicate of another.
 */
export class Forger {
  constructor(private readonly options: ForgerOptions) {}

  /** A signed callback; without a deviation a genuine one. */
  sign(deviation: Deviation = {}): SignedCallback {
    const { secret, claims, makePayload } = this.options;
    return signCallback({ body: makePayload(), secret, ...claims, ...deviation });
  }

  /** A callback whose token consists of these parts, each as text; the signature is genuine for them. */
  signParts(header: string, claims: string): SignedCallback {
    const input = `${base64url(header)}.${base64url(claims)}`;
    const signature = createHmac('sha256', this.options.secret).update(input).digest('base64url');
    return withToken(this.sign(), `${input}.${signature}`);
  }
}

/** The parts of a callback's token. */
export function tokenParts(callback: SignedCallback): [header: string, claims: string, signature: string] {
  const [header = '', claims = '', signature = ''] = tokenOf(callback).split('.');
  return [header, claims, signature];
}

/** The token of a callback. */
export function tokenOf({ headers }: SignedCallback): string {
  return (headers['authorization'] ?? '').replace('Bearer ', '');
}

/** The callback with another token. */
export function withToken(callback: SignedCallback, token: string): SignedCallback {
  return withAuthorization(callback, `Bearer ${token}`);
}

/** The callback with another `Authorization`, or none. */
export function withAuthorization(callback: SignedCallback, authorization: string | undefined): SignedCallback {
  const headers = { ...callback.headers };
  if (authorization === undefined) delete headers['authorization'];
  else headers['authorization'] = authorization;
  return { ...callback, headers };
}

/** Text as base64url. */
export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
