import { readFileSync } from 'node:fs';
import { type RejectionReason } from '../../lib/index.js';
import { hmac } from '../support/hmac.js';
import { base64url, genuineClaims } from '../support/signer.js';

/** How a vector is made of a genuine token; texts with the names of parts in braces. */
interface Adaptation {
  /** The JSON of the header, if it is not that of the group. */
  readonly header?: string;
  /** What is signed. */
  readonly input?: string;
  readonly token?: string;
  /** What the signature begins with. */
  readonly firstByteOfMac?: number;
}

/** One vector of Wycheproof, and what it is for us. */
export interface SignatureVector {
  readonly tcId: number;
  readonly comment: string;
  /** What Wycheproof says of it. */
  readonly result: 'valid' | 'invalid';
  readonly jws: string;
  readonly adapted: Adaptation;
  /** Why the adapted vector is refused, if it is. */
  readonly refused?: RejectionReason;
  /** The vector that this one, as it was published, does not differ from. */
  readonly sameAs?: number;
}

export interface SignatureGroup {
  readonly comment: string;
  /** The key in base64url. */
  readonly k: string;
  /** The JSON of the header. */
  readonly header: string;
  readonly tests: readonly SignatureVector[];
}

const file = readFileSync(new URL('./web-signatures.json', import.meta.url), 'utf8');
export const SIGNATURE_GROUPS = (JSON.parse(file) as { groups: readonly SignatureGroup[] }).groups;

/** Claims of a genuine token for a body; white space behind them leaves unused bits in their base64url. */
function claimsText(body: string, jti: string): string {
  const json = JSON.stringify({ ...genuineClaims(body), jti });
  return json + ' '.repeat((4 - (Buffer.byteLength(json) % 3)) % 3);
}

const withOtherFirst = (text: string): string => (text.startsWith('X') ? 'Y' : 'X') + text.slice(1);

/** The same bytes for a lenient decoder: one of the unused bits is set. */
const loose = (text: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
};

/** A token of Vonage's claims that has what makes the vector what it is. */
export function adapt(
  { adapted: { header, input = '{header}.{claims}', token = '{input}.{mac}', firstByteOfMac } }: SignatureVector,
  group: SignatureGroup,
  key: Buffer | string,
  body: string,
): string {
  const headerText = header ?? group.header;
  const encodedHeader = base64url(headerText);
  for (let attempt = 0; ; attempt += 1) {
    const claims = base64url(claimsText(body, `${group.comment} ${attempt} ${Math.random()}`));
    const parts: Record<string, string> = {
      header: encodedHeader,
      otherHeader: base64url(headerText.replace('"kid":"k', '"kid":"X')),
      headerStart: encodedHeader.slice(0, -1),
      headerEnd: encodedHeader.slice(-1),
      claims,
      otherClaims: base64url(claimsText(body, 'another')),
      looseClaims: loose(claims),
    };
    const fill = (template: string): string =>
      template.replace(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? `no part is called ${name}`);
    const filledInput = fill(input);
    const mac = hmac(filledInput, key);
    if (firstByteOfMac !== undefined && Buffer.from(mac, 'base64url')[0] !== firstByteOfMac) continue;
    Object.assign(parts, { mac, otherMac: withOtherFirst(mac), macFrom1: mac.slice(1), macFrom4: mac.slice(4) });
    parts['input'] = filledInput;
    return fill(token);
  }
}

/** Whether the key made the signature, in this spelling. */
export function isSignedBy(jws: string, key: Buffer): boolean {
  const end = jws.lastIndexOf('.');
  return hmac(jws.slice(0, end), key) === jws.slice(end + 1);
}
