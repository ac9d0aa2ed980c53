import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type CallbackOutcomeName, type CallbackOutcomes } from '../../lib/index.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { LogLine } from '../../lib/telemetry/log-line.js';
import { outcomeLine } from '../../lib/telemetry/outcome-lines.js';
import { RepeatedLines } from '../../lib/telemetry/repeated-lines.js';
import { KeptLogs } from '../support/logs.js';

const FACTS = {
  kind: 'archive',
  route: 'VideoController.onArchive',
  address: '192.0.2.1',
  projectId: 'project-1',
  jti: 'token-1',
  age: 1,
  secretPosition: 0,
  attempt: { attempt: 1, of: 3, firstReceivedAt: new Date(0) },
  durations: { total: 1 },
} as const;

/** The fields of the line that a logger of JSON writes. */
function fieldsOf<Name extends CallbackOutcomeName>(name: Name, outcome: CallbackOutcomes[Name]): unknown {
  return Object.fromEntries(Object.entries(new LogLine(outcomeLine(name, outcome))));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the log line of an outcome', () => {
  it('has a field for what follows a failure', () => {
    const error = new Error('no');

    for (const next of ['retry', 'dead', 'lost'] as const) {
      expect(fieldsOf('failed', { ...FACTS, error, next })).toMatchObject({ outcome: 'failed', next });
    }
  });

  it('has a field for whether the inbox keeps an unusable callback', () => {
    for (const isKept of [true, false]) {
      const outcome = { ...FACTS, status: 400, violations: [], rawBody: undefined, isKept };
      expect(fieldsOf('unusable', outcome)).toMatchObject({ outcome: 'unusable', status: 400, isKept });
    }
  });

  it('has a field for the name of the secret', () => {
    const secretName = 'streamCreated';
    expect(fieldsOf('stored', { ...FACTS, secretName })).toMatchObject({ secretPosition: 0, secretName });
    expect(fieldsOf('stored', { ...FACTS, secretName: 'x'.repeat(99) })).toMatchObject({
      secretName: `${'x'.repeat(64)}…`,
    });
  });

  it('has a field for the identity of the callback', () => {
    expect(fieldsOf('accepted', { ...FACTS, id: 'archive-1', setAside: [] })).toMatchObject({ id: 'archive-1' });
  });

  it('leaves out an unknown kind', () => {
    const rejected = { ...FACTS, kind: 'unknown', reason: 'token_malformed', explanation: 'no' } as const;
    expect(String(new LogLine(outcomeLine('rejected', rejected)))).toBe(
      'Rejected a request to VideoController.onArchive from 192.0.2.1, project "project-1": token_malformed: no',
    );
    const unavailable = { ...FACTS, kind: 'unknown', dependency: 'secrets', error: new Error('no') } as const;
    expect(String(new LogLine(outcomeLine('unavailable', unavailable)))).toMatch(
      'Cannot verify a request to VideoController.onArchive, it may be lost',
    );
  });

  it('has a field for how many callbacks a store missed', () => {
    expect(fieldsOf('recovered', { dependency: 'inbox', missed: 3 })).toMatchObject({ dependency: 'inbox', missed: 3 });
  });

  it('keeps neither a body nor an error in memory while it waits for the sum of its window', async () => {
    const repeated = new RepeatedLines();
    const submit = <Name extends CallbackOutcomeName>(name: Name, outcome: CallbackOutcomes[Name]): void => {
      const line = outcomeLine(name, outcome);
      const { repetition } = line;
      if (repetition === undefined) throw new Error(`${name} is not summed up`);
      repeated.submit(
        { ...repetition, singly: 0 },
        () => undefined,
        (leftOut) => written.push(String(new LogLine(line, leftOut))),
      );
    };
    const written: string[] = [];
    const submitAll = (): readonly WeakRef<object>[] => {
      const rawBody = Buffer.alloc(1024);
      const errors = [new Error('failed'), new Error('dead'), new Error('unavailable')] as const;
      submit('unusable', { ...FACTS, status: 400, violations: [], rawBody, isKept: false });
      submit('failed', { ...FACTS, error: errors[0], next: 'lost' });
      submit('dead', { ...FACTS, error: errors[1], id: 'archive-1' });
      submit('unavailable', { ...FACTS, error: errors[2], dependency: 'inbox', policy: 'handle' });
      return [rawBody, ...errors].map((held) => new WeakRef(held));
    };
    const references = submitAll();
    await setImmediate();
    collectGarbage();

    expect(references.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined, undefined]);
    repeated.flush();
    expect(written).toHaveLength(4);
  });
});

describe('the lines of outages', () => {
  const withLogs = (run: (telemetry: CallbackTelemetry, logs: KeptLogs) => void): void => {
    const logs = new KeptLogs();
    Logger.overrideLogger(logs);
    const telemetry = new CallbackTelemetry();
    run(telemetry, logs);
    void telemetry.onApplicationShutdown();
  };

  it('name each outage and each cause, however soon they follow each other', () => {
    withLogs((telemetry, logs) => {
      const miss = (code: string): void => {
        const error = Object.assign(new Error('no'), { code });
        telemetry.report('unavailable', () => ({ ...FACTS, error, dependency: 'ledger', policy: 'handle' }));
      };
      const recover = (): void => {
        telemetry.report('recovered', () => ({ dependency: 'ledger', missed: 3 }));
      };
      miss('ECONNREFUSED');
      miss('ECONNREFUSED');
      miss('READONLY');
      recover();
      miss('ECONNREFUSED');
      recover();

      expect(logs.lines.map((line) => /ECONN\w+|READ\w+|again; it missed/.exec(line)?.[0])).toEqual([
        'ECONNREFUSED',
        'READONLY',
        'ECONNREFUSED',
        'again; it missed',
        'ECONNREFUSED',
        'again; it missed',
      ]);
      expect(logs.lines[2]).toContain('1 more within 60 s');
    });
  });
});

it('a User-Agent that may be a new one of Vonage is not hidden by the lines of scanners', () => {
  const logs = new KeptLogs();
  Logger.overrideLogger(logs);
  const telemetry = new CallbackTelemetry();
  for (const name of ['curl/8', 'masscan', 'Vonage/Callback/v2.0', 'Vonage/Callback/v2.0']) {
    const explanation = `the User-Agent is "${name}", not that of Vonage callbacks (userAgent)`;
    telemetry.rejected({ ...FACTS, projectId: undefined, reason: 'user_agent_mismatch', explanation });
  }

  expect(logs.lines).toHaveLength(2);
  expect(logs.lines[1]).toContain('Vonage/Callback/v2.0');
  void telemetry.onApplicationShutdown();
});
