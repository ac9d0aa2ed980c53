import { type Readable } from 'node:stream';

/** Bounds of reading a body. */
export interface BodyLimits {
  /** Most bytes that are kept. */
  readonly bodyLimit: number;
  /** How long the whole body may take, in seconds. */
  readonly bodyTimeout: number;
}

/** What became of reading a body. */
export type BodyReading =
  | { readonly state: 'complete'; readonly bytes: Buffer }
  /** Complete, but compressed, and nobody inflates it. */
  | { readonly state: 'encoded' }
  /** Complete, but of a type that nobody in the application parses. */
  | { readonly state: 'not-json' }
  /** Longer than `bodyLimit`. */
  | { readonly state: 'too-large' }
  /** Not complete within `bodyTimeout`. */
  | { readonly state: 'timed-out' }
  /** The connection ended before the body did. */
  | { readonly state: 'aborted' }
  /** Somebody else has read it before. */
  | { readonly state: 'consumed' };

/**
 * Reads a body to its end, within bounds. Never rejects.
 *
 * What comes after the limit is thrown away rather than left in the connection, so that the next request of the same
 * connection is understood; a body that has not ended by the time limit costs the connection.
 */
export function readBody(stream: Readable, { bodyLimit, bodyTimeout }: BodyLimits): Promise<BodyReading> {
  // With an encoding the bytes are gone: somebody has made text of them.
  if (stream.readableDidRead || stream.readableFlowing !== null || stream.readableEncoding !== null) {
    return Promise.resolve({ state: 'consumed' });
  }
  if (stream.destroyed) return Promise.resolve({ state: 'aborted' });

  return new Promise((resolve) => {
    let chunks: Buffer[] | undefined = [];
    let length = 0;
    const settle = (reading: BodyReading): void => {
      chunks = undefined;
      resolve(reading);
    };
    const timer = setTimeout(() => {
      if (chunks === undefined) stream.destroy();
      else settle({ state: 'timed-out' });
    }, bodyTimeout * 1000);

    stream.on('data', (data: Buffer | string) => {
      const chunk = typeof data === 'string' ? Buffer.from(data) : data;
      length += chunk.length;
      if (length > bodyLimit) settle({ state: 'too-large' });
      else chunks?.push(chunk);
    });
    stream.once('end', () => {
      clearTimeout(timer);
      if (chunks !== undefined) settle({ state: 'complete', bytes: joined(chunks, length) });
    });
    // Without a listener an aborted upload would end the process.
    stream.on('error', () => {
      settle({ state: 'aborted' });
    });
    stream.once('close', () => {
      clearTimeout(timer);
      settle({ state: 'aborted' });
    });
  });
}

function joined(chunks: readonly Buffer[], length: number): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length);
}
