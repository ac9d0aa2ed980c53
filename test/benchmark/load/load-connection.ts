import { connect, type Socket } from 'node:net';

/** Called with the status of an answer, or 0 where the connection ended without one. */
type OnAnswer = (status: number) => void;

const END_OF_HEAD = '\r\n\r\n';

/** A connection that is kept alive and has one request under way at a time. */
export class LoadConnection {
  private socket: Socket | undefined;
  private received = '';
  private onAnswer: OnAnswer | undefined;

  constructor(private readonly port: number) {}

  /** Writes a request as it is and calls back once its answer is complete. */
  send(request: Buffer, onAnswer: OnAnswer): void {
    this.onAnswer = onAnswer;
    this.socket ??= this.open();
    this.socket.write(request);
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const socket = connect(this.port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.read(text);
    });
    // It is followed by `close`.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = undefined;
      this.answer(0);
    });
    return socket;
  }

  private read(text: string): void {
    this.received += text;
    const end = this.received.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const head = this.received.slice(0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.received.length < end + END_OF_HEAD.length + length) return;
    if (/\r\nconnection: *close/i.test(head)) this.socket?.destroy();
    this.answer(Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 204'.length)));
  }

  private answer(status: number): void {
    const { onAnswer } = this;
    this.received = '';
    this.onAnswer = undefined;
    onAnswer?.(status);
  }
}
