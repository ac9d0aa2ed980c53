import { CallbackLedger, type ClaimState, DEFAULT_RETENTION } from '../delivery/ledger/callback-ledger.js';
import { checkNumbers, checkOptionNames, shownValue } from '../options/option-checks.js';
import { evictionPolicy, type RedisClient, replyText, type RunScript, scriptRunner } from './redis-client.js';

/** Options of {@link RedisCallbackLedger}. */
export interface RedisCallbackLedgerOptions {
  /** Prefix of the ledger's keys. Default `video-callbacks:`. */
  readonly prefix?: string | undefined;
  /** How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * How long a claim is valid without renewal, in seconds, from 0.1 to 6 442 449 (74 days). It is renewed while the
   * handler runs, so this is the time until another process can handle the callback of a process that died. Default 30.
   */
  readonly lease?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof RedisCallbackLedgerOptions, true>> = {
  prefix: true,
  retention: true,
  lease: true,
};

// The value of a key is the holder of the claim, or this value once the callback was handled. No holder has this name.
const COMPLETED = 'completed';

const CLAIM = `
local current = redis.call('GET', KEYS[1])
if current == '${COMPLETED}' then return 'completed' end
if current and current ~= ARGV[1] then return 'in-progress' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 'claimed'`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const COMPLETE = `return redis.call('SET', KEYS[1], '${COMPLETED}', 'PX', ARGV[1])`;

const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

const MEMORY = `return redis.call('INFO', 'memory')`;

/** The client returned a reply that this ledger does not understand. */
class UnknownReplyError extends TypeError {
  override readonly name = 'UnknownReplyError';
}

/**
 * Remembers handled callbacks in Redis or Valkey, for all instances of the application. Each operation is one atomic
 * script on one key, so a cluster works too.
 *
 * Pass the client of your application, of `redis` or `ioredis`. The ledger neither connects nor closes it. Make it fail
 * fast instead of queueing commands while Redis is unavailable: `disableOfflineQueue: true` (node-redis) or
 * `enableOfflineQueue: false` (ioredis). A `keyPrefix` of ioredis is added before the ledger's own prefix.
 *
 * @example
 * ledger: new RedisCallbackLedger(client, { prefix: 'my-app:video:' })
 */
export class RedisCallbackLedger extends CallbackLedger {
  readonly retention: number;
  readonly lease: number;
  readonly scope = 'in Redis, all processes that share it';

  private readonly run: RunScript;
  private readonly prefix: string;
  private readonly retentionMs: string;
  private readonly leaseMs: string;

  /**
   * @throws {RangeError} if `retention` or `lease` is out of its range
   * @throws {TypeError} if the client is missing or comes from `legacy()` of node-redis, or if another option is
   *   unknown or cannot be used
   */
  constructor(client: RedisClient, options: RedisCallbackLedgerOptions = {}) {
    super();
    checkOptionNames('RedisCallbackLedger', options, Object.keys(OPTIONS));
    const { prefix = 'video-callbacks:', retention = DEFAULT_RETENTION, lease = 30 } = options;
    if (typeof prefix !== 'string') throw new TypeError(`prefix is ${shownValue(prefix)}: it must be a string.`);
    checkNumbers('RedisCallbackLedger', { retention, lease });
    this.run = scriptRunner(client);
    this.prefix = prefix;
    this.retention = retention;
    this.lease = lease;
    this.retentionMs = milliseconds(retention);
    this.leaseMs = milliseconds(lease);
  }

  override async claim(id: string, holder: string): Promise<ClaimState> {
    const state = replyText(await this.run(CLAIM, this.key(id), holder, this.leaseMs));
    if (state === 'claimed' || state === 'completed' || state === 'in-progress') return state;
    throw new UnknownReplyError('Redis answered a claim with an unknown reply: is this a Redis or Valkey server?');
  }

  override async renew(id: string, holder: string): Promise<boolean> {
    const isHeld = replyText(await this.run(RENEW, this.key(id), holder, this.leaseMs));
    if (isHeld === '1' || isHeld === '0') return isHeld === '1';
    throw new UnknownReplyError('Redis answered a renewal with an unknown reply: is this a Redis or Valkey server?');
  }

  override async complete(id: string): Promise<void> {
    await this.run(COMPLETE, this.key(id), this.retentionMs);
  }

  override async release(id: string, holder: string): Promise<void> {
    await this.run(RELEASE, this.key(id), holder);
  }

  /** Warns if Redis may evict the ledger's keys. Some servers do not tell. */
  override async warnings(): Promise<readonly string[]> {
    const memory = replyText(await this.run(MEMORY, this.key('')).catch(() => undefined)) ?? '';
    const policy = evictionPolicy(memory);
    if (policy === undefined) return [];
    return [
      `The Redis of the ledger may forget handled callbacks when it is full (maxmemory-policy ${policy}), and a replay ` +
        'of one would be handled again: set maxmemory-policy to noeviction, or use another Redis.',
    ];
  }

  private key(id: string): string {
    return this.prefix + id;
  }
}

function milliseconds(seconds: number): string {
  return String(Math.ceil(seconds * 1000));
}
