import { afterAll, describe, expect, it } from '@jest/globals';
import { type HealthIndicatorService } from '@nestjs/terminus';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../lib/bullmq/index.js';
import { DeadCallbacks } from '../../lib/bullmq/dead-callbacks.js';
import { CallbackVerifier, MemoryCallbackLedger } from '../../lib/index.js';
import { isInRange } from '../../lib/options/option-checks.js';
import { NUMBER_OPTIONS, type NumberRange } from '../../lib/options/number-options.js';
import { PgBossCallbackInbox, type PgBossCallbackInboxOptions } from '../../lib/pg-boss/index.js';
import { PostgresCallbackLedger } from '../../lib/postgres/index.js';
import { RedisCallbackLedger } from '../../lib/redis/index.js';
import { checkOptions } from '../../lib/startup/options-check.js';
import { VideoCallbacksHealthIndicator } from '../../lib/terminus/index.js';
import {
  callbackFixture,
  CallbackSender,
  MemoryCallbackInbox,
  signCallback,
  VirtualClock,
} from '../../lib/testing/index.js';
import { PROJECTS } from '../support/application.js';
import { SECRET } from '../support/signer.js';

type Options = typeof NUMBER_OPTIONS;

/** Uses a value where the package takes the option; throws, or rejects, if the value is refused. */
type Use = (value: never) => unknown;

const client = { eval: () => Promise.resolve(null) };
const database = { query: () => Promise.resolve([]) };
const inboxes: BullCallbackInbox[] = [];
afterAll(() => Promise.all(inboxes.map((inbox) => inbox.close())));

function inbox(options: Omit<BullCallbackInboxOptions, 'connection'>): BullCallbackInbox {
  const made = new BullCallbackInbox({ connection: { port: 1, retryStrategy: () => null }, ...options });
  inboxes.push(made);
  return made;
}

const pgBossInbox = (options: Omit<PgBossCallbackInboxOptions, 'connection'>) =>
  new PgBossCallbackInbox({ connection: 'postgres://127.0.0.1:1/none', ...options });

function health(limits: { maxWaiting?: number; maxDead?: number }): Promise<unknown> {
  const indicator: Pick<HealthIndicatorService, 'check'> = {
    check: () => ({ up: (details: unknown) => details }) as never,
  };
  const check = () =>
    Promise.resolve({ storage: 'inbox', isAvailable: true, outcomes: {}, inbox: { waiting: 0, dead: 0 } });
  return new VideoCallbacksHealthIndicator(indicator as never, { check } as never).isHealthy('callbacks', limits);
}

const module = (options: object) => checkOptions({ projects: PROJECTS, ledger: false, ...options });
const ledger = (times: object) => {
  // As a ledger of the application's own may have them.
  const own = Object.assign(new RedisCallbackLedger(client), { retention: 200_000 }, times);
  return checkOptions({ projects: PROJECTS, ledger: own, maxAge: 1, clockTolerance: 0 });
};
const ownInbox = (times: object) =>
  checkOptions({ projects: PROJECTS, inbox: Object.assign(inbox({}), times), maxAge: 1, clockTolerance: 0 });
const verifier = (options: object) => new CallbackVerifier({ keys: { keysFor: () => undefined }, ...options });
const send = (options: object) => new CallbackSender().deliverAll([], options);

