import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
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

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (this.received += chunk));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => (this.closed = true));
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
      await wait(5);
    }
  }

  async closedWithin(timeout: number): Promise<boolean> {
    const deadline = Date.now() + timeout;
    while (!this.closed && Date.now() < deadline) await wait(5);
    return this.closed;
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
