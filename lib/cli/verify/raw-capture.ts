import { UsageError } from '../exit-code.js';
import { type CapturedRequest, headerField, headersOf } from './captured-request.js';
import { unchunked } from './unchunked.js';

const REQUEST_LINE = /^([A-Z]{3,10}) \S+ HTTP\/\d(\.\d)?$/;

/** Whether a capture begins as an HTTP request does. */
export function isRawRequest(capture: Buffer): boolean {
  const [firstLine = ''] = capture.toString('latin1', 0, 8192).split(/\r?\n/, 1);
  return REQUEST_LINE.test(firstLine);
}

/**
 * Reads a request as it goes over the wire: request line, header lines, an empty line, the body. Lines may end with LF
 * alone, as editors leave them.
 *
 * @throws {UsageError} if a header line cannot be read
 */
export function readRawRequest(capture: Buffer): CapturedRequest {
  const text = capture.toString('latin1');
  const [, head = text, separator = ''] = /^([^]*?)(\r?\n\r?\n)/.exec(text) ?? [];
  const [requestLine = '', ...lines] = head.split(/\r?\n/);
  const fields = lines
    .filter((line) => line !== '')
    .map((line, index) => {
      const field = headerField(line);
      if (field === undefined) throw new UsageError(`line ${index + 2} of the capture is no header line`);
      return field;
    });
  const headers = headersOf(fields);
  const rest = capture.subarray(head.length + separator.length);
  const [method = ''] = requestLine.split(' ', 1);
  return { method, headers, capturedAt: undefined, ...framed(rest, headers) };
}

/** What of the rest of a capture is the body. */
function framed(rest: Buffer, headers: CapturedRequest['headers']): Pick<CapturedRequest, 'body' | 'remarks'> {
  if (/\bchunked\b/i.test(headers['transfer-encoding']?.join() ?? '')) {
    const body = unchunked(rest);
    return body === undefined
      ? { body: rest, remarks: ['the headers announce a chunked body, but it is not: perhaps it was decoded already'] }
      : { body, remarks: [] };
  }
  const [text = ''] = headers['content-length'] ?? [];
  const length = /^\d{1,9}$/.test(text) ? Number(text) : rest.length;
  if (rest.length > length) {
    const surplus = rest.length - length;
    return { body: rest.subarray(0, length), remarks: [`${bytes(surplus)} after Content-Length are left out`] };
  }
  const missing = length - rest.length;
  return {
    body: rest,
    remarks: missing === 0 ? [] : [`${bytes(missing)} of Content-Length are missing from the capture`],
  };
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}
