/**
 * Collects the chunks of a body in one buffer, so that a body takes at most twice its length however many chunks it
 * comes in: each chunk of its own would be an object of some hundred bytes.
 */
export class GrowingBuffer {
  private storage: Buffer = Buffer.alloc(0);
  /** How many bytes were appended. */
  length = 0;

  /** How many bytes of memory it takes. */
  get capacity(): number {
    return this.storage.length;
  }

  /** The bytes, without a copy. */
  get bytes(): Buffer {
    return this.storage.subarray(0, this.length);
  }

  /** Appends a copy of the chunk; the first one is kept as it is. */
  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.storage = chunk;
    else {
      if (length > this.storage.length) {
        // Not from the pool, which would be kept as a whole.
        const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.storage.length));
        this.storage.copy(grown, 0, 0, this.length);
        this.storage = grown;
      }
      chunk.copy(this.storage, this.length);
    }
    this.length = length;
  }
}
