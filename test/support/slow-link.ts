import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way over TCP to a server of a test, on which answers can be slow. */
export class SlowLink {
  /** How long each answer takes, in ms. */
  delayMs = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    target: number,
  ) {
    server.on('connection', (client) => {
      this.join(client, connect(target, '127.0.0.1'));
    });
  }

  /** Opens a way to a port of this machine. */
  static open(target: number): Promise<SlowLink> {
    const server = createServer();
    const link = new SlowLink(server, target);
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        resolve(link);
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (this.delayMs === 0) client.write(bytes);
      else setTimeout(() => client.write(bytes), this.delayMs);
    });
  }
}
