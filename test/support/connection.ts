import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
// Not the globals, which a test may fake.
import { clearTimeout, setTimeout } from 'node:timers';
import { type SignedRequest } from './signer.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** One connection over which bytes are sent exactly as a test wants them. */
export class Connection {
  private received = '';
  closed = false;
  private changed: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.received += chunk;
      this.changed();
    });
    for (const event of ['close', 'error']) {
      socket.on(event, () => {
        this.closed = true;
        this.changed();
      });
    }
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a request in one piece; `framing` replaces its Content-Length. */
  request(path: string, { headers, body }: SignedRequest, framing = `content-length: ${body.length}`): void {
    this.write(Buffer.concat([Buffer.from(head(path, headers, framing)), body]));
  }

  /** The next answer, which must have a Content-Length or no body. */
  async answer(timeout = 5000): Promise<RawAnswer> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const [, headers, rest] = /^([^]*?)\r\n\r\n([^]*)$/.exec(this.received) ?? [];
      if (headers !== undefined && rest !== undefined) {
        const length = Number(/content-length: (\d+)/i.exec(headers)?.[1] ?? 0);
        if (rest.length >= length) {
          this.received = rest.slice(length);
          return { status: Number(headers.split(' ')[1]), headers: headers.toLowerCase(), body: rest.slice(0, length) };
        }
      }
      if (Date.now() > deadline) throw new Error(`no answer within ${timeout} ms, received: ${this.received}`);
      if (this.closed) throw new Error(`connection closed, received: ${this.received}`);
      await this.change(timeout);
    }
  }

  async closedWithin(timeout: number): Promise<boolean> {
    const deadline = Date.now() + timeout;
    while (!this.closed && Date.now() < deadline) await this.change(timeout);
    return this.closed;
  }

  /** Waits until something is received or the connection is closed, at most so many ms. */
  private change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the connection at once, as a crashed client does. */
  abort(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The head of a POST. */
export function head(path: string, headers: Readonly<Record<string, string>>, framing: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`POST ${path} HTTP/1.1`, 'host: localhost', ...lines, framing, '', ''].join('\r\n');
}

/** A chunked body (RFC 9112, section 7.1) of pieces of a given size. */
export function chunked(body: Buffer, size: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
