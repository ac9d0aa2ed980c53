/** The content of a chunked body (RFC 9112, section 7.1); `undefined` if it is not one, or not complete. */
export function unchunked(bytes: Buffer): Buffer | undefined {
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
