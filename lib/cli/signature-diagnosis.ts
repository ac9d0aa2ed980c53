import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { withoutQuotes } from '../secrets/secret-rules.js';
import { CallbackRejection } from '../verification/callback-rejection.js';
import { importHmacKey } from '../verification/signature-key.js';
import { findSigner } from '../verification/token-signature.js';
import { type CallbackHeaders, readToken } from '../verification/unverified-token.js';
import { type SignatureSecrets } from './signature-secrets.js';

/** Changes that may happen to a secret on its way into the environment, and how to undo them. */
const MISHAPS: readonly {
  readonly undo: (secret: string) => string | Buffer;
  readonly what: (name: string) => string;
}[] = [
  { undo: (secret) => secret.trim(), what: (name) => `${name} matches without the white space around it` },
  { undo: withoutQuotes, what: (name) => `${name} matches without the quotation marks around it` },
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
  const others = secrets.of(...VIDEO_CALLBACK_KINDS.filter((kind) => !expected.includes(kind)));
  const suspicions = [
    ...others.map(({ name, secret }) => ({
      key: secret,
      diagnosis: `it was made with ${name}: the webhook of another kind points here`,
    })),
    ...MISHAPS.flatMap(({ undo, what }) =>
      secrets.of(...expected).map(({ name, secret }) => ({ key: undo(secret), diagnosis: what(name) })),
    ),
  ];
  try {
    const { text } = readToken(headers);
    for (const { key, diagnosis } of suspicions) {
      const bytes = Buffer.from(key);
      // An empty secret cannot be imported as a key.
      if (bytes.length === 0) continue;
      const keys = [{ position: 0, key: await importHmacKey(bytes) }];
      if ((await findSigner(text, keys, new Date(), 0)) !== undefined) return diagnosis;
    }
  } catch (error) {
    if (!(error instanceof CallbackRejection)) throw error;
  }
  return undefined;
}
