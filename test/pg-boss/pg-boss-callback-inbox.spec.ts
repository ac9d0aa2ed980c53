import { describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import { PgBossCallbackInbox } from '../../lib/pg-boss/index.js';
import { type AfterFailure, DeliveryFailedError, type StoredCallback } from '../../lib/index.js';
import { NUMBER_OPTIONS } from '../../lib/options/number-options.js';
import { storedCallback, verifiedToken } from '../delivery/arrivals.js';
import { until } from '../support/until.js';
import { failing, succeeding, useInboxes } from './use-inboxes.js';

const inboxes = useInboxes();

describe('a copy of a callback', () => {
  const putAgain = (): Promise<string> => inboxes.make().put(storedCallback());

  it('is known when the first one was handled, for as long as its retention', async () => {
    const inbox = inboxes.start(succeeding, { retention: 600 });
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).waiting === 0);

    expect(await putAgain()).toBe('known');
    expect(await inboxes.jobs('SELECT state, deletion_seconds FROM video_callbacks.job WHERE true')).toEqual([
      { state: 'completed', deletion_seconds: 600 },
    ]);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2']);
  });

  it('is another callback once pg-boss has deleted the first one, whose retention was over', async () => {
    const often = { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1, maintenanceIntervalSeconds: 1 };
    const inbox = inboxes.start(succeeding, {
      retention: 1,
      connection: { connectionString: inboxes.url(), ...often },
    });
    await inbox.put(storedCallback());

    await until(async () => (await inbox.put(storedCallback())) === 'stored');
    await until(() => inboxes.attempts.length === 2);
  });

  it('is stored also if pg-boss deletes the first one at the same moment', async () => {
    let deletes = false;
    const executeSql = async (text: string, values?: unknown[]) => {
      const result = await inboxes.pool().query(text, values);
      if (deletes && text.includes('INSERT INTO')) {
        deletes = false;
        await inboxes.jobs('DELETE FROM video_callbacks.job WHERE true');
      }
      return result;
    };
    const inbox = inboxes.make({ connection: { db: { executeSql } } });
    await inbox.put(storedCallback());
    deletes = true;

    expect(await inbox.put(storedCallback())).toBe('stored');
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('is known when the first one is dead, and when it was retried', async () => {
    const inbox = inboxes.start(failing, { attempts: 1 });
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);
    expect(await putAgain()).toBe('known');
    await inbox.stop();
    await inbox.redrive();

    expect(await putAgain()).toBe('known');
    expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });
});

describe('the same callback sent to two applications on one schema', () => {
  it('is a job for each, with a queue of its own', async () => {
    const [one, other] = [inboxes.make(), inboxes.make({ queueName: `${inboxes.queueName}.staging` })];
    const results: string[] = [];
    for (const inbox of [one, other, one, other]) results.push(await inbox.put(storedCallback()));

    expect(results).toEqual(['stored', 'stored', 'known', 'known']);
    for (const inbox of [one, other]) expect(await inbox.counts()).toEqual({ waiting: 1, dead: 0 });
  });
});

