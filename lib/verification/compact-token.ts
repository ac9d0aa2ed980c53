import { CallbackRejection } from './callback-rejection.js';
import { isJsonObject, parseJsonText } from './json-text.js';

/** A compact JSON Web Signature (RFC 7515, section 7.1) in its parts, not verified. */
export interface CompactToken {
  /** What was signed: the first two parts as they were sent. */
  readonly signed: string;
  /** The signature's bytes. */
  readonly signature: Buffer;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const UNUSED_BITS = [0, undefined, 4, 2] as const;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CHARACTERS = /^[A-Za-z0-9_-]+$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a token without verifying it. Only the one canonical spelling is accepted: unpadded base64url (RFC 7515,
 * section 2) whose unused last bits are zero (RFC 4648, section 3.5), UTF-8, a JSON object in either part.
 *
 * @throws {CallbackRejection} `token_malformed`
 */
export function readCompactToken(token: string): CompactToken {
  const [header, claims, signature, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) {
    throw malformed('it does not have three parts');
  }
  // Node decodes leniently, and would accept several spellings of one signature.
  if (!isCanonicalBase64Url(signature)) throw malformed('its signature is not base64url');
  return {
    header: headerOf(header),
    claims: jsonObject(claims, 'claims'),
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** The header of the token before, in its two forms: Vonage sends the same one every time. */
let lastHeader: { readonly part: string; readonly header: CompactToken['header'] } | undefined;

function headerOf(part: string): Readonly<Record<string, unknown>> {
  if (part !== lastHeader?.part) lastHeader = { part, header: Object.freeze(jsonObject(part, 'header')) };
  return lastHeader.header;
}

function isCanonicalBase64Url(text: string): boolean {
  const unusedBits = UNUSED_BITS[text.length % 4];
  if (unusedBits === undefined || !CHARACTERS.test(text)) return false;
  return ALPHABET.indexOf(text.charAt(text.length - 1)) % (1 << unusedBits) === 0;
}

function jsonObject(part: string, name: string): Readonly<Record<string, unknown>> {
  if (!isCanonicalBase64Url(part)) throw malformed(`its ${name} part is not base64url`);
  let value: unknown;
  try {
    value = parseJsonText(utf8.decode(Buffer.from(part, 'base64url')));
  } catch {
    throw malformed(`its ${name} part is not JSON`);
  }
  if (!isJsonObject(value)) throw malformed(`its ${name} part is not a JSON object`);
  return value;
}

function malformed(what: string): CallbackRejection {
  return new CallbackRejection('token_malformed', `the token cannot be read: ${what}`);
}
