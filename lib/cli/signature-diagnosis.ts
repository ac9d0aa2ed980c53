import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { withoutQuotes } from '../secrets/secret-rules.js';
import { CallbackRejection } from '../verification/callback-rejection.js';
import { importHmacKey } from '../verification/signature-key.js';
import { findSigner } from '../verification/token-signature.js';
import { type CallbackHeaders, readToken } from '../verification/unverified-token.js';
import { type SignatureSecrets } from './signature-secrets.js';

/** What may have become of a secret on its way into the environment, and what it would be otherwise. */
const MISHAPS: readonly {
  readonly undo: (secret: string) => string | Buffer;
  readonly what: (name: string) => string;
}[] = [
  { undo: (secret) => secret.trim(), what: (name) => `${name} has white space around it, without which it matches` },
  { undo: withoutQuotes, what: (name) => `${name} has quotation marks around it, without which it matches` },
  {
    undo: (secret) => Buffer.from(secret, 'base64'),
    what: (name) => `it was made with the Base64-decoded bytes of ${name}; Vonage uses the text`,
  },
];

/**
 * Finds out why no secret of the expected kinds made the signature of a request.
 *
 * @returns `undefined` if that cannot be found out
 */
export async function diagnoseSignature(
  headers: CallbackHeaders,
  secrets: SignatureSecrets,
  expected: readonly VideoCallbackKind[],
): Promise<string | undefined> {
  const others = VIDEO_CALLBACK_KINDS.filter((kind) => !expected.includes(kind));
  const other = await signerOf(headers, secrets, others, (secret) => secret);
  if (other !== undefined) return `it was made with ${other}: the webhook of another kind points here`;
  for (const { undo, what } of MISHAPS) {
    const name = await signerOf(headers, secrets, expected, undo);
    if (name !== undefined) return what(name);
  }
  return undefined;
}

/** The name of the first secret that made the signature, if this is its key. */
async function signerOf(
  headers: CallbackHeaders,
  secrets: SignatureSecrets,
  kinds: readonly VideoCallbackKind[],
  keyOf: (secret: string) => string | Buffer,
): Promise<string | undefined> {
  try {
    const { text } = readToken(headers);
    for (const kind of kinds) {
      for (const [position, secret] of secrets.of(kind).entries()) {
        const bytes = Buffer.from(keyOf(secret));
        // No key can be made of nothing.
        if (bytes.length === 0) continue;
        const key = { position, key: await importHmacKey(bytes) };
        if ((await findSigner(text, [key], new Date(), 0)) !== undefined) return secrets.nameOf(kind, position);
      }
    }
  } catch (error) {
    if (!(error instanceof CallbackRejection)) throw error;
  }
  return undefined;
}
