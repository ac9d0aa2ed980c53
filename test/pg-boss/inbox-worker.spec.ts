import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type PgBoss } from 'pg-boss';
import { DeliveryFailedError, type StoredCallback } from '../../lib/index.js';
import { InboxWorker } from '../../lib/pg-boss/inbox-worker.js';
import { WorkerLog } from '../../lib/pg-boss/worker-log.js';
import { storedCallback } from '../delivery/arrivals.js';
import { KeptLogs } from '../support/logs.js';
import { until } from '../support/until.js';
import { failing, succeeding, useInboxes } from './use-inboxes.js';

// pg-boss needs 10 s at least until it takes a job from a worker.
jest.setTimeout(60_000);

const KILLED_PROCESS = fileURLToPath(new URL('killed-process.js', import.meta.url));

type WorkHandler = (jobs: readonly object[]) => Promise<unknown>;

const inboxes = useInboxes();

describe('a callback whose method fails', () => {
  it('is tried again after pauses, and then given up, which is reported once', async () => {
    const inbox = inboxes.start(failing, { attempts: 3 });
    await inbox.put(storedCallback());
    await until(() => inboxes.dead.length > 0, 15);

    expect(inboxes.attempts).toEqual(['archive-1: 1 of 3', 'archive-1: 2 of 3', 'archive-1: 3 of 3']);
    expect(inboxes.dead).toEqual([{ id: 'archive-1', attempt: { attempt: 3, of: 3 }, message: 'answered 500' }]);
  });

  it('keeps the message of the error that it threw, cut', async () => {
    const cause = new TypeError(`no account\u0000\n${'x'.repeat(1000)}`);
    const inbox = inboxes.start(() => Promise.reject(new DeliveryFailedError('answered 500', 'give-up', { cause })));
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);

    const [dead] = await inbox.deadCallbacks();
    expect(dead?.reason).toMatch(/^answered 500: TypeError: no account\?\?x+/);
    expect(dead?.reason.length).toBeLessThan(600);
  });

  it('is not retried if no retry can succeed', async () => {
    const inbox = inboxes.start(() => Promise.reject(new DeliveryFailedError('answered 400', 'give-up')));
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);

    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2']);
    expect(inboxes.dead).toMatchObject([{ attempt: { attempt: 1, of: 2 } }]);
  });
});

describe('a callback that a process leaves', () => {
  it('is handled by another, and no attempt is counted', async () => {
    const leaving = inboxes.start(() => Promise.reject(new DeliveryFailedError('unknown kind', 'leave')));
    await leaving.put(storedCallback());
    await until(() => inboxes.attempts.length >= 2);
    await leaving.stop();
    const { length } = inboxes.attempts;
    inboxes.start(failing);

    await until(async () => (await leaving.counts()).dead === 1);
    expect(inboxes.attempts.slice(0, length)).toEqual(inboxes.attempts.slice(0, length).map(() => 'archive-1: 1 of 2'));
    expect(inboxes.attempts.slice(length)).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect((await leaving.deadCallbacks())[0]).toMatchObject({ attempts: 2 });
  });
});

describe('a job that is no callback', () => {
  it('is handed over to be refused', async () => {
    const shapes = ['"x"', '{"callback":"{"}', '{"callback":"[]"}', '{"timesLeft":"1"}'];
    const seen: unknown[] = [];
    const accepting = inboxes.make();
    for (const [index, data] of shapes.entries()) {
      await accepting.put(storedCallback({ id: `archive-${index}` }));
      await inboxes.jobs(`UPDATE video_callbacks.job SET data = $2 WHERE data->>'callback' LIKE '{"%'`, data);
    }
    const inbox = inboxes.start((callback) => {
      seen.push(callback);
      return Promise.reject(new DeliveryFailedError('unknown shape', 'give-up'));
    });

    await until(async () => (await inbox.counts()).dead === shapes.length);
    expect(seen).toEqual(shapes.map(() => ({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) })));
    for (const { attempt } of inboxes.dead) expect(attempt).toEqual({ attempt: 1, of: 2 });
  });

  it('has one attempt where whoever made it gave it none', async () => {
    await inboxes.make().put(storedCallback());
    await inboxes.jobs('UPDATE video_callbacks.job SET retry_limit = 0 WHERE true');
    const inbox = inboxes.start(failing);

    await until(async () => (await inbox.counts()).dead === 1);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 1']);
  });
});

