import { webcrypto } from 'node:crypto';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { importHmacKey } from '../../verification/signature-key.js';
import { type UnverifiedToken } from '../../verification/unverified-token.js';
import { type KnownSecret, type SignatureSecrets } from '../signature-secrets.js';
import { type Check, notChecked } from './check.js';

const ID = 'signature';

/** Checks the signature against every secret of the kind or, if no kind is named, of all kinds. */
export async function signatureCheck(
  token: UnverifiedToken,
  secrets: SignatureSecrets,
  kind: VideoCallbackKind | undefined,
): Promise<Check> {
  const all = secrets.kinds.flatMap((known) => secrets.of(known));
  const candidates = kind === undefined ? all : secrets.of(kind);
  if (token.header['alg'] !== 'HS256') return notChecked(ID, ID, 'the algorithm is not HS256');
  if (candidates.length === 0) {
    return notChecked(
      ID,
      ID,
      `no secret${kind === undefined ? '' : ` for ${kind}`} is set: see the variables in --help`,
    );
  }
  const match = await signerAmong(candidates, token, (text) => text);
  if (match !== undefined) return { id: ID, title: ID, outcome: 'passed', detail: `made with ${nameOf(match)}` };
  const names = [...new Set(candidates.map(nameOf))].join(', ');
  const explanation = await explain(token, candidates, all);
  return {
    id: ID,
    title: ID,
    outcome: 'failed',
    detail: `made with none of: ${names}`,
    ...(explanation === undefined ? {} : { explanation }),
  };
}

async function explain(
  token: UnverifiedToken,
  candidates: readonly KnownSecret[],
  all: readonly KnownSecret[],
): Promise<string | undefined> {
  const other = await signerAmong(all, token, (text) => text);
  if (other !== undefined) return `it was made with ${nameOf(other)}: the webhook of another kind points here`;
  const padded = await signerAmong(candidates, token, (text) => text.trim());
  if (padded !== undefined) return `${nameOf(padded)} has white space around it, without which it matches`;
  const quotes = await signerAmong(candidates, token, (text) => text.replace(/^(["'])(.*)\1$/, '$2'));
  if (quotes !== undefined) return `${nameOf(quotes)} has quotation marks around it, without which it matches`;
  const encoded = await signerAmong(candidates, token, (text) => Buffer.from(text, 'base64'));
  if (encoded !== undefined)
    return `it was made with the Base64-decoded bytes of ${nameOf(encoded)}; Vonage uses the text`;
  return undefined;
}

/**
 * The first secret that made the signature, if this is its key. Not by jose, which looks at no signature of a token that
 * demands extensions: here every check is made, also after one has failed.
 */
async function signerAmong(
  secrets: readonly KnownSecret[],
  { text }: UnverifiedToken,
  keyOf: (secret: string) => string | Buffer,
): Promise<KnownSecret | undefined> {
  const signed = text.slice(0, text.lastIndexOf('.'));
  const signature = Buffer.from(text.slice(signed.length + 1), 'base64url');
  for (const secret of secrets) {
    const bytes = Buffer.from(keyOf(secret.text));
    // No key can be made of nothing.
    if (bytes.length === 0) continue;
    const key = await importHmacKey(bytes);
    if (await webcrypto.subtle.verify('HMAC', key, signature, Buffer.from(signed))) return secret;
  }
  return undefined;
}

function nameOf({ source, position }: KnownSecret): string {
  return `secret ${position} of ${source}`;
}
