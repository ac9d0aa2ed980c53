import { isJsonObject, type JsonObject } from '../../callbacks/json-object.js';
import { asUtf8, MAX_BODY, readInput } from '../input.js';
import { type Surroundings, UsageError } from '../surroundings.js';
import { type VerifyOptions } from './verify.command.js';

/** A request as it was captured. */
export interface CapturedRequest {
  readonly method: string;
  /** Every value of each header, names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The exact bytes; `undefined` if the capture does not hold them. */
  readonly body: Buffer | undefined;
  /** When it was captured, if the capture says so. */
  readonly capturedAt?: Date | undefined;
  /** Warnings about the capture. */
  readonly remarks: readonly string[];
}

const MAX_HAR = 16 * MAX_BODY;
/** A body and the most headers that a server takes. */
const MAX_REQUEST = MAX_BODY + 64 * 1024;
const REQUEST_LINE = /^([A-Z]{3,10}) \S+ HTTP\/\d(\.\d)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/;

/**
 * Reads a captured request in any supported form, with the body of `--body` if given.
 *
 * @throws {UsageError} if it cannot be read
 */
export async function readCapture(
  path: string,
  { body: bodyPath, entry, secretStdin }: VerifyOptions,
  surroundings: Surroundings,
): Promise<CapturedRequest> {
  if ([path, bodyPath, secretStdin ? '-' : undefined].filter((input) => input === '-').length > 1) {
    throw new UsageError('standard input can be read once only: give files for the rest');
  }
  const { bytes, wasUtf16 } = asUtf8(await readInput(path, MAX_HAR, surroundings));
  const capture = parse(bytes, entry);
  if (bodyPath !== undefined) {
    return { ...capture, body: await readInput(bodyPath, MAX_BODY, surroundings), remarks: [] };
  }
  if (capture.body !== undefined && capture.body.length > MAX_BODY) {
    throw new UsageError(`the body in the capture has more than ${MAX_BODY} bytes, which is the limit`);
  }
  const remark = 'the capture is in UTF-16, as PowerShell writes it: characters other than ASCII may have changed';
  return wasUtf16 ? { ...capture, remarks: [remark, ...capture.remarks] } : capture;
}

function parse(bytes: Buffer, entry: number | undefined): CapturedRequest {
  if (/^\s*\{/.test(bytes.toString('utf8', 0, 100))) return readHar(bytes.toString(), entry);
  if (entry !== undefined) throw new UsageError('--entry has no meaning: the capture is not a HAR file');
  if (bytes.length > MAX_REQUEST) {
    throw new UsageError(`the capture has more than ${MAX_REQUEST} bytes, which is the limit for one request`);
  }
  const [firstLine = ''] = bytes.toString('latin1', 0, 8192).split(/\r?\n/, 1);
  const request = REQUEST_LINE.test(firstLine) ? readRawRequest(bytes) : readCurlOutput(bytes.toString());
  if (request !== undefined) return request;
  throw new UsageError('the capture is neither a raw HTTP request, nor the output of curl -v, nor a HAR file');
}

/** A request as it goes over the wire. Lines may end with LF alone, as editors leave them. */
function readRawRequest(capture: Buffer): CapturedRequest {
  const text = capture.toString('latin1');
  const [, head = text, separator = ''] = /^([^]*?)(\r?\n\r?\n)/.exec(text) ?? [];
  const request = readHead(head.split(/\r?\n/));
  return { ...request, ...framed(capture.subarray(head.length + separator.length), request.headers) };
}

/**
 * What `curl -v` prints of the request: the lines that begin with `> `, without the body. After redirects there are
 * several requests; the first with a token counts.
 */
function readCurlOutput(text: string): CapturedRequest | undefined {
  const heads: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('> ')) continue;
    const sent = line.slice(2).trimEnd();
    if (REQUEST_LINE.test(sent)) heads.push([sent]);
    else heads.at(-1)?.push(sent);
  }
  const requests = heads.map(readHead);
  const request = requests.find(({ headers }) => headers['authorization'] !== undefined) ?? requests[0];
  const remark = 'curl -v does not print the body that it sends: name the file that holds it with --body';
  return request && { ...request, body: undefined, remarks: [remark] };
}

/** Request line and header lines. */
function readHead([requestLine = '', ...lines]: readonly string[]): Pick<CapturedRequest, 'method' | 'headers'> {
  const fields = lines.flatMap((line, index): [string, string][] => {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) return [[name, value]];
    if (line === '') return [];
    throw new UsageError(`line ${index + 2} of the capture is not a header line`);
  });
  return { method: requestLine.split(' ', 1).join(''), headers: headersOf(fields) };
}