describe('a worker', () => {
  it('handles no more callbacks at once than its concurrency, also if it is started twice', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const inbox = inboxes.start(() => ended, { concurrency: 2 });
    inboxes.deliverTo(inbox, () => ended);
    for (let id = 1; id <= 4; id += 1) await inbox.put(storedCallback({ id: `archive-${id}` }));
    await until(() => inboxes.attempts.length === 2);
    await wait(1200);
    expect(inboxes.attempts).toHaveLength(2);
    expect(await inbox.counts()).toEqual({ waiting: 4, dead: 0 });
    end();

    await until(async () => (await inbox.counts()).waiting === 0);
  });
});

describe('a worker that is stopped', () => {
  const work = jest.fn<(queue: string, options: object, handle: WorkHandler) => Promise<string>>();
  const fail = jest.fn();
  const update = jest.fn();
  const deliver = jest.fn(() => Promise.resolve());
  const boss = { work, fail, update, notifyWorker: () => undefined, offWork: () => Promise.resolve() };
  const workerOpening = (open: () => Promise<void>): InboxWorker => {
    const log = new WorkerLog(new KeptLogs(), 'Postgres');
    const setup = { boss: boss as unknown as PgBoss, queue: 'q', concurrency: 1, pollingInterval: 2, open, log };
    return new InboxWorker(setup, deliver, () => undefined);
  };
  beforeEach(() => {
    work.mockReset().mockResolvedValue('id');
  });

  it('leaves what it gets all the same to others, at once', async () => {
    const worker = workerOpening(() => Promise.resolve());
    await until(() => work.mock.calls.length > 0);
    await worker.stop(100);
    const job = { id: 'a', data: { callback: '{}' }, retryLimit: 2, retryCount: 0, createdOn: new Date() };

    expect(await work.mock.calls[0]?.[2]([job])).toEqual([{ id: 'a', status: 'completed' }]);
    expect(deliver).not.toHaveBeenCalled();
    expect(fail).toHaveBeenCalledWith('q', job, { message: 'its worker stopped' });
    const later = { id: 'a', retryLimit: 3, startAfter: 0 };
    expect(update).toHaveBeenCalledWith('q', { callback: '{}', timesLeft: 1, leftAs: 'a' }, later);
  });

  it('takes no jobs if Postgres was not reached before', async () => {
    let reach: () => void = () => undefined;
    const open = jest.fn(() => new Promise<void>((resolve) => (reach = resolve)));
    const worker = workerOpening(open);
    await until(() => open.mock.calls.length > 0);
    await worker.stop(100);
    reach();
    await wait(50);

    expect(work).not.toHaveBeenCalled();
  });

  it('waits for what it handles, begins nothing more, and can start again', async () => {
    let end: () => void = () => undefined;
    const inbox = inboxes.start(() => new Promise((resolve) => (end = resolve)), { concurrency: 1 });
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 1);
    await inbox.put(storedCallback({ id: 'archive-2' }));
    let isStopped = false;
    const stopped = inbox.stop().then(() => (isStopped = true));
    // Longer than pg-boss may take to stop.
    await wait(2500);
    expect(isStopped).toBe(false);
    end();
    await stopped;
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });

    inboxes.deliverTo(inbox, succeeding);
    await until(async () => (await inbox.counts()).waiting === 0);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2', 'archive-2: 1 of 2']);
  });

  it('waits no longer than stopTimeout, and when it is closed another one takes over', async () => {
    const inbox = inboxes.start(() => new Promise(() => undefined), { stopTimeout: 0.2 });
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 1);
    const started = performance.now();
    await inbox.stop();
    await inbox.close();
    expect(performance.now() - started).toBeLessThan(5000);
    const other = inboxes.start(succeeding);

    await until(async () => (await other.counts()).waiting === 0);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
  });

  it('does nothing if it was stopped before it began', async () => {
    const inbox = inboxes.start(succeeding);
    await inbox.stop();
    await inbox.put(storedCallback());
    await wait(1200);

    expect(inboxes.attempts).toEqual([]);
    const untouched = { state: 'created', retry_limit: 2 };
    expect(await inboxes.jobs('SELECT state, retry_limit FROM video_callbacks.job WHERE true')).toEqual([untouched]);
  });
});

