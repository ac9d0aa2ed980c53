import { type ConnectionOptions } from 'bullmq';
import { type OwnClient, readConnection, type RedisConnection } from './redis-connection.js';

/** For both connections: what would break BullMQ's scripts and its waiting. BullMQ would give a lazy client up. */
const COMMON = {
  lazyConnect: false,
  stringNumbers: false,
  readOnly: false,
  monitor: false,
  autoResendUnfulfilledCommands: true,
  // How long a callback may take to be stored is up to the module, and a worker waits for callbacks.
  commandTimeout: undefined,
};

/** A request does not wait for Redis to come back. */
const PRODUCER = { ...COMMON, enableOfflineQueue: false, maxRetriesPerRequest: 0 };

/** Waits for Redis to come back, and for callbacks. */
const WORKER = { ...COMMON, enableOfflineQueue: true, maxRetriesPerRequest: null, socketTimeout: undefined };

/**
 * The connections that an inbox makes of what it was given. BullMQ would not close a client that it was handed, and would
 * take its error listener away.
 */
export class InboxConnections {
  private readonly own: OwnClient[] = [];
  private readonly connection: RedisConnection;

  /** @throws {TypeError} if what was given cannot work */
  constructor(given: unknown) {
    this.connection = readConnection(given, Object.keys(WORKER));
  }

  /** Fails fast while Redis is unavailable. */
  forProducer(): ConnectionOptions {
    return this.made(PRODUCER);
  }

  /** Goes on when Redis is back, whatever limits the application has for its own commands. */
  forWorker(): ConnectionOptions {
    return this.made(WORKER);
  }

  /** Closes what was made of a client. BullMQ closes what it made of options itself. */
  close(): void {
    for (const client of this.own) client.disconnect();
  }

  private made(options: object): ConnectionOptions {
    if ('options' in this.connection)
      return { retryStrategy: pauseBeforeReconnecting, ...this.connection.options, ...options };
    const client = this.connection.client.duplicate(options);
    client.on('error', () => undefined);
    this.own.push(client);
    return client;
  }
}

/** As ioredis has it, in ms. With BullMQ's own pauses an inbox may stay disconnected for 20 s after Redis is back. */
function pauseBeforeReconnecting(attempts: number): number {
  return Math.min(attempts * 50, 2000);
}
