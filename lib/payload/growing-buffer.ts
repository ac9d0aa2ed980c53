/**
 * Collects the chunks of a body in one buffer, so that a body takes at most twice its length however many chunks it
 * comes in: each chunk of its own would be an object of some hundred bytes.
 */
export class GrowingBuffer {
  private storage: Buffer = Buffer.alloc(0);
  /** How many bytes were appended. */
  length = 0;

  /** @param expected how many bytes there will be at most, if that is known; no more memory is taken before they come */
  constructor(private readonly expected = Infinity) {}

  /** How many bytes of memory it takes. */
  get capacity(): number {
    return this.storage.length;
  }

  /** The bytes, without a copy. */
  get bytes(): Buffer {
    return this.storage.subarray(0, this.length);
  }

  /** Appends a copy of the chunk; the first one is kept as it is, unless it is a small part of a larger buffer. */
  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.storage = chunk.buffer.byteLength <= 2 * chunk.length ? chunk : copyOf(chunk);
    else {
      if (length > this.storage.length) {
        // Not from the pool, which would be kept as a whole.
        const grown = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.storage.length, this.expected)));
        this.storage.copy(grown, 0, 0, this.length);
        this.storage = grown;
      }
      chunk.copy(this.storage, this.length);
    }
    this.length = length;
  }
}

function copyOf(chunk: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(chunk.length);
  chunk.copy(copy);
  return copy;
}