describe('a callback whose process does not end it within a heartbeat', () => {
  it('is taken over as one more attempt if the process was killed, and stays with a process that lives', async () => {
    const accepting = inboxes.make();
    await accepting.put(storedCallback({ id: 'archive-killed' }));
    const setup = { connection: inboxes.url(), queueName: inboxes.queueName, attempts: 2, pollingInterval: 0.5 };
    const child = fork(KILLED_PROCESS, [JSON.stringify(setup)], { silent: true });
    await once(child, 'message');
    child.kill('SIGKILL');
    const connection = { connectionString: inboxes.url(), superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 };
    let hasEnded = false;
    const handle = async ({ id }: StoredCallback): Promise<void> => {
      if (id !== 'archive-slow') return;
      await wait(14_000);
      hasEnded = true;
    };
    for (let processes = 0; processes < 2; processes += 1) inboxes.start(handle, { connection });
    await accepting.put(storedCallback({ id: 'archive-slow' }));
    await until(() => hasEnded, 30);
    await until(async () => (await accepting.counts()).waiting === 0);

    expect([...inboxes.attempts].sort()).toEqual(['archive-killed: 2 of 2', 'archive-slow: 1 of 2']);
    // A process that gets its own callback again does not handle it twice, so the attempts alone do not show it.
    const retries = await inboxes.jobs<{ readonly retry_count: number }>(
      'SELECT retry_count FROM video_callbacks.job WHERE true',
    );
    expect(retries.map((job) => job.retry_count).sort()).toEqual([0, 1]);
  });

  it('is not handled twice at once by a process that lost it, nor again when it has completed', async () => {
    let end: () => void = () => undefined;
    const inbox = inboxes.start(() => new Promise((resolve) => (end = resolve)));
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 1);
    const giveBack = `UPDATE video_callbacks.job SET state = 'retry', start_after = now() WHERE state = 'active'`;
    await inboxes.jobs(giveBack);
    await wait(1500);
    expect(inboxes.attempts).toHaveLength(1);
    end();

    await until(async () => (await inbox.counts()).waiting === 0);
    expect(inboxes.attempts).toHaveLength(1);
    expect(inboxes.dead).toEqual([]);
  });
});

describe('a callback whose process ended during the last attempt', () => {
  it('is given up by the next process, and not handled', async () => {
    const accepting = inboxes.make({ attempts: 1 });
    await accepting.put(storedCallback());
    await inboxes.jobs('UPDATE video_callbacks.job SET retry_count = 0, started_on = now() WHERE true');
    const inbox = inboxes.start(succeeding, { attempts: 1 });

    await until(async () => (await inbox.counts()).dead === 1);
    expect(inboxes.attempts).toEqual([]);
    expect(inboxes.dead).toEqual([
      { id: 'archive-1', attempt: { attempt: 1, of: 1 }, message: 'the process ended during the last attempt' },
    ]);
    expect(await inbox.deadCallbacks()).toMatchObject([
      { attempts: 1, reason: 'the process ended during the last attempt' },
    ]);
  });
});
