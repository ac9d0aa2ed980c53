// JSON text is UTF-8 (RFC 8259, section 8.1); a byte order mark is ignored, as the same section permits.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses JSON from bytes and leaves out every member named `__proto__`, so that nobody who copies or merges the result
 * changes a prototype.
 *
 * @throws {SyntaxError | TypeError} if the bytes are not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = utf8.decode(bytes);
  const value: unknown = JSON.parse(text);
  // The name can also be spelled with escapes.
  if (text.includes('__proto__') || text.includes('\\u')) removePrototypeMembers(value);
  return value;
}

/** Not recursive: the depth of a document is the sender's choice. */
function removePrototypeMembers(root: unknown): void {
  const pending = [root];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
    for (const member of Object.values(value)) {
      if (typeof member === 'object' && member !== null) pending.push(member);
    }
  }
}
