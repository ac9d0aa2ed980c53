import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection over which any bytes are sent, and which can be ended in any way. */
export class Line {
  private received = '';
  private onChange: () => void = () => undefined;
  isClosed = false;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.onChange();
    });
    socket.on('end', () => {
      // Whoever sends on to somebody who has ended learns it by a reset.
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.onChange();
    });
  }

  /** @throws {Error} if there is no connection to be had */
  static async open(port: number): Promise<Line> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay(true);
    await once(socket, 'connect');
    return new Line(socket);
  }

  write(bytes: string | Buffer): void {
    if (!this.isClosed) this.socket.write(bytes);
  }

  /** Ends this side only. */
  end(): void {
    this.socket.end();
  }

  /** Ends both sides at once, as a client that crashes. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  /** The statuses so far, without interim ones, once there are so many, or it is closed, or the time in ms is up. */
  async statuses(count: number, timeout: number): Promise<readonly number[]> {
    await this.until(() => this.answers().length >= count, timeout);
    return this.answers();
  }

  async untilClosed(timeout: number): Promise<void> {
    await this.until(() => false, timeout);
  }

  private answers(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3})/g)]
      .map(([, status]) => Number(status))
      .filter((s) => s >= 200);
  }

  private until(isSo: () => boolean, timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.isClosed && !isSo()) return;
        clearTimeout(timer);
        this.onChange = () => undefined;
        resolve();
      };
      const timer = setTimeout(() => {
        this.onChange = () => undefined;
        resolve();
      }, timeout);
      this.onChange = look;
      look();
    });
  }
}
