import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How the last line of Redis's answer to INFO, by which a client learns that it is ready, begins. */
const END_OF_INFO = '# Keyspace';

/** When a line breaks: as soon as a client is connected, or when it has just learnt that Redis is ready. */
export type BreakingPoint = 'connected' | 'ready';

/** A line to a Redis that breaks every time, until it is repaired. */
export class InterruptedLine {
  /** How often the line broke. */
  breaks = 0;

  private isRepaired = false;
  private readonly clients = new Set<Socket>();
  private readonly server: Server;

  private constructor(
    private readonly redisPort: number,
    private readonly breaksWhen: BreakingPoint,
  ) {
    this.server = createServer((client) => {
      this.join(client);
    });
  }

  static async to(redisPort: number, breaksWhen: BreakingPoint): Promise<InterruptedLine> {
    const line = new InterruptedLine(redisPort, breaksWhen);
    line.server.listen(0, '127.0.0.1');
    await once(line.server, 'listening');
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  repair(): void {
    this.isRepaired = true;
  }

  async remove(): Promise<void> {
    for (const client of this.clients) client.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const redis = connect(this.redisPort, '127.0.0.1');
    this.clients.add(client);
    client.on('error', () => undefined);
    redis.on('error', () => undefined);
    client.on('close', () => {
      this.clients.delete(client);
      redis.destroy();
    });
    redis.on('close', () => client.destroy());
    client.on('data', (bytes) => redis.write(bytes));
    redis.on('data', (bytes) => {
      client.write(bytes);
      if (bytes.includes(END_OF_INFO)) this.breakAt('ready', client);
    });
    this.breakAt('connected', client);
  }

  private breakAt(point: BreakingPoint, client: Socket): void {
    if (this.isRepaired || point !== this.breaksWhen) return;
    this.breaks += 1;
    client.destroySoon();
  }
}