describe('a stored callback', () => {
  it('comes out as it was put, with characters that jsonb does not take', async () => {
    const claims = { iat: 1, jti: 'a\u0000b\ud800', iss: 'Vonage' } as const;
    const callback = storedCallback({ token: verifiedToken({ claims }) });
    let delivered: StoredCallback | undefined;
    const inbox = inboxes.start((it) => Promise.resolve(void (delivered = it)));
    await inbox.put(callback);

    await until(() => delivered !== undefined);
    expect(delivered).toEqual(callback);
  });

  it('has 40 attempts, with pauses from 1 s to 15 min, and is known for 26 h, unless options say otherwise', async () => {
    await inboxes.make({ attempts: undefined, retryDelayMax: undefined }).put(storedCallback());

    const columns = 'retry_limit, retry_delay, retry_delay_max, retry_backoff, deletion_seconds, expire_seconds';
    expect(await inboxes.jobs(`SELECT ${columns} FROM video_callbacks.job WHERE true`)).toEqual([
      {
        retry_limit: 40,
        retry_delay: 1,
        retry_delay_max: 900,
        retry_backoff: true,
        deletion_seconds: 93_600,
        expire_seconds: 86_400,
      },
    ]);
  });

  it('takes retentions that are no whole numbers, rounded up', async () => {
    const inbox = inboxes.start(failing, { attempts: 1, retention: 600.5, failedRetention: 700.5 });
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);

    const kept = 'extract(epoch FROM keep_until - created_on)::int AS kept';
    expect([
      await inboxes.jobs(`SELECT deletion_seconds FROM video_callbacks.job WHERE state = 'failed'`),
      await inboxes.jobs(`SELECT ${kept} FROM video_callbacks.job WHERE state = 'created'`),
    ]).toEqual([[{ deletion_seconds: 601 }], [{ kept: 701 }]]);
  });

  it('waits for a worker for as long as it takes, and keeps the largest values of options exactly', async () => {
    const { attempts, retryDelay, retryDelayMax, retention, failedRetention } = NUMBER_OPTIONS.PgBossCallbackInbox;
    const inbox = inboxes.make({
      attempts: attempts.most,
      retryDelay: retryDelay.most,
      retryDelayMax: retryDelayMax.most,
      retention: retention.most,
      failedRetention: failedRetention.most,
    });
    await inbox.put(storedCallback());

    const columns = `retry_limit, retry_delay, retry_delay_max, deletion_seconds, keep_until > now() + interval '60 years' AS waits`;
    expect(await inboxes.jobs(`SELECT ${columns} FROM video_callbacks.job WHERE true`)).toEqual([
      {
        retry_limit: attempts.most,
        retry_delay: retryDelay.most,
        retry_delay_max: retryDelayMax.most,
        deletion_seconds: retention.most,
        waits: true,
      },
    ]);
  });

  it('is taken at once by the worker of its own process, and the next ones without a pause', async () => {
    const inbox = inboxes.start(succeeding, { pollingInterval: 600, concurrency: 2 });
    // Its first polls find nothing.
    await inbox.put(storedCallback({ id: 'archive-0' }));
    await until(() => inboxes.attempts.length === 1);
    const started = performance.now();
    for (let id = 1; id <= 40; id += 1) await inbox.put(storedCallback({ id: `archive-${id}` }));

    await until(() => inboxes.attempts.length === 41);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('the workers of a process', () => {
  it('are woken one after the other, and none that is busy', async () => {
    const handle = ({ id }: StoredCallback): Promise<void> =>
      id.includes('slow') ? new Promise(() => undefined) : Promise.resolve();
    const inbox = inboxes.start(handle, { pollingInterval: 600, concurrency: 3, stopTimeout: 0.1 });
    const put = (...ids: string[]) => Promise.all(ids.map((id) => inbox.put(storedCallback({ id }))));
    await put('archive-0');
    await until(() => inboxes.attempts.length === 1);
    // Their last look has found nothing.
    await wait(500);
    await put('archive-slow-1', 'archive-slow-2');
    await until(() => inboxes.attempts.length === 3);
    for (const count of [1, 2, 3]) {
      await put(`archive-${count}`);
      await until(() => inboxes.attempts.length === 3 + count);
      await wait(300);
    }
  });
});

describe('an inbox', () => {
  it('asks for its counts once at a time', async () => {
    const inbox = inboxes.make();
    const first = inbox.counts();

    expect(inbox.counts()).toBe(first);
    await first;
    const next = inbox.counts();
    expect(next).not.toBe(first);
    await next;
  });

  it('refuses a callback where its queue was deleted, and makes the queue again for the next one', async () => {
    const inbox = inboxes.make();
    await inbox.put(storedCallback());
    await inboxes.jobs('DELETE FROM video_callbacks.job WHERE true');
    await inboxes.pool().query('DELETE FROM video_callbacks.queue WHERE name = $1', [inboxes.queueName]);

    await expect(inbox.put(storedCallback())).rejects.toThrow(/does not exist|is missing/);
    expect(await inbox.put(storedCallback())).toBe('stored');
  });

  it('takes nothing after it was closed', async () => {
    const inbox = inboxes.make();
    await inbox.put(storedCallback());
    await inbox.close();

    await expect(inbox.put(storedCallback())).rejects.toThrow('the inbox is closed');
    await expect(inbox.counts()).rejects.toThrow('the inbox is closed');
  });

  it('takes no job from its worker in a process that only accepts', async () => {
    const connection = {
      connectionString: inboxes.url(),
      superviseIntervalSeconds: 1,
      monitorIntervalSeconds: 1,
    };
    const inbox = inboxes.make({ connection });
    await inbox.put(storedCallback());
    const longAgo = `now() - interval '1 hour'`;
    await inboxes.jobs(
      `UPDATE video_callbacks.job SET state = 'active', started_on = ${longAgo}, heartbeat_on = ${longAgo} WHERE true`,
    );
    await wait(2500);

    expect(await inboxes.jobs('SELECT state FROM video_callbacks.job WHERE true')).toEqual([{ state: 'active' }]);
  });

  it('uses a pool of the application, and leaves it open', async () => {
    const db = { executeSql: (text: string, values?: unknown[]) => inboxes.pool().query(text, values) };
    const inbox = inboxes.start(succeeding, { connection: { db } });
    expect(await inbox.put(storedCallback())).toBe('stored');
    await until(() => inboxes.attempts.length === 1);
    await inboxes.closeAll();

    expect((await inboxes.pool().query('SELECT 1')).rowCount).toBe(1);
  });

  it('needs no right to create anything in a schema that a migration made', async () => {
    const pool = inboxes.pool();
    await pool.query(getConstructionPlans('migrated'));
    await pool.query(`
      DROP ROLE IF EXISTS video_callbacks_test;
      CREATE ROLE video_callbacks_test LOGIN PASSWORD 'test';
      GRANT USAGE ON SCHEMA migrated TO video_callbacks_test;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA migrated TO video_callbacks_test`);
    const url = new URL(inboxes.url());
    [url.username, url.password] = ['video_callbacks_test', 'test'];
    const inbox = inboxes.start(succeeding, {
      connection: { connectionString: url.href, schema: 'migrated', migrate: false },
    });

    expect(await inbox.put(storedCallback())).toBe('stored');
    await until(async () => (await inbox.counts()).waiting === 0);
    await inboxes.closeAll();
    await pool.query('DROP OWNED BY video_callbacks_test; DROP ROLE video_callbacks_test');
  });

  it('leaves the queues and jobs of the application alone, on the same schema', async () => {
    const connection = { connectionString: inboxes.url(), schema: 'pgboss' };
    const boss = new PgBoss({ ...connection, supervise: false, schedule: false });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue('mails');
    await boss.send('mails', { to: 'a' });
    const inbox = inboxes.start(succeeding, { connection });
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 1);

    expect((await boss.findJobs('mails')).map(({ state, data }) => ({ state, data }))).toEqual([
      { state: 'created', data: { to: 'a' } },
    ]);
    await boss.stop({ graceful: false });
  });
});

describe('the dead callbacks of an inbox', () => {
  /** A callback that failed for good. */
  async function makeDead(): Promise<void> {
    const inbox = inboxes.start(failing, { attempts: 1 });
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);
    await inbox.stop();
    inboxes.attempts = [];
  }

  it('have all attempts anew also where a process had left them, and are reported when they die again', async () => {
    let next: AfterFailure = 'leave';
    const inbox = inboxes.start(() => Promise.reject(new DeliveryFailedError('of the test', next)));
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 2);
    next = 'retry';
    await until(async () => inboxes.dead.length === 1 && (await inbox.counts()).dead === 1);
    expect(await inbox.deadCallbacks()).toMatchObject([{ attempts: 2 }]);
    inboxes.attempts = [];
    await inbox.redrive();

    await until(async () => inboxes.dead.length === 2 && (await inbox.counts()).dead === 1);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect(await inbox.deadCallbacks()).toMatchObject([{ attempts: 2 }]);
  });

  it('have as many attempts as the workers give that run now', async () => {
    await makeDead();
    const inbox = inboxes.start(failing, { attempts: 3 });
    // A new callback shows that the worker has begun.
    await inbox.put(storedCallback({ id: 'archive-2' }));
    await until(() => inboxes.attempts.length > 0);
    inboxes.attempts = [];
    await inbox.redrive({ ids: ['archive-1'] });

    await until(() => inboxes.attempts.includes('archive-1: 1 of 3'));
  });

  it('are listed though they cannot be read, and found by the id of their job', async () => {
    await makeDead();
    await inboxes.jobs(`UPDATE video_callbacks.job SET data = '"x"' WHERE true`);
    const inbox = inboxes.make();
    const [dead] = await inbox.deadCallbacks();

    expect(dead).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), kind: 'unknown', route: 'unknown' });
    expect(await inbox.deadCallbacks({ ids: [dead?.id ?? ''] })).toEqual([dead]);
  });

  it('are listed with the reason of pg-boss where it gave them up, and then with all of their starts', async () => {
    await makeDead();
    const output = JSON.stringify({ value: { message: 'job heartbeat timeout' } });
    await inboxes.jobs('UPDATE video_callbacks.job SET source_output = $2, source_retry_count = 2 WHERE true', output);

    expect(await inboxes.make().deadCallbacks()).toMatchObject([{ attempts: 3, reason: 'job heartbeat timeout' }]);
  });

  it('are kept for failedRetention, also where the queue had another one', async () => {
    await makeDead();
    const inbox = inboxes.start(failing, { attempts: 1, failedRetention: 600 });
    await inbox.put(storedCallback({ id: 'archive-2' }));
    await until(async () => (await inbox.counts()).dead === 2);

    const seconds = `extract(epoch FROM keep_until - created_on)::int AS seconds`;
    const kept = await inboxes.jobs<{ readonly seconds: number }>(
      `SELECT ${seconds} FROM video_callbacks.job WHERE name = $2`,
      `${inboxes.queueName}/dead`,
    );
    expect(kept.map((row) => row.seconds).sort()).toEqual([2_592_000, 600]);
  });
});

