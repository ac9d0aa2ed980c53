import { describe, expect, it } from '@jest/globals';
import { GrowingBuffer } from '../../lib/payload/body-reader.js';

describe('GrowingBuffer', () => {
  it('joins chunks, and changes none of them', () => {
    const chunks = ['ab', '', 'cde', 'f'].map((text) => Buffer.from(text));
    const buffer = new GrowingBuffer();
    for (const chunk of chunks) buffer.append(chunk);

    expect([buffer.bytes.toString(), buffer.length]).toEqual(['abcdef', 6]);
    expect(chunks.map(String)).toEqual(['ab', '', 'cde', 'f']);
  });

  it('takes at most twice the memory of its bytes, however many chunks there are', () => {
    const buffer = new GrowingBuffer();
    for (let count = 1; count <= 10_000; count += 1) {
      buffer.append(Buffer.from('x'));
      expect(buffer.capacity).toBeLessThanOrEqual(2 * count);
    }
  });

  it('takes no more memory than is expected', () => {
    const buffer = new GrowingBuffer(5);
    for (const chunk of ['aaa', 'b', 'c']) buffer.append(Buffer.from(chunk));
    expect(buffer.capacity).toBe(5);
    buffer.append(Buffer.from('d'));

    expect(buffer.bytes.toString()).toBe('aaabcd');
  });

  it('does not keep a large buffer for a small chunk of it', () => {
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.alloc(65_536).subarray(0, 10));

    expect(buffer.bytes.buffer.byteLength).toBe(10);
  });

  it('keeps a chunk as it is that is half of its buffer', () => {
    const buffer = new GrowingBuffer();
    const whole = Buffer.alloc(8);
    buffer.append(whole.subarray(0, 4));

    expect(buffer.bytes.buffer).toBe(whole.buffer);
  });

  it('takes no more memory as long as a chunk fits', () => {
    const buffer = new GrowingBuffer();
    for (const chunk of ['aaaa', 'b', 'ccc']) buffer.append(Buffer.from(new Uint8Array(Buffer.from(chunk))));

    expect([buffer.bytes.toString(), buffer.capacity]).toEqual(['aaaabccc', 8]);
  });

  it('is empty at first', () => {
    expect([new GrowingBuffer().bytes.length, new GrowingBuffer().capacity]).toEqual([0, 0]);
  });
});
