import { parseJsonText } from '../verification/json-text.js';

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
