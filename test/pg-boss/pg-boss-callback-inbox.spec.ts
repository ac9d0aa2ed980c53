import { describe, expect, it } from '@jest/globals';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import { PgBossCallbackInbox } from '../../lib/pg-boss/index.js';
import { type StoredCallback } from '../../lib/index.js';
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

describe('an inbox', () => {
  it('asks for its counts once at a time', async () => {
    const inbox = inboxes.make();
    const first = inbox.counts();

    expect(inbox.counts()).toBe(first);
    await first;
    expect(inbox.counts()).not.toBe(first);
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

describe('the options of an inbox', () => {
  const connection = 'postgres://127.0.0.1:1/none';

  it.each([
    ['queueName', ''],
    ['queueName', 'a b'],
    ['queueName', "a'b"],
    ['queueName', 'x'.repeat(101)],
    ['worker', 'yes'],
    ['connection', ''],
    ['connection', 5],
    ['connection', undefined],
    ['connection', []],
    ['connection', Promise.resolve({})],
    ['connection', { query: () => undefined }],
    ['connection', { connectionString: undefined }],
    ['connection', { connectionString: connection, schema: '' }],
    ['connection', { connectionString: connection, schema: null }],
    ['conection', 'x'],
  ])('are refused where %s is %j', (option, value) => {
    expect(() => new PgBossCallbackInbox({ connection, ...{ [option]: value } })).toThrow(TypeError);
  });

  it('are refused with what pg-boss finds wrong with a connection', () => {
    expect(() => new PgBossCallbackInbox({ connection: { connectionString: connection, schema: 'a"b' } })).toThrow(
      /schema/i,
    );
  });
});
