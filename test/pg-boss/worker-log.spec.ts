import { beforeEach, describe, expect, it } from '@jest/globals';
import { WorkerLog } from '../../lib/pg-boss/worker-log.js';
import { KeptLogs } from '../support/logs.js';

let logs: KeptLogs;
let log: WorkerLog;

beforeEach(() => {
  logs = new KeptLogs();
  log = new WorkerLog(logs, 'Postgres');
});

/** As pg-boss emits it: an object with the members of an error. */
const failureOf = (message: string, code?: string): object => ({ message, code, queue: 'video-callbacks' });

describe('WorkerLog of pg-boss', () => {
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
