import { payloadDigest } from './payload-hash.js';

/** Something that proxies, body parsers and editors do to a body. */
interface Suspicion {
  readonly what: string;
  /** The bodies that may have been the signed one, if it was this. */
  readonly undo: (body: string) => readonly string[];
}

const SUSPICIONS: readonly Suspicion[] = [
  { what: 'line ends were added to or removed from the end of the body', undo: atTheEnd },
  { what: 'the line ends within the body were changed', undo: (body) => [toLf(body), toCrlf(body)].flatMap(atTheEnd) },
  { what: 'a byte order mark was put in front of the body', undo: (body) => [body.replace(/^\uFEFF/, '')] },
  { what: 'the body was re-serialised', undo: reprinted },
  { what: 'the escapes in the body were rewritten', undo: reescaped },
  { what: 'the signed hash is that of an empty body', undo: () => [''] },
];

/** Says what became of a body that has not the signed hash, as far as that can be found out. */
export function explainPayload(body: Buffer, signedHash: string): string {
  const isSigned = (candidate: Buffer): boolean => payloadDigest(candidate).toString('hex') === signedHash;
  const text = body.toString();
  for (const { what, undo } of SUSPICIONS) {
    const signed = undo(text)
      .map((candidate) => Buffer.from(candidate))
      .find(isSigned);
    if (signed !== undefined) return `${what}: ${difference(body, signed)}`;
  }
  const decoded = Buffer.from(text, 'latin1');
  if (isSigned(decoded)) return `the body was read as Latin-1 and written as UTF-8: ${difference(body, decoded)}`;
  if (printed(text).length === 0)
    return 'the body is not even JSON that can be printed: it was cut, compressed or replaced';
  return 'it is another body: no usual way of printing the same JSON has the signed hash';
}

function difference(body: Buffer, signed: Buffer): string {
  const surplus = body.length - signed.length;
  if (surplus === 0) return 'it has as many bytes as the signed one';
  const count = Math.abs(surplus);
  return `it has ${count} ${count === 1 ? 'byte' : 'bytes'} ${surplus > 0 ? 'more' : 'fewer'} than the signed one`;
}

/** The same JSON, printed; nothing if it is none, or too deeply nested to be printed. */
function printed(body: string, indentation: number | string = ''): readonly string[] {
  try {
    return [JSON.stringify(JSON.parse(body.replace(/^\uFEFF/, '')), null, indentation)];
  } catch {
    return [];
  }
}

/** The same JSON as JavaScript and Python print it. */
function reprinted(body: string): readonly string[] {
  const compact = printed(body);
  const indented = [2, 4, '\t'].flatMap((indentation) => printed(body, indentation));
  return [...compact, ...indented, ...indented.map((text) => `${text}\n`), ...compact.map(spaced)];
}

/** The same JSON as PHP prints it, which escapes slashes, and as ASCII. */
function reescaped(body: string): readonly string[] {
  return printed(body).flatMap((compact) => {
    const ascii = asciiOnly(compact);
    return [compact.replaceAll('/', '\\/'), ascii, ascii.replaceAll('/', '\\/'), asciiOnly(spaced(compact))];
  });
}

/** A space after each comma and colon outside of texts. */
function spaced(compact: string): string {
  return compact.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (token) => (token.length === 1 ? `${token} ` : token));
}

function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function atTheEnd(body: string): readonly string[] {
  // No regular expression: one that looks for the end tries every line end in between, and those behind it again.
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