describe('the options of an inbox', () => {
  const connection = 'postgres://127.0.0.1:1/none';

  it.each([
    ['queueName', ''],
    ['queueName', 'a b'],
    ['queueName', "a'b"],
    ['queueName', 'x'.repeat(101)],
    ['queueName', 'video/dead'],
    ['worker', 'yes'],
    ['connection', ''],
    ['connection', 5],
    ['connection', undefined],
    ['connection', []],
    ['connection', Promise.resolve({})],
    ['connection', { query: () => undefined }],
    ['connection', { executeSql: () => undefined }],
    ['connection', { send: () => undefined }],
    ['connection', { connectionString: undefined }],
    ['connection', { db: { query: () => undefined } }],
    ['connection', { url: connection }],
    ['connection', { uri: connection }],
    ['connection', { connectionString: '' }],
    ['connection', { connectionString: connection, schema: '' }],
    ['connection', { connectionString: connection, schema: null }],
    ['conection', 'x'],
  ])('are refused where %s is %j', (option, value) => {
    expect(() => new PgBossCallbackInbox({ connection, ...{ [option]: value } })).toThrow(TypeError);
  });

  it('are refused with a hint where an environment variable may be missing', () => {
    const refuse = (given: unknown) => () => new PgBossCallbackInbox({ connection: given as string });

    expect(refuse(undefined)).toThrow(/^connection is undefined: .* Is the environment variable for it set\?$/);
    expect(refuse(5)).toThrow(/^connection is .* or options of pg-boss\.$/);
  });

  it('are refused with what pg-boss finds wrong with a connection', () => {
    expect(() => new PgBossCallbackInbox({ connection: { connectionString: connection, schema: 'a"b' } })).toThrow(
      /schema/i,
    );
  });
});
