import { UsageError } from '../exit-code.js';
import { type CapturedRequest, headersOf } from './captured-request.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a request of a HAR file: that of the entry with this number, from 1, or the first POST with a token.
 *
 * @throws {UsageError} if the text is no HAR, or has no such entry
 */
export function readHar(text: string, entryNumber: number | undefined): CapturedRequest {
  const entries = entriesOf(text);
  const entry = entryNumber === undefined ? entries.find(isSignedPost) : entries[entryNumber - 1];
  if (entry === undefined) {
    throw new UsageError(
      entryNumber === undefined
        ? `none of the ${entries.length} entries of the HAR file is a POST with an Authorization header: choose with --entry`
        : `the HAR file has ${entries.length} entries, there is no entry ${entryNumber}`,
    );
  }
  const { method, body, headers } = requestOf(entry);
  const startedAt = new Date(textOf(entry['startedDateTime']));
  return {
    method,
    headers,
    body,
    capturedAt: Number.isNaN(startedAt.getTime()) ? undefined : startedAt,
    remarks: body === undefined ? ['the HAR entry holds no body: name the file that holds it with --body'] : [],
  };
}

function entriesOf(text: string): readonly JsonObject[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new UsageError('the capture begins as JSON, but is none: is the file complete?');
  }
  const log = isObject(document) ? document['log'] : undefined;
  const entries: unknown = isObject(log) ? log['entries'] : undefined;
  if (!Array.isArray(entries)) throw new UsageError('the capture is JSON, but no HAR file: it has no log.entries');
  return entries.filter(isObject);
}

function isSignedPost(entry: JsonObject): boolean {
  const { method, headers } = requestOf(entry);
  return method === 'POST' && headers['authorization'] !== undefined;
}

function requestOf(entry: JsonObject): Pick<CapturedRequest, 'method' | 'headers' | 'body'> {
  const request = isObject(entry['request']) ? entry['request'] : {};
  const fields: readonly unknown[] = Array.isArray(request['headers']) ? request['headers'] : [];
  return {
    method: textOf(request['method']),
    headers: headersOf(fields.filter(isObject).map(({ name, value }) => [textOf(name), textOf(value)])),
    body: bodyOf(request['postData']),
  };
}

function bodyOf(postData: unknown): Buffer | undefined {
  if (!isObject(postData) || typeof postData['text'] !== 'string') return undefined;
  // Not part of the format, but written by some proxies.
  return Buffer.from(postData['text'], postData['encoding'] === 'base64' ? 'base64' : 'utf8');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
