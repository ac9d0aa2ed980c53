import { type IncomingMessage } from 'node:http';
import { type ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BodyReading } from '../request/body-reading.js';
import { type BodyAccount } from './body-budget.js';

/** Limits for reading a body. */
export interface BodyLimits {
  /** Largest number of bytes to keep. */
  readonly bodyLimit: number;
  /** How long the whole body may take, in seconds. */
  readonly bodyTimeout: number;
}

/** The results of reading a body that do not depend on its headers. */
type PeekedBody = Exclude<BodyReading, { readonly state: 'encoded' | 'not-json' }>;

/** How many bytes Node reads from a connection in one turn of its event loop, at least. */
const BYTES_PER_TURN = 65_536;

/**
 * Reads a body and puts it back: the next reader of the stream can read it from the beginning. If the body is over the
 * limit, the part that was read is put back. Never rejects.
 *
 * @param putBack how many bytes were put back when it was read before
 */
export function peekBody(
  request: IncomingMessage,
  limits: BodyLimits,
  account: BodyAccount,
  putBack = 0,
): Promise<PeekedBody> {
  const isRead = putBack > 0 ? request.readableLength < putBack : request.readableDidRead;
  // With an encoding the stream returns text, and the exact bytes are lost.
  if (isRead || isBeingRead(request) || request.readableEncoding !== null) {
    return Promise.resolve({ state: 'consumed' });
  }
  if (request.destroyed || http2StreamOf(request)?.aborted) return Promise.resolve({ state: 'aborted' });
  return new Promise((resolve) => {
    new BodyPeek(request, limits, account, resolve).begin();
  });
}

function isBeingRead(request: IncomingMessage): boolean {
  return request.readableFlowing === true || request.listenerCount('readable') > 0 || request.listenerCount('data') > 0;
}

class BodyPeek {
  private readonly body: GrowingBuffer;
  private readonly declaredLength: number;
  private isSettled = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly startedAt = performance.now();

  constructor(
    private readonly request: IncomingMessage,
    private readonly limits: BodyLimits,
    private readonly account: BodyAccount,
    private readonly resolve: (reading: PeekedBody) => void,
  ) {
    this.declaredLength = Number(request.headers['content-length'] ?? NaN);
    this.body = new GrowingBuffer(Number.isNaN(this.declaredLength) ? limits.bodyLimit : this.declaredLength);
  }

  begin(): void {
    // By then Node has parsed everything that arrived with the headers, and most bodies are complete.
    queueMicrotask(() => {
      this.take();
      if (this.isSettled) return;
      this.request.on('readable', this.onReadable);
      this.request.once('end', this.onEnd);
      this.request.once('close', this.onAborted);
      // Requests that are not Node's own emit errors. Without a listener an error would end the process.
      this.request.on('error', this.onAborted);
      this.timer = setTimeout(() => void this.onTimeout(), this.limits.bodyTimeout * 1000);
    });
  }

  private take(): void {
    // Reading an empty stream that has ended would emit `end`.
    while (this.request.readableLength > 0) {
      const chunk: unknown = this.request.read();
      if (Buffer.isBuffer(chunk)) this.body.append(chunk);
      // Something has set an encoding in the meantime.
      else if (typeof chunk === 'string') this.body.append(Buffer.from(chunk, this.request.readableEncoding ?? 'utf8'));
      else break;
      if (this.body.length > this.limits.bodyLimit) {
        this.settle({ state: 'too-large' });
        return;
      }
      if (!this.account.charge(this.body.capacity)) {
        const spentMs = performance.now() - this.startedAt;
        this.settle({ state: 'unread', putBack: this.body.length, spentMs });
        return;
      }
    }
    if (this.isComplete()) this.complete();
  }

  private isComplete(): boolean {
    if (this.body.length === this.declaredLength) return true;
    const stream = http2StreamOf(this.request);
    if (stream !== undefined) return stream.readableEnded && !stream.aborted;
    // Requests of serverless adapters claim to be complete before their body can be read.
    return this.request.complete && this.request.socket instanceof Socket;
  }

  private readonly onReadable = (): void => {
    // A `readable` event without data announces the end.
    if (this.request.readableLength === 0) this.end();
    else this.take();
  };

  private readonly onEnd = (): void => {
    this.end();
  };

  private readonly onAborted = (): void => {
    this.settle({ state: 'aborted' });
  };

  /** After a blocked event loop the timer fires before pending bytes are read. Read those first. */
  private async onTimeout(): Promise<void> {
    const turns = 2 + this.limits.bodyLimit / BYTES_PER_TURN;
    for (let turn = 0, before = -1; turn < turns && !this.isSettled && this.body.length > before; turn += 1) {
      before = this.body.length;
      await nextTurn();
    }
    this.settle({ state: 'timed-out' });
  }

  /** The end of the stream. Over HTTP/2 it also comes after a reset. */
  private end(): void {
    if (http2StreamOf(this.request)?.aborted) this.settle({ state: 'aborted' });
    else this.complete();
  }

  private complete(): void {
    this.settle({ state: 'complete', bytes: this.body.bytes });
  }

  private settle(reading: PeekedBody): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (this.timer !== undefined) this.stopListening(this.timer);
    // Synchronously: the stream announces its end as soon as this code returns, unless there is data left in it.
    if (this.body.length > 0 && !this.request.destroyed && !this.request.readableEnded) {
      const { readableEncoding: encoding } = this.request;
      if (encoding === null) this.request.unshift(this.body.bytes);
      else this.request.unshift(this.body.bytes.toString(encoding), encoding);
    }
    this.resolve(reading);
  }

  private stopListening(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.request.off('readable', this.onReadable);
    this.request.off('end', this.onEnd);
    this.request.off('close', this.onAborted);
    this.request.off('error', this.onAborted);
  }
}

/** The stream of an HTTP/2 request, below Node's compatibility API. */
export function http2StreamOf(
  request: IncomingMessage & { readonly stream?: ServerHttp2Stream },
): ServerHttp2Stream | undefined {
  return request.httpVersionMajor === 2 ? request.stream : undefined;
}

/**
 * Collects the chunks of a body in one buffer, so that it takes at most twice its length in memory. Kept separately,
 * each chunk would need an object of some hundred bytes.
 */
export class GrowingBuffer {
  private storage: Buffer = Buffer.alloc(0);
  /** The number of bytes appended. */
  length = 0;

  /** @param expected the largest number of bytes to expect, if known. Memory is allocated only as bytes arrive */
  constructor(private readonly expected = Infinity) {}

  /** The bytes of memory it uses. */
  get capacity(): number {
    return this.storage.length;
  }

  /** The bytes, without a copy. */
  get bytes(): Buffer {
    return this.storage.subarray(0, this.length);
  }

  /**
   * Appends a copy of the chunk. The first chunk is kept without a copy, unless it is a small part of a larger buffer.
   */
  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.storage = chunk.buffer.byteLength <= 2 * chunk.length ? chunk : copyOf(chunk);
    else {
      if (length > this.storage.length) {
        // Not from Node's pool: the slice would keep the whole pool in memory.
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
