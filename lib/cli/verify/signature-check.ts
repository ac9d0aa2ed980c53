import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { isSignedWith } from '../../verification/signature-key.js';
import { type KnownSecret, type SignatureSecrets } from '../signature-secrets.js';
import { type Check, notChecked } from './check.js';
import { type ReadToken } from './request-checks.js';

const ID = 'signature';

/** Checks the signature against every secret of the kind or, if no kind is named, of all kinds. */
export function signatureCheck(
  token: ReadToken,
  secrets: SignatureSecrets,
  kind: VideoCallbackKind | undefined,
): Check {
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
  const match = candidates.find(({ text }) => hasSigned(text, token));
  if (match !== undefined) return { id: ID, title: ID, outcome: 'passed', detail: `made with ${nameOf(match)}` };
  const names = [...new Set(candidates.map(nameOf))].join(', ');
  const explanation = explain(token, candidates, all);
  return {
    id: ID,
    title: ID,
    outcome: 'failed',
    detail: `made with none of: ${names}`,
    ...(explanation === undefined ? {} : { explanation }),
  };
}

function explain(
  token: ReadToken,
  candidates: readonly KnownSecret[],
  all: readonly KnownSecret[],
): string | undefined {
  const other = all.find(({ text }) => hasSigned(text, token));
  if (other !== undefined) return `it was made with ${nameOf(other)}: the webhook of another kind points here`;
  const padded = candidates.find(({ text }) => hasSigned(text.trim(), token));
  if (padded !== undefined) return `${nameOf(padded)} has white space around it, without which it matches`;
  const quotes = candidates.find(({ text }) => hasSigned(text.replace(/^(["'])(.*)\1$/, '$2'), token));
  if (quotes !== undefined) return `${nameOf(quotes)} has quotation marks around it, without which it matches`;
  const encoded = candidates.find(({ text }) => hasSigned(Buffer.from(text, 'base64'), token));
  if (encoded !== undefined)
    return `it was made with the Base64-decoded bytes of ${nameOf(encoded)}; Vonage uses the text`;
  return undefined;
}

function hasSigned(key: string | Buffer, { signed, signature }: ReadToken): boolean {
  return isSignedWith({ key }, signed, signature);
}

function nameOf({ source, position }: KnownSecret): string {
  return `secret ${position} of ${source}`;
}