function headersOf(fields: readonly (readonly [name: string, value: string])[]): CapturedRequest['headers'] {
  const headers = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const values = headers.get(key) ?? [];
    values.push(value.trim());
    headers.set(key, values);
  }
  // Defines own properties for headers of any name, also `__proto__`.
  return Object.fromEntries(headers);
}

/** The body in the rest of a raw request. */
function framed(rest: Buffer, headers: CapturedRequest['headers']): Pick<CapturedRequest, 'body' | 'remarks'> {
  if (/\bchunked\b/i.test(headers['transfer-encoding']?.join() ?? '')) {
    const body = unchunked(rest);
    const remark = 'the headers announce a chunked body, but the body is not chunked: perhaps it was decoded already';
    return body === undefined ? { body: rest, remarks: [remark] } : { body, remarks: [] };
  }
  const [text = ''] = headers['content-length'] ?? [];
  const length = /^\d{1,9}$/.test(text) ? Number(text) : rest.length;
  const difference = rest.length - length;
  const bytes = Math.abs(difference) === 1 ? '1 byte' : `${Math.abs(difference)} bytes`;
  if (difference === 0) return { body: rest, remarks: [] };
  return difference > 0
    ? { body: rest.subarray(0, length), remarks: [`${bytes} after Content-Length are left out`] }
    : { body: rest, remarks: [`${bytes} of Content-Length are missing from the capture`] };
}

/** The content of a chunked body (RFC 9112, section 7.1); `undefined` if it is not one, or not complete. */
function unchunked(bytes: Buffer): Buffer | undefined {
  // One buffer: a chunk may have a single byte, and an object for each would take many times the body.
  const content = Buffer.alloc(bytes.length);
  let written = 0;
  for (let at = 0; ;) {
    const [line, size] = /^([0-9a-f]{1,7})[^\n]{0,100}\n/i.exec(bytes.toString('latin1', at, at + 120)) ?? [];
    if (line === undefined || size === undefined) return undefined;
    const begin = at + line.length;
    const length = parseInt(size, 16);
    if (length === 0) return content.subarray(0, written);
    if (begin + length > bytes.length) return undefined;
    written += bytes.copy(content, written, begin, begin + length);
    at = begin + length;
    // The line end after a chunk.
    if (bytes[at] === 0x0d) at += 1;
    if (bytes[at] === 0x0a) at += 1;
  }
}

/** The request of the entry with this number, from 1, or of the first POST with a token. */
function readHar(text: string, entry: number | undefined): CapturedRequest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UsageError('the capture begins like JSON, but is not valid: is the file complete?');
  }
  const { entries } = objectOf(objectOf(document)['log']);
  if (!Array.isArray(entries)) throw new UsageError('the capture is JSON, but not a HAR file: it has no log.entries');
  const objects = entries.filter(isJsonObject);
  const { length } = objects;
  if (entry !== undefined) {
    const [chosen] = objects.slice(entry - 1, entry).map(harRequest);
    if (chosen !== undefined) return chosen;
    throw new UsageError(`the HAR file has ${length} entries, there is no entry ${entry}`);
  }
  for (const object of objects) {
    const request = harRequest(object);
    if (request.method === 'POST' && request.headers['authorization'] !== undefined) return request;
  }
  throw new UsageError(
    `none of the ${length} entries of the HAR file is a POST with an Authorization header: choose with --entry`,
  );
}

function harRequest({ request, startedDateTime }: JsonObject): CapturedRequest {
  const { method, headers, postData } = objectOf(request);
  // The encoding is not part of the format, but written by some proxies.
  const { text, encoding } = objectOf(postData);
  const fields: readonly unknown[] = Array.isArray(headers) ? headers : [];
  const startedAt = new Date(textOf(startedDateTime));
  const captured = {
    method: textOf(method),
    headers: headersOf(fields.map(objectOf).map(({ name, value }) => [textOf(name), textOf(value)])),
    capturedAt: Number.isNaN(startedAt.getTime()) ? undefined : startedAt,
  };
  if (typeof text === 'string') {
    return { ...captured, body: Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8'), remarks: [] };
  }
  const remark = 'the HAR entry holds no body: name the file that holds it with --body';
  return { ...captured, body: undefined, remarks: [remark] };
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
