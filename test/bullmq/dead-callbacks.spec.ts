import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import {
  DeliveryFailedError,
  type InboxAttempt,
  type StoredCallback,
  type VideoCallbackKind,
} from '../../lib/index.js';
import { storedCallback, verifiedToken } from '../delivery/arrivals.js';
import { expectListedByFilter, expectListedWithReason, idsOf, OF_SEVERAL_KINDS } from '../support/listed-callbacks.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

let server: RedisServer;
let queueName: string;
let inboxes: BullCallbackInbox[];
let attempts: string[];

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
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

function newInbox({ worker = false, application = '' } = {}): BullCallbackInbox {
  const inbox = new BullCallbackInbox({
    connection: { port: server.port },
    queueName,
    attempts: 2,
    backoff: 1,
    worker,
    application,
  });
  inboxes.push(inbox);
  return inbox;
}

const failing = (): Promise<void> => Promise.reject(new DeliveryFailedError('answered 500', 'retry'));

/** A process that handles callbacks, one after another. */
async function startWorker(handle = failing, application = ''): Promise<BullCallbackInbox> {
  const inbox = newInbox({ worker: true, application });
  const deliver = ({ id }: StoredCallback, { attempt, of }: InboxAttempt): Promise<void> => {
    attempts.push(`${id}: ${attempt} of ${of}`);
    return handle();
  };
  await inbox.start(deliver, () => undefined);
  return inbox;
}

/** Callbacks that failed for good, in this order. */
async function makeDead(ids: readonly string[], application = ''): Promise<void> {
  const inbox = await startWorker(failing, application);
  const { dead: before } = await inbox.counts();
  for (const [index, id] of ids.entries()) {
    const kind = id.slice(0, id.indexOf('-')) as VideoCallbackKind;
    await inbox.put(storedCallback({ id, token: verifiedToken({ kind }) }));
    await until(async () => (await inbox.counts()).dead > before + index);
  }
  await inbox.stop();
  attempts = [];
}

describe('The dead callbacks of an inbox', () => {
  it('are listed with the reason, without their payload', async () => {
    await makeDead(['archive-1']);

    await expectListedWithReason(newInbox());
  });

  it('are listed by id and by kind, those that failed first before others, and no more than are asked for', async () => {
    await makeDead(OF_SEVERAL_KINDS);

    await expectListedByFilter(newInbox());
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
    await makeDead(['archive-1'], 'staging');
    await makeDead(['archive-1'], 'production');
    const staging = newInbox({ application: 'staging' });

    expect(idsOf(await staging.deadCallbacks())).toEqual(['archive-1@staging']);
    expect(idsOf(await staging.deadCallbacks({ ids: ['archive-1'] }))).toEqual(['archive-1@staging']);
    expect(idsOf(await staging.redrive({ ids: ['archive-1@production'] }))).toEqual([]);
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

describe('The redrive of an inbox', () => {
  it('has a callback handled by a worker, with all attempts anew', async () => {
    await makeDead(['archive-1']);
    const inbox = newInbox();
    expect(idsOf(await inbox.redrive())).toEqual(['archive-1']);
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
    await startWorker(async () => {
      if (attempts.length < 2) await failing();
    });

    await until(async () => (await inbox.counts()).waiting === 0);
    expect(attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('retries no other callbacks than those that are meant', async () => {
    await makeDead(['archive-1', 'sip-1', 'archive-2']);
    const inbox = newInbox();

    await expect(inbox.redrive({ ...{ kind: 'archive' }, limit: 5 })).rejects.toThrow(TypeError);
    expect(idsOf(await inbox.redrive({ kinds: ['archive'], limit: 1 }))).toEqual(['archive-1']);
    expect(idsOf(await inbox.deadCallbacks())).toEqual(['sip-1', 'archive-2']);
  });

  it('ends though what it retries fails again at once', async () => {
    await makeDead(['archive-1', 'archive-2']);
    const inbox = await startWorker(() => Promise.reject(new DeliveryFailedError('answered 400', 'give-up')));

    expect(await inbox.redrive()).toHaveLength(2);
    await until(async () => attempts.length >= 2 && (await inbox.counts()).dead === 2);
    expect(attempts).toEqual(['archive-1: 1 of 2', 'archive-2: 1 of 2']);
  });

  it('retries a callback once if two people ask for it at the same time', async () => {
    await makeDead(['archive-1']);
    const [one, other] = [newInbox(), newInbox()];
    await Promise.all([one.deadCallbacks(), other.deadCallbacks()]);
    const redriven = await Promise.all([one.redrive(), other.redrive()]);

    expect(idsOf(redriven.flat())).toEqual(['archive-1']);
    expect(await one.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('leaves a copy that comes later known', async () => {
    await makeDead(['archive-1']);
    const inbox = newInbox();
    await inbox.redrive();

    expect(await inbox.put(storedCallback())).toBe('known');
  });
});
