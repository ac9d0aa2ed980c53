/** The range of a numeric option. */
export interface NumberRange {
  readonly least: number;
  /** `Infinity` if the number is only compared with others. */
  readonly most: number;
  /** The unit, in the plural; absent for a fraction. */
  readonly unit?: string;
  /** Whether fractions are refused. Default `false`. */
  readonly whole?: boolean;
}

/** Longest time that a timer of Node can wait, in ms. A longer timer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The same in seconds, rounded down. */
const LONGEST_TIMER = Math.floor(LONGEST_TIMER_MS / 1000);

/**
 * Longest time for which a callback can be remembered, in seconds: 100 years. In ms it is still an exact integer for
 * Redis, for Lua (which prints 14 digits) and for dates.
 */
export const LONGEST_RETENTION = 100 * 365 * 86_400;

/** A lease is renewed after a third of it. */
const LONGEST_LEASE = 3 * LONGEST_TIMER;

/** With a shorter lease, a claim could end before its first renewal reaches the store. */
const SHORTEST_LEASE = 0.1;

/** Largest count that fits every store: 32 bits. */
const LARGEST_COUNT = 2 ** 31 - 1;

/** The longest text of V8, in characters: a larger body could not be parsed. */
const LARGEST_BODY = 2 ** 29 - 24;

/** The last moment of a Date, in ms since the epoch. */
const LAST_MOMENT_MS = 8.64e15;

const timer = (least: number): NumberRange => ({ least, most: LONGEST_TIMER, unit: 'seconds' });
const retention: NumberRange = { least: 0.001, most: LONGEST_RETENTION, unit: 'seconds' };
const clockTolerance: NumberRange = { least: 0, most: LONGEST_RETENTION, unit: 'seconds' };
const lease: NumberRange = { least: SHORTEST_LEASE, most: LONGEST_LEASE, unit: 'seconds' };
const count = (unit: string): NumberRange => ({ least: 1, most: LARGEST_COUNT, unit, whole: true });

/** The range of every numeric option of this package, by the class or function that takes the option and checks it. */
export const NUMBER_OPTIONS = {
  VideoCallbacksModule: {
    // Only compared with. Infinity: an answer is valid until the process ends.
    secretTtl: { least: 0, most: Infinity, unit: 'seconds' },
    secretTimeout: timer(0.001),
    // Memory for all entries is allocated at once.
    secretCacheSize: { least: 1, most: 1_000_000, unit: 'entries', whole: true },
    staleIfError: { least: 0, most: Infinity, unit: 'seconds' },
    // Only compared with. Infinity: only the ledger stops the replay of a captured request.
    maxAge: { least: 1, most: Infinity, unit: 'seconds' },
    clockTolerance,
    bodyLimit: { least: 1, most: LARGEST_BODY, unit: 'bytes', whole: true },
    bodyTimeout: timer(0.001),
    storageTimeout: timer(0.001),
    duplicateTimeout: timer(0),
  },
  /** Any ledger, also a user's own. */
  CallbackLedger: {
    // At least the shortest maxAge.
    retention: { least: 1, most: Infinity, unit: 'seconds' },
    // Infinity: claims die with the process.
    lease: { least: SHORTEST_LEASE, most: Infinity, unit: 'seconds' },
  },
  /** Any inbox, also a user's own. */
  CallbackInbox: {
    retention: { least: 1, most: Infinity, unit: 'seconds' },
  },
  CallbackVerifier: {
    maxAge: { least: 0, most: Infinity, unit: 'seconds' },
    clockTolerance,
  },
  MemoryCallbackLedger: {
    retention,
    // Infinity: never.
    warnAbove: { least: 1, most: Infinity, unit: 'callbacks' },
  },
  RedisCallbackLedger: {
    retention,
    lease,
  },
  PostgresCallbackLedger: {
    retention,
    lease,
  },
  BullCallbackInbox: {
    attempts: count('attempts'),
    backoff: { least: 0, most: LONGEST_TIMER_MS, unit: 'ms' },
    'backoff.delay': { least: 0, most: LONGEST_TIMER_MS, unit: 'ms' },
    // The random fraction of a pause.
    'backoff.jitter': { least: 0, most: 1 },
    concurrency: count('callbacks'),
    retention,
    failedRetention: retention,
    stopTimeout: timer(0.001),
  },
  PgBossCallbackInbox: {
    // The callbacks left for other processes are added, and the sum must fit 32 bits.
    attempts: { least: 1, most: 1_000_000, unit: 'attempts', whole: true },
    retryDelay: { least: 1, most: LARGEST_COUNT, unit: 'seconds', whole: true },
    retryDelayMax: { least: 1, most: LARGEST_COUNT, unit: 'seconds', whole: true },
    // Each is a worker of pg-boss, which polls Postgres for jobs.
    concurrency: { least: 1, most: 10_000, unit: 'callbacks', whole: true },
    pollingInterval: timer(0.5),
    retention: { least: 1, most: LARGEST_COUNT, unit: 'seconds' },
    failedRetention: { least: 1, most: LARGEST_COUNT, unit: 'seconds' },
    stopTimeout: timer(0.001),
  },
  DeadCallbackFilter: {
    limit: count('callbacks'),
  },
  MemoryCallbackInbox: {
    attempts: count('attempts'),
    backoff: { least: 0, most: LONGEST_TIMER_MS, unit: 'ms' },
    timeout: { least: 1, most: LONGEST_TIMER_MS, unit: 'ms' },
  },
  VideoCallbacksHealthIndicator: {
    maxWaiting: { least: 0, most: Infinity, unit: 'callbacks' },
    maxDead: { least: 0, most: Infinity, unit: 'callbacks' },
  },
  CallbackSender: {
    attemptTimeout: { least: 1, most: LONGEST_TIMER_MS, unit: 'ms', whole: true },
    copies: count('copies'),
    // Infinity: all at once.
    concurrency: { least: 1, most: Infinity, unit: 'deliveries' },
  },
  VirtualClock: {
    time: { least: 0, most: LAST_MOMENT_MS, unit: 'ms' },
  },
  callbackFixture: {
    now: { least: 0, most: LAST_MOMENT_MS, unit: 'ms' },
  },
  signCallback: {
    issuedAt: { least: -LAST_MOMENT_MS / 1000, most: LAST_MOMENT_MS / 1000, unit: 'seconds' },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, NumberRange>>>>;
