import { explainPayload, payloadDigest, payloadMismatch } from '../../verification/payload-hash.js';
import { type CapturedRequest } from './captured-request.js';
import { type Check, notChecked } from './check.js';
import { asUtf8 } from '../input.js';

const ID = 'payload_hash';
const TITLE = 'body';

/** Checks that the body is the one that was signed, and says what became of it if it is not. */
export function payloadCheck(signedHash: unknown, { body, headers }: CapturedRequest): Check {
  if (body === undefined) return notChecked(ID, TITLE, 'the capture holds none');
  const digest = payloadDigest(body);
  const computed = `${body.length} bytes, SHA-256 ${digest.toString('hex')}`;
  if (typeof signedHash !== 'string') return notChecked(ID, TITLE, `${computed}; no hash was signed`);
  if (payloadMismatch(signedHash, digest, body.length) === undefined) {
    return { id: ID, title: TITLE, outcome: 'passed', detail: `${computed}, as signed` };
  }
  const encoding = headers['content-encoding']?.join();
  const explanation = [
    explainBody(body, signedHash),
    ...(encoding === undefined ? [] : ['the body is compressed, and the hash is taken of the content']),
  ].join('; ');
  return {
    id: ID,
    title: TITLE,
    outcome: 'failed',
    detail: `${computed}, which is not the one that was signed`,
    explanation,
  };
}

function explainBody(body: Buffer, signedHash: string): string {
  const { bytes, wasUtf16 } = asUtf8(body);
  if (!wasUtf16) return explainPayload(body, signedHash.toLowerCase());
  const isAsSigned = payloadMismatch(signedHash, payloadDigest(bytes), bytes.length) === undefined;
  const found = isAsSigned ? ' it is as signed' : `: ${explainPayload(bytes, signedHash.toLowerCase())}`;
  return `the body was written in UTF-16; in UTF-8${found}`;
}
