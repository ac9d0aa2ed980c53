import { CallbackLedger, type ClaimState, DEFAULT_RETENTION } from '../delivery/ledger/callback-ledger.js';
import { checkNumbers, checkOptionNames, shownValue } from '../options/option-checks.js';
import { evictionPolicy, type RedisClient, replyText, type RunScript, scriptRunner } from './redis-client.js';

/** Options of {@link RedisCallbackLedger}. */
export interface RedisCallbackLedgerOptions {
  /** What the ledger's keys begin with. Default `video-callbacks:`. */
  readonly prefix?: string | undefined;
  /** How long a handled callback is remembered, in seconds, at most 3 153 600 000 (100 years). Default 93 600 (26 h). */
  readonly retention?: number | undefined;
  /**
   * How long the claim of a process that died holds, in seconds, from 0.1 to 6 442 449 (74 days); renewed while the handler
   * runs. Default 30.
   */
  readonly lease?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof RedisCallbackLedgerOptions, true>> = {
  prefix: true,
  retention: true,
  lease: true,
};

// A key holds the holder of the claim, or this once the callback was handled. No holder is called so.
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

/** Redis, or what the client makes of its replies, is none that this ledger understands. */
class UnknownReplyError extends TypeError {
  override readonly name = 'UnknownReplyError';
}

/**
 * Remembers handled callbacks in Redis or Valkey, for all instances of the application. Each operation is one atomic
 * script on one key, so that a cluster serves as well.
 *
 * The client is the one that the application has, of `redis` or `ioredis`; the ledger neither connects nor closes it.
 * Let it fail fast rather than queue while Redis is unavailable: `disableOfflineQueue: true` (node-redis) or
 * `enableOfflineQueue: false` (ioredis). A `keyPrefix` of ioredis goes in front of the ledger's own prefix.
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
   * @throws {TypeError} if there is no client or one of node-redis' `legacy()`, and if another option is unknown or cannot
   * be used
   */
  constructor(client: RedisClient, options: RedisCallbackLedgerOptions = {}) {
    super();
    checkOptionNames('RedisCallbackLedger', options, Object.keys(OPTIONS));
    const { prefix = 'video-callbacks:', retention = DEFAULT_RETENTION, lease = 30 } = options;
    if (typeof prefix !== 'string') throw new TypeError(`prefix is ${shownValue(prefix)}: it must be a text.`);
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
    throw new UnknownReplyError('Redis answered a claim with something else than its state.');
  }

  override async renew(id: string, holder: string): Promise<boolean> {
    const isHeld = replyText(await this.run(RENEW, this.key(id), holder, this.leaseMs));
    if (isHeld === '1' || isHeld === '0') return isHeld === '1';
    throw new UnknownReplyError('Redis answered a renewal with something else than 0 or 1.');
  }

  override async complete(id: string): Promise<void> {
    await this.run(COMPLETE, this.key(id), this.retentionMs);
  }

  override async release(id: string, holder: string): Promise<void> {
    await this.run(RELEASE, this.key(id), holder);
  }

  /** Warns if Redis may evict what it remembers. Some servers do not say. */
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