const USES: { readonly [Owner in keyof Options]: { readonly [Option in keyof Options[Owner]]: Use } } = {
  VideoCallbacksModule: {
    secretTtl: (secretTtl) => module({ secretTtl }),
    secretTimeout: (secretTimeout) => module({ secretTimeout }),
    secretCacheSize: (secretCacheSize) => module({ secretCacheSize }),
    staleIfError: (staleIfError) => module({ staleIfError }),
    maxAge: (maxAge) => module({ maxAge }),
    clockTolerance: (clockTolerance) => module({ clockTolerance }),
    bodyLimit: (bodyLimit) => module({ bodyLimit }),
    bodyTimeout: (bodyTimeout) => module({ bodyTimeout }),
    storageTimeout: (storageTimeout) => module({ storageTimeout }),
    duplicateTimeout: (duplicateTimeout) => module({ duplicateTimeout }),
  },
  CallbackLedger: {
    retention: (retention) => ledger({ retention }),
    lease: (lease) => ledger({ lease }),
  },
  CallbackInbox: {
    retention: (retention) => ownInbox({ retention }),
  },
  CallbackVerifier: {
    maxAge: (maxAge) => verifier({ maxAge }),
    clockTolerance: (clockTolerance) => verifier({ clockTolerance }),
  },
  MemoryCallbackLedger: {
    retention: (retention) => new MemoryCallbackLedger({ retention }),
    warnAbove: (warnAbove) => new MemoryCallbackLedger({ warnAbove }),
  },
  RedisCallbackLedger: {
    retention: (retention) => new RedisCallbackLedger(client, { retention }),
    lease: (lease) => new RedisCallbackLedger(client, { lease }),
  },
  PostgresCallbackLedger: {
    retention: (retention) => new PostgresCallbackLedger(database, { retention }),
    lease: (lease) => new PostgresCallbackLedger(database, { lease }),
  },
  BullCallbackInbox: {
    attempts: (attempts) => inbox({ attempts }),
    backoff: (backoff) => inbox({ backoff }),
    'backoff.delay': (delay) => inbox({ backoff: { type: 'fixed', delay } }),
    'backoff.jitter': (jitter) => inbox({ backoff: { type: 'fixed', delay: 1, jitter } }),
    concurrency: (concurrency) => inbox({ concurrency }),
    retention: (retention) => inbox({ retention }),
    failedRetention: (failedRetention) => inbox({ failedRetention }),
    stopTimeout: (stopTimeout) => inbox({ stopTimeout }),
  },
  PgBossCallbackInbox: {
    attempts: (attempts) => pgBossInbox({ attempts }),
    retryDelay: (retryDelay) => pgBossInbox({ retryDelay }),
    retryDelayMax: (retryDelayMax) => pgBossInbox({ retryDelayMax }),
    concurrency: (concurrency) => pgBossInbox({ concurrency }),
    pollingInterval: (pollingInterval) => pgBossInbox({ pollingInterval }),
    retention: (retention) => pgBossInbox({ retention }),
    failedRetention: (failedRetention) => pgBossInbox({ failedRetention }),
    stopTimeout: (stopTimeout) => pgBossInbox({ stopTimeout }),
  },
  DeadCallbackFilter: {
    limit: (limit) => new DeadCallbacks({ getJobs: () => [] } as never, '').list({ limit }),
  },
  MemoryCallbackInbox: {
    attempts: (attempts) => new MemoryCallbackInbox({ attempts }),
    backoff: (backoff) => new MemoryCallbackInbox({ backoff }),
    timeout: (timeout) => new MemoryCallbackInbox({ timeout }),
  },
  VideoCallbacksHealthIndicator: {
    maxWaiting: (maxWaiting) => health({ maxWaiting }),
    maxDead: (maxDead) => health({ maxDead }),
  },
  CallbackSender: {
    attemptTimeout: (attemptTimeout) => new CallbackSender({ attemptTimeout }),
    copies: (copies) => send({ copies }),
    concurrency: (concurrency) => send({ concurrency }),
  },
  VirtualClock: {
    time: (time) => new VirtualClock(time),
  },
  callbackFixture: {
    now: (now) => callbackFixture('archive', 'available', {}, { now }),
  },
  signCallback: {
    issuedAt: (issuedAt) => signCallback({ body: '{}', secret: SECRET, apiKey: '1', issuedAt }),
  },
};

interface Row {
  readonly name: string;
  readonly option: string;
  readonly range: NumberRange;
  readonly use: (value: unknown) => Promise<unknown>;
}

const ROWS = Object.entries(NUMBER_OPTIONS).flatMap(([owner, ranges]) =>
  Object.entries<NumberRange>(ranges).map(([option, range]): Row => {
    const use: unknown = Reflect.get(Reflect.get(USES, owner), option);
    if (typeof use !== 'function') throw new TypeError(`${owner}.${option} is not used`);
    return {
      name: `${owner}: ${option}`,
      option,
      range,
      use: async (value) => (await Reflect.apply(use, undefined, [value])) as unknown,
    };
  }),
);

/** The next number that a range could hold, upwards or downwards. */
function beside(value: number, { whole = false }: NumberRange, direction: 1 | -1): number {
  if (whole) return value + direction;
  return value === 0 ? direction * Number.MIN_VALUE : value + direction * Math.abs(value) * Number.EPSILON;
}

describe.each(ROWS)('$name', ({ option, range, use }) => {
  const { least, most, whole = false } = range;
  const inside = [least, beside(least, range, 1), beside(most, range, -1), most].filter(Number.isFinite);
  const outside = [beside(least, range, -1), NaN, -Infinity, String(least), null, BigInt(Math.ceil(least))];
  const above = most === Infinity ? [] : [beside(most, range, 1), 1e300, Infinity];

  it('accepts its smallest and largest value, and what is beside them within the range', async () => {
    expect(least).toBeLessThan(most);
    for (const value of inside) await expect(use(value)).resolves.toBeDefined();
    if (most === Infinity) await expect(use(Infinity)).resolves.toBeDefined();
  });

  it('refuses every other value, with its name, the value and the range', async () => {
    for (const value of [...outside, ...above, ...(whole ? [least + 0.5] : [])]) {
      const refusal: unknown = await use(value).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Error);
      const { message } = refusal as Error;
      expect(message).toContain(option);
      expect(message).toContain(typeof value === 'string' ? JSON.stringify(value) : String(value));
      expect(message).toContain(`at least ${least}`);
      if (most !== Infinity) expect(message).toContain(`at most ${most}`);
      expect(isInRange(value, range)).toBe(false);
    }
  });
});
