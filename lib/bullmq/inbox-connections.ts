import { type ConnectionOptions } from 'bullmq';

/** The part of a client of ioredis that is needed here. */
interface DuplicableClient {
  duplicate(options: object): OwnClient;
}

interface OwnClient {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

/** How long a command of a producer may take, in ms; the module has a time limit of its own. */
const COMMAND_TIMEOUT = 2000;

/**
 * The connections that an inbox makes of what it was given. BullMQ would not close a client that it was handed, and would
 * take its error listener away.
 */
export class InboxConnections {
  private readonly own: OwnClient[] = [];

  /** @throws {TypeError} if it is a cluster, which would queue callbacks for later while it is away */
  constructor(private readonly given: ConnectionOptions) {
    if ('isCluster' in given && given.isCluster) {
      throw new TypeError('connection is a cluster: give the inbox a single Redis (with replicas if need be).');
    }
  }

  /** Fails fast while Redis is away: nobody is to wait in a request for it to come back. */
  forProducer(): ConnectionOptions {
    return this.made({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: COMMAND_TIMEOUT });
  }

  /** Waits for Redis to come back, and for callbacks, whatever limits the application has for its own commands. */
  forWorker(): ConnectionOptions {
    return this.made({ enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined });
  }

  /** Closes what was made of a client. BullMQ closes what it made of options itself. */
  close(): void {
    for (const client of this.own) client.disconnect();
  }

  private made(ownOptions: object): ConnectionOptions {
    // BullMQ would connect a lazy client itself, once, and give it up if Redis is away then.
    const options = { ...ownOptions, lazyConnect: false };
    if (!isClient(this.given)) return { retryStrategy: pauseBeforeReconnecting, ...this.given, ...options };
    const client = this.given.duplicate(options);
    client.on('error', () => undefined);
    this.own.push(client);
    return client;
  }
}

/** As ioredis has it, in ms. With BullMQ's own pauses an inbox may stay away for 20 s after Redis is back. */
function pauseBeforeReconnecting(attempts: number): number {
  return Math.min(attempts * 50, 2000);
}

function isClient(connection: ConnectionOptions): connection is ConnectionOptions & DuplicableClient {
  return 'duplicate' in connection && typeof connection.duplicate === 'function';
}
