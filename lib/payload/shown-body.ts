import { type CallbackRequest } from '../request/callback-request.js';
import { parseJsonText } from '../verification/json-text.js';

/** Most objects and lists in JSON that is parsed before its sender is verified; printing it must not be too deep. */
const MAX_BRACKETS = 1000;

// JSON text is UTF-8 (RFC 8259, section 8.1); a byte order mark is ignored, as the same section permits.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses the JSON of a body, without members named `__proto__`.
 *
 * @throws {SyntaxError | TypeError} if the bytes are not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  return parseJsonText(utf8.decode(bytes));
}

/**
 * Shows the application what a body parser would have shown: the JSON in `request.body`, and the bytes in
 * `request.rawBody`. Both are plain values.
 *
 * @param platform the platform's request
 */
export function showBody(platform: { readonly body?: unknown }, { reading, isShown }: CallbackRequest): void {
  if (reading?.state !== 'complete') return;
  showRawBody(platform, reading.bytes);
  // Not where something has put another.
  if (platform.body !== undefined || !isShown) return;
  const json = shownJson(reading.bytes);
  if (json !== undefined) Reflect.set(platform, 'body', json);
}

/** Shows the bytes in `request.rawBody`, where those who list or copy a request do not meet them. */
export function showRawBody(platform: object, bytes: Buffer): void {
  Reflect.defineProperty(platform, 'rawBody', { value: bytes, writable: true, configurable: true });
}

/**
 * What `request.body` shows of a body before its sender is verified: an object or a list, as body parsers do. `undefined`
 * for anything else, and for what would take much more memory or a deeper stack than its bytes suggest.
 */
function shownJson(bytes: Buffer): unknown {
  if (bytes.length > MAX_BRACKETS && bracketsIn(bytes) > MAX_BRACKETS) return undefined;
  try {
    const json = parseJson(bytes);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function bracketsIn(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) count += 1;
  return count;
}
