import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox } from '../../../lib/bullmq/index.js';
import { type DeadCallbackFilter } from '../../../lib/delivery/inbox/dead-callback.js';
import { DeliveryFailedError, type VideoCallbackKind } from '../../../lib/index.js';
import { PgBossCallbackInbox } from '../../../lib/pg-boss/index.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres-server.js';
import { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { storedCallback, verifiedToken } from '../arrivals.js';

type Inbox = BullCallbackInbox | PgBossCallbackInbox;

/** Options of both kinds. */
interface Options {
  readonly worker?: boolean;
  readonly attempts?: number;
}

let server: RedisServer;
let database: TestDatabase;
let queueName: string;
let inboxes: Inbox[];
/** Every delivery, as `archive-1: 1 of 2`. */
let attempts: string[];
let make: (options?: Options) => Inbox;

beforeAll(async () => {
  server = await RedisServer.start();
  database = await createTestDatabase();
}, 30_000);
afterAll(() => Promise.all([server.remove(), database.remove()]));
beforeEach(() => {
  queueName = randomUUID();
  [inboxes, attempts] = [[], []];
});
afterEach(async () => {
  for (const inbox of inboxes) {
    await inbox.stop();
    await inbox.close();
  }
});

function bullmq(options: Options & { readonly application?: string } = {}): BullCallbackInbox {
  const connection = { port: server.port };
  return new BullCallbackInbox({ connection, queueName, attempts: 2, backoff: 1, worker: false, ...options });
}

function pgBoss(options: Options = {}): PgBossCallbackInbox {
  const times = { retryDelayMax: 1, pollingInterval: 0.5 };
  return new PgBossCallbackInbox({
    connection: database.url,
    queueName,
    attempts: 2,
    ...times,
    worker: false,
    ...options,
  });
}

function newInbox(options?: Options): Inbox {
  const inbox = make(options);
  inboxes.push(inbox);
  return inbox;
}

const failing = (): Promise<void> => Promise.reject(new DeliveryFailedError('answered 500', 'retry'));

/** A process that handles callbacks. */
async function startWorker(handle: () => Promise<void> = failing, options: Options = {}): Promise<Inbox> {
  const inbox = newInbox({ worker: true, ...options });
  await inbox.start(
    ({ id }, { attempt, of }) => {
      attempts.push(`${id}: ${attempt} of ${of}`);
      return handle();
    },
    () => undefined,
  );
  return inbox;
}

/** Callbacks that failed for good, in this order. */
async function makeDead(ids: readonly string[], options: Options = { attempts: 1 }): Promise<void> {
  const inbox = await startWorker(failing, options);
  const { dead: before } = await inbox.counts();
  for (const [index, id] of ids.entries()) {
    const kind = id.slice(0, id.indexOf('-')) as VideoCallbackKind;
    await inbox.put(storedCallback({ id, token: verifiedToken({ kind }) }));
    await until(async () => (await inbox.counts()).dead > before + index);
  }
  await inbox.stop();
  attempts = [];
}

const idsOf = (callbacks: readonly { readonly id: string }[]): string[] => callbacks.map(({ id }) => id);

describe.each<[string, typeof make]>([
  ['BullMQ', bullmq],
  ['pg-boss', pgBoss],
])('the dead callbacks of an inbox in %s', (_, makeOne) => {
  beforeEach(() => {
    make = makeOne;
  });

  it('are listed with the reason, without their payload', async () => {
    await makeDead(['archive-1'], { attempts: 2 });
    const [dead, ...others] = await newInbox().deadCallbacks();

    expect(dead).toEqual({
      id: 'archive-1',
      kind: 'archive',
      route: 'VideoController.onArchive',
      attempts: 2,
      failedAt: expect.any(Date),
      reason: 'answered 500',
    });
    expect(Math.abs(Date.now() - Number(dead?.failedAt))).toBeLessThan(10_000);
    expect(others).toEqual([]);
  });

  it('are listed by id and by kind, those that failed first before others, and no more than are asked for', async () => {
    const ids = ['archive-1', 'sip-1', 'archive-2', 'session-1'];
    await makeDead(ids);
    const inbox = newInbox();
    const list = async (filter?: DeadCallbackFilter) => idsOf(await inbox.deadCallbacks(filter));

    expect(await list()).toEqual(ids);
    expect(await list({ limit: 2 })).toEqual(['archive-1', 'sip-1']);
    expect(await list({ limit: 2 ** 31 - 1 })).toEqual(ids);
    expect(await list({ kinds: ['archive', 'sip'], limit: 2 })).toEqual(['archive-1', 'sip-1']);
    expect(await list({ kinds: ['archive', 'archive'] })).toEqual(['archive-1', 'archive-2']);
    expect(await list({ ids: ['session-1', 'sip-1', 'sip-1', 'sip-9'] })).toEqual(['session-1', 'sip-1']);
    expect(await list({ ids: ['session-1', 'sip-1'], kinds: ['sip'] })).toEqual(['sip-1']);
    expect(await list({ kinds: [] })).toEqual([]);
    await expect(inbox.deadCallbacks({ limit: 0 })).rejects.toThrow(RangeError);
  });

  it('are retried as far as the filter says', async () => {
    await makeDead(['archive-1', 'sip-1', 'archive-2']);
    const inbox = newInbox();

    await expect(inbox.redrive({ ...{ kind: 'archive' }, limit: 5 })).rejects.toThrow(TypeError);
    expect(idsOf(await inbox.redrive({ kinds: ['archive'], limit: 1 }))).toEqual(['archive-1']);
    expect(idsOf(await inbox.deadCallbacks())).toEqual(['sip-1', 'archive-2']);
  });

  it('are handled again with all attempts anew, whatever options the retry was asked for with', async () => {
    await makeDead(['archive-1'], { attempts: 2 });
    const inbox = newInbox({ attempts: 9 });
    expect(idsOf(await inbox.redrive())).toEqual(['archive-1']);
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
    await startWorker(async () => {
      if (attempts.length < 2) await failing();
    });

    await until(async () => (await inbox.counts()).waiting === 0);
    expect(attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('may fail again at once when they are retried, and can be retried once more', async () => {
    await makeDead(['archive-1', 'archive-2']);
    const giveUp = () => Promise.reject(new DeliveryFailedError('answered 400', 'give-up'));
    const inbox = await startWorker(giveUp, { attempts: 1 });

    for (const deliveries of [2, 4]) {
      expect(await inbox.redrive()).toHaveLength(2);
      await until(async () => attempts.length === deliveries && (await inbox.counts()).dead === 2);
    }
    expect(attempts.sort()).toEqual([1, 1, 2, 2].map((id) => `archive-${id}: 1 of 1`));
  });

  it('are retried once if two people ask for it at the same time, and a copy that comes later is known', async () => {
    await makeDead(['archive-1']);
    const [one, other] = [newInbox(), newInbox()];
    await Promise.all([one.deadCallbacks(), other.deadCallbacks()]);
    const redriven = await Promise.all([one.redrive(), other.redrive()]);

    expect(idsOf(redriven.flat())).toEqual(['archive-1']);
    expect(await one.put(storedCallback())).toBe('known');
    expect(await one.counts()).toEqual({ waiting: 1, dead: 0 });
  });
});

describe('the dead callbacks of an inbox in BullMQ', () => {
  beforeEach(() => {
    make = bullmq;
  });

  it('are listed completely where there are many', async () => {
    const inbox = newInbox();
    const ids = Array.from({ length: 45 }, (_, index) => `archive-${index}`);
    for (const id of ids) await inbox.put(storedCallback({ id }));
    await startWorker();
    await until(async () => (await inbox.counts()).dead === 45);

    expect(new Set(idsOf(await inbox.deadCallbacks()))).toEqual(new Set(ids));
  });

  it('are those of its application', async () => {
    for (const application of ['staging', 'production']) {
      make = (options) => bullmq({ ...options, application });
      await makeDead(['archive-1']);
    }
    make = (options) => bullmq({ ...options, application: 'staging' });
    const staging = newInbox();

    expect(idsOf(await staging.deadCallbacks())).toEqual(['archive-1@staging']);
    expect(idsOf(await staging.deadCallbacks({ ids: ['archive-1'] }))).toEqual(['archive-1@staging']);
    expect(idsOf(await staging.redrive({ ids: ['archive-1@production'] }))).toEqual([]);
    make = bullmq;
    expect(idsOf(await newInbox().deadCallbacks())).toEqual([]);
  });

  it('include jobs that are no callbacks', async () => {
    await startWorker();
    const queue = new Queue(queueName, { connection: { port: server.port } });
    await queue.add('callback', 'anything', { jobId: 'some-job' });
    const inbox = newInbox();
    await until(async () => (await inbox.counts()).dead === 1);
    await queue.close();

    expect(await inbox.deadCallbacks()).toMatchObject([{ id: 'some-job', kind: 'unknown', route: 'unknown' }]);
  });
});
