import { type ConnectionOptions } from 'bullmq';
import { type Check, checkValues, expect, hasMethod, shownSort } from '../options/option-checks.js';

/** What is needed of a client of ioredis. */
interface IoredisClient {
  readonly options: object;
  duplicate(options: object): OwnClient;
}

/** A client that the inbox made. */
interface OwnClient {
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

/** The connection to Redis: a client of the application, or options. */
type RedisConnection = { readonly client: IoredisClient } | { readonly options: object };

/**
 * For both connections: overrides options that break BullMQ's scripts or its blocking commands. BullMQ would give up a
 * lazy client.
 */
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
 * Creates the connections of an inbox. BullMQ would not close a client that it gets, and would remove its error
 * listener.
 */
export class InboxConnections {
  private readonly own: OwnClient[] = [];
  private readonly connection: RedisConnection;

  /** @throws {TypeError} if the connection cannot work */
  constructor(given: unknown) {
    this.connection = readConnection(given, Object.keys(WORKER));
  }

  /** Fails fast while Redis is unavailable. */
  forProducer(): ConnectionOptions {
    return this.made(PRODUCER);
  }

  /** Waits until Redis is available again, independent of the application's limits for its own commands. */
  forWorker(): ConnectionOptions {
    return this.made(WORKER);
  }

  /** Closes duplicates of a client. BullMQ closes connections that it created from options. */
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

/**
 * The default of ioredis, in ms. With BullMQ's pauses an inbox may stay disconnected for 20 s after Redis is available
 * again.
 */
function pauseBeforeReconnecting(attempts: number): number {
  return Math.min(attempts * 50, 2000);
}

/** Methods that clients of any Redis library have, but options do not. */
const CLIENT_METHODS = ['duplicate', 'connect', 'sendCommand', 'send'];

/** Methods of every client of ioredis. */
const IOREDIS_METHODS = ['duplicate', 'disconnect', 'defineCommand', 'sendCommand'];

/** The checks by option. `undefined` always means the default. Secrets are not shown. */
const CHECKS: Readonly<Record<string, Check>> = {
  host: expect((value) => typeof value === 'string' && value !== '', 'a string that is not empty'),
  port: expect((value) => isWhole(value, 1, 65_535), 'a whole number from 1 to 65535'),
  db: expect((value) => isWhole(value, 0, 2 ** 31 - 1), 'a whole number'),
  path: expect((value) => value === null || (typeof value === 'string' && value !== ''), 'the path of a socket'),
  sentinels: expect((value) => value === null || isList(value), 'a list such as [{ host, port }] that is not empty'),
  keyPrefix: (value) =>
    value === '' || value === null
      ? undefined
      : 'is set, which BullMQ\'s scripts cannot use: leave it out, and give BullCallbackInbox the option "prefix" instead',
  role: (value) =>
    value === 'slave' ? 'is "slave", and a replica stores nothing: leave it out, or write "master"' : undefined,
};

/**
 * Checks a connection in any form that BullMQ accepts.
 *
 * @param replaced the options that the inbox overrides
 * @throws {TypeError} that names what cannot work, and what to do
 */
function readConnection(given: unknown, replaced: readonly string[]): RedisConnection {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`connection is ${shownSort(given)}: write { url: 'redis://host:6379' } or { host, port }.`);
  }
  if (hasMethod(given, 'then')) throw new TypeError('connection is a promise: await it.');
  if (Reflect.get(given, 'isCluster') === true || 'redisOptions' in given) {
    // A cluster client queues commands while Redis is unavailable.
    throw new TypeError('connection is a cluster: give the inbox a single Redis (with replicas if need be).');
  }
  if (isIoredisClient(given)) {
    checkValues('connection.options.', given.options, CHECKS);
    return { client: given };
  }
  if (CLIENT_METHODS.some((name) => hasMethod(given, name))) {
    throw new TypeError('connection is a client that is not of ioredis: give a client of ioredis, or options.');
  }
  checkValues('connection.', given, CHECKS);
  const url: unknown = Reflect.get(given, 'url');
  return { options: 'url' in given ? { ...given, url: checkedUrl(url, replaced) } : given };
}

/** In ioredis, the query of a URL overrides options. */
function checkedUrl(url: unknown, replaced: readonly string[]): string {
  const text = typeof url === 'string' ? url : '';
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) {
    const question = url === undefined ? ' Is the environment variable for it set?' : '';
    throw new TypeError(`connection.url is not a URL that begins with redis:// or rediss://.${question}`);
  }
  const parsed = new URL(text);
  checkValues('connection.url: its ', Object.fromEntries(parsed.searchParams), CHECKS);
  const left = replaced.filter((option) => parsed.searchParams.has(option));
  for (const option of left) parsed.searchParams.delete(option);
  return left.length === 0 ? text : parsed.href;
}

function isIoredisClient(given: object): given is IoredisClient {
  const options: unknown = Reflect.get(given, 'options');
  return (
    IOREDIS_METHODS.every((name) => hasMethod(given, name)) &&
    typeof options === 'object' &&
    options !== null &&
    'maxRetriesPerRequest' in options
  );
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'object' && item !== null);
}

/** Also accepts decimal text, as in environment variables. */
function isWhole(value: unknown, least: number, most: number): boolean {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most;
}
