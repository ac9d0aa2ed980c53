import { beforeEach, describe, expect, it } from '@jest/globals';
import { WorkerLog as BullWorkerLog } from '../../../lib/bullmq/worker-log.js';
import { WorkerLog as PgBossWorkerLog } from '../../../lib/pg-boss/worker-log.js';
import { KeptLogs } from '../../support/logs.js';

let logs: KeptLogs;

beforeEach(() => {
  logs = new KeptLogs();
});

const errorOf = (message: string, code?: unknown): Error => Object.assign(new Error(message), { code });

/** As pg-boss emits it: an object with the members of an error. */
const failureOf = (message: string, code?: string): object => ({ message, code, queue: 'video-callbacks' });

describe('WorkerLog of BullMQ', () => {
  let log: BullWorkerLog;
  beforeEach(() => {
    log = new BullWorkerLog(logs, 'Redis');
  });

  it.each([
    [-1, 'Missing key for job sip-abc. moveToFinished'],
    [-2, 'Missing lock for job sip-abc. moveToFinished'],
    [-3, 'Job sip-abc is not in the active state. moveToFinished'],
    [-6, 'Lock mismatch for job sip-abc. Cmd moveToFinished from active'],
    [undefined, 'Missing lock for job sip-abc. moveToFinished'],
    [undefined, 'could not renew lock for job sip-abc'],
  ])('reports a lost job (code %s, "%s") as such', (code, message) => {
    log.failed(errorOf(message, code));

    expect(logs.lines).toHaveLength(1);
    expect(logs.lines[0]).toMatch(/^warn A stored callback \(sip\) was taken over .*\(was Redis unavailable, or/);
    expect(logs.lines[0]).toMatch(/ the event loop blocked\?\): it may be handled twice\.$/);
  });

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'reports %s as an outage, once until it is over',
    (code) => {
      log.reached();
      log.failed(errorOf('connect', code));
      log.failed(errorOf('connect', code));
      log.reached();
      log.reached();

      expect(logs.lines).toEqual([
        `error The inbox's worker cannot reach Redis ("${code}"): stored callbacks wait.`,
        "warn The inbox's worker reaches Redis again.",
      ]);
    },
  );

  it.each([
    ["READONLY You can't write against a read only replica.", 'READONLY'],
    ['NOAUTH Authentication required.', 'NOAUTH'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
  ])('reports the answer %s as an outage, once until it is over', (message, code) => {
    log.failed(errorOf(message));
    log.failed(errorOf(message));
    log.reached();

    expect(logs.lines).toEqual([
      `error The inbox's worker is refused by Redis (${code}): stored callbacks wait.`,
      "warn The inbox's worker reaches Redis again.",
    ]);
  });

  it.each([
    [errorOf('secret'), 'Error'],
    [errorOf('secret', 'ERR_INVALID_ARG_TYPE'), 'Error ("ERR_INVALID_ARG_TYPE")'],
    [errorOf('secret', -4), 'Error'],
    [new TypeError('secret'), 'TypeError'],
  ])('reports %p without its message', (error, description) => {
    log.failed(error);

    expect(logs.lines).toEqual([`error The inbox's worker failed: ${description}.`]);
  });

  it('sums up lines that say the same, and keeps those of different kinds apart', () => {
    for (let count = 0; count < 5; count += 1) log.failed(errorOf('Missing lock for job archive-a. x', -2));
    log.failed(errorOf('Missing lock for job sip-a. x', -2));
    expect(logs.lines).toHaveLength(2);

    log.flush();
    expect(logs.lines).toHaveLength(3);
    expect(logs.lines[2]).toMatch(/\(archive\) .*\(4 more times\)$/);
  });

  it('says what to do about callbacks of another application, and about those without one', () => {
    log.foreign('prod');
    log.foreign('');

    expect(logs.lines[0]).toMatch(
      /belongs to application "prod" and is left for it: give each application a queueName/,
    );
    expect(logs.lines[1]).toMatch(/names no application and is left: was it stored before `application` was set\?/);
  });

  it('names a bounded number of applications', () => {
    for (let count = 0; count < 200; count += 1) log.foreign(`application-${count}`);

    expect(logs.lines.length).toBeLessThan(30);
  });
});

describe('WorkerLog of pg-boss', () => {
  let log: PgBossWorkerLog;
  beforeEach(() => {
    log = new PgBossWorkerLog(logs, 'Postgres');
  });

  it.each(['ECONNREFUSED', 'ETIMEDOUT', '57P01', '57P03', '08006', '53300', '25006'])(
    'reports an outage (%s) once, and its end',
    (code) => {
      log.failed(failureOf('secret', code));
      log.failed(Object.assign(new Error('secret'), { code }));
      log.reached();
      log.reached();

      expect(logs.lines).toEqual([
        `error The inbox's worker cannot use Postgres ("${code}"): stored callbacks wait.`,
        "warn The inbox's worker reaches Postgres again.",
      ]);
    },
  );

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'reports a connection that broke (%s) as an outage',
    (message) => {
      log.failed(failureOf(message));

      expect(logs.lines).toEqual([
        "error The inbox's worker cannot use Postgres (no connection): stored callbacks wait.",
      ]);
    },
  );

  it('reports also what is no error', () => {
    log.failed(null);

    expect(logs.lines).toEqual(["error The inbox's worker failed: Error."]);
  });

  it('reports everything else without its message', () => {
    log.failed(failureOf('permission denied for the table of secret', '42501'));
    // A statement that took too long.
    log.failed(failureOf('secret', '57014'));
    log.failed('secret');

    expect(logs.lines.slice(0, 2)).toEqual(
      ['42501', '57014'].map((code) => `error The inbox's worker failed: Error ("${code}").`),
    );
    expect(logs.lines).toHaveLength(3);
    expect(logs.lines.join()).not.toContain('secret');
  });
});
