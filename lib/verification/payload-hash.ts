import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the bytes. */
export function payloadDigest(rawBody: Uint8Array): Buffer {
  return hash('sha256', rawBody, 'buffer');
}

/**
 * Compares the signed hash with the hash of the received bytes, in constant time. The case of the hex digits is
 * ignored.
 *
 * @returns an explanation for the operator with the length and both hashes, which are not secret; `undefined` if the
 *   hashes are equal
 */
export function payloadMismatch(signedHash: string, digest: Buffer, length: number): string | undefined {
  const signed = Buffer.from(signedHash, 'hex');
  if (signed.length === digest.length && timingSafeEqual(signed, digest)) return undefined;
  // With `verifyPayload: false` the claim may have any length. Twice the length of a hash is enough to show that it is
  // not one.
  const signedHex = signed.toString('hex', 0, 2 * digest.length);
  return (
    `the body that arrived (${length} bytes, SHA-256 ${digest.toString('hex')}) is not the one that was signed ` +
    `(SHA-256 ${signedHex}): something between Vonage and this process rewrites it (a proxy, a body parser)`
  );
}

/** A change that proxies, body parsers and editors make to a body. */
interface Suspicion {
  readonly what: string;
  /** The bodies that may have been signed, if this change was made. Generated lazily if they are long. */
  readonly undo: (body: string, json: PrintableJson | undefined) => Iterable<string | Buffer>;
}

/** The JSON in a body. */
interface PrintableJson {
  readonly value: unknown;
  /** Printed without white space. */
  readonly compact: string;
  /** Whether its indented forms are about as large as the body. */
  readonly isIndentable: boolean;
}

/**
 * Limit for the levels of indentation per character of compact JSON. Without it, deep nesting would make the indented
 * text very large.
 */
const MAX_LEVELS = 4;

const SUSPICIONS: readonly Suspicion[] = [
  { what: 'line ends were added to or removed from the end of the body', undo: atTheEnd },
  { what: 'the line ends within the body were changed', undo: (body) => [toLf(body), toCrlf(body)].flatMap(atTheEnd) },
  { what: 'a byte order mark was put in front of the body', undo: (body) => [withoutMark(body)] },
  { what: 'the body was re-serialised', undo: (_, json) => reprinted(json) },
  { what: 'the escapes in the body were rewritten', undo: (_, json) => reescaped(json) },
  { what: 'the signed hash is that of an empty body', undo: () => [''] },
  { what: 'the body was read as Latin-1 and written as UTF-8', undo: (body) => [Buffer.from(body, 'latin1')] },
];

/**
 * Explains how a body without the signed hash was changed, as far as that can be found out. Time and memory are
 * proportional to the size of the body, whatever it contains.
 */
export function explainPayload(body: Buffer, signedHash: string): string {
  const text = body.toString();
  const json = readJson(text);
  for (const { what, undo } of SUSPICIONS) {
    for (const candidate of undo(text, json)) {
      if (hash('sha256', candidate) === signedHash) return `${what}: ${difference(body, candidate)}`;
    }
  }
  if (json === undefined) {
    return 'the body is not even JSON that can be printed: it was cut, compressed or replaced, or is nested too deeply';
  }
  if (isSorted(json.value)) {
    return (
      'its keys are in alphabetical order, which those of Vonage are not: something prints JSON with sorted keys, ' +
      'unless it is another body'
    );
  }
  if (!json.isIndentable) {
    return 'it is another body, or was indented: not every way of printing it was tried, because it is nested too deeply';
  }
  return 'it is another body: the same JSON, printed in any usual way, has another hash';
}

function difference(body: Buffer, signed: string | Buffer): string {
  const surplus = body.length - Buffer.byteLength(signed);
  if (surplus === 0) return 'it has as many bytes as the signed one';
  const count = Math.abs(surplus);
  return `it has ${count} ${count === 1 ? 'byte' : 'bytes'} ${surplus > 0 ? 'more' : 'fewer'} than the signed one`;
}

/** The JSON in a body; `undefined` if it is not JSON, or nested too deeply for `JSON.stringify`. */
function readJson(body: string): PrintableJson | undefined {
  try {
    const value: unknown = JSON.parse(withoutMark(body));
    const compact = JSON.stringify(value);
    return { value, compact, isIndentable: levels(compact) <= MAX_LEVELS * compact.length };
  } catch {
    return undefined;
  }
}

/** The same JSON as JavaScript and Python print it. */
function* reprinted(json: PrintableJson | undefined): Iterable<string> {
  if (json === undefined) return;
  const { value, compact, isIndentable } = json;
  yield compact;
  for (const indentation of isIndentable ? [2, 4, '\t'] : []) {
    const text = JSON.stringify(value, null, indentation);
    yield text;
    yield `${text}\n`;
  }
  yield spaced(compact);
}

/** The same JSON as PHP prints it, which escapes slashes, and as ASCII. */
function* reescaped(json: PrintableJson | undefined): Iterable<string> {
  if (json === undefined) return;
  const { compact } = json;
  yield compact.replaceAll('/', '\\/');
  const ascii = asciiOnly(compact);
  yield ascii;
  yield ascii.replaceAll('/', '\\/');
  yield asciiOnly(spaced(compact));
}

/** How many members an object must have before their order is mentioned: the smallest genuine body has three. */
const FEWEST_SORTED = 3;

/** Whether the members of every object are sorted by name. Not recursive: a sender could overflow the stack. */
function isSorted(root: unknown): boolean {
  let most = 0;
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.entries(value);
    for (const [, member] of members) pending.push(member);
    if (Array.isArray(value)) continue;
    if (members.some(([name], index) => name < (members[index - 1]?.[0] ?? ''))) return false;
    most = Math.max(most, members.length);
  }
  return most >= FEWEST_SORTED;
}

/** A string, or a character between values, in compact JSON. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/** A space after each comma and colon outside of strings. */
function spaced(compact: string): string {
  return compact.replace(TOKENS, (token) => (token === ',' || token === ':' ? `${token} ` : token));
}

/** The sum of the indentation levels of all lines of indented JSON. */
function levels(compact: string): number {
  let depth = 0;
  let sum = 0;
  for (const [token] of compact.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ',') continue;
    sum += depth;
  }
  return sum;
}

function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function withoutMark(body: string): string {
  return body.replace(/^\uFEFF/, '');
}

function atTheEnd(body: string): readonly string[] {
  // No regular expression: it would take quadratic time on many line ends inside the text.
  let end = body.length;
  while (body[end - 1] === '\r' || body[end - 1] === '\n') end -= 1;
  const bare = body.slice(0, end);
  return [bare, `${bare}\n`, `${bare}\r\n`];
}

function toLf(body: string): string {
  return body.replaceAll('\r\n', '\n');
}

function toCrlf(body: string): string {
  return toLf(body).replaceAll('\n', '\r\n');
}
