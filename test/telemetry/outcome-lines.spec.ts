import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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

/** The lines that the telemetry writes while a test uses it, and in the end. */
async function linesOf(use: (telemetry: CallbackTelemetry) => void, observer = {}): Promise<readonly string[]> {
  const logs = new KeptLogs();
  Logger.overrideLogger(logs);
  const telemetry = new CallbackTelemetry(observer);
  use(telemetry);
  await setImmediate();
  await telemetry.onApplicationShutdown();
  return logs.lines;
}

const { kind, route, address, durations } = FACTS;
const REFUSAL = {
  ...{ kind, route, address, durations },
  projectId: undefined,
  reason: 'project_unknown',
  explanation: 'no',
} as const;

describe('the lines of outcomes', () => {
  it('are written once, and summed up when the application ends', async () => {
    const lines = await linesOf((telemetry) => {
      for (let count = 0; count < 20; count += 1) telemetry.rejected({ ...REFUSAL, projectId: String(count) });
    });

    expect(lines).toEqual([
      expect.stringContaining('project "0": project_unknown'),
      expect.stringMatching(
        /^warn 19 more within 60 s, of which the latest: Rejected .* project "19": project_unknown/,
      ),
    ]);
  });

  it('do not hide lines of another reason, route or configured project', async () => {
    const reason = 'signature_mismatch';
    const lines = await linesOf((telemetry) => {
      for (let round = 0; round < 3; round += 1) {
        telemetry.rejected({ ...REFUSAL, reason, projectId: '1' });
        telemetry.rejected({ ...REFUSAL, reason, projectId: '2' });
        telemetry.rejected({ ...REFUSAL, reason, projectId: '1', route: 'VideoController.onSession' });
        telemetry.rejected({ ...REFUSAL, projectId: '3' });
      }
    });

    expect(lines.filter((line) => line.startsWith('warn Rejected'))).toHaveLength(4);
    expect(lines).toHaveLength(8);
  });

  it('about callbacks that may be lost are written one by one up to sixty a minute', async () => {
    const lines = await linesOf((telemetry) => {
      for (let count = 0; count < 80; count += 1) {
        telemetry.report('failed', () => ({ ...FACTS, jti: `token-${count}`, error: new Error('no'), next: 'lost' }));
      }
    });

    expect(lines.filter((line) => !line.includes('more within 60 s'))).toHaveLength(60);
    expect(lines.at(-1)).toContain('20 more within 60 s');
  });

  it('about an observer that throws at every callback are summed up, too', async () => {
    const rejected = (): never => {
      throw new Error('no');
    };
    const lines = await linesOf(
      (telemetry) => {
        for (let count = 0; count < 10; count += 1) telemetry.rejected(REFUSAL);
      },
      { rejected },
    );

    expect(lines.filter((line) => line.includes('The observer threw in "rejected": Error'))).toEqual([
      expect.not.stringContaining('more'),
      expect.stringContaining('9 more within 60 s'),
    ]);
  });

  it('name each outage and each cause, however soon they follow each other', async () => {
    const lines = await linesOf((telemetry) => {
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
    });

    expect(lines.map((line) => /ECONN\w+|READ\w+|again; it missed/.exec(line)?.[0])).toEqual([
      'ECONNREFUSED',
      'READONLY',
      'ECONNREFUSED',
      'again; it missed',
      'ECONNREFUSED',
      'again; it missed',
    ]);
    expect(lines[2]).toContain('1 more within 60 s');
  });

  it('about a User-Agent that may be a new one of Vonage are not hidden by those about scanners', async () => {
    const lines = await linesOf((telemetry) => {
      for (const name of ['curl/8', 'masscan', 'Vonage/Callback/v2.0', 'Vonage/Callback/v2.0']) {
        const explanation = `the User-Agent is "${name}", not that of Vonage callbacks (userAgent)`;
        telemetry.rejected({ ...FACTS, projectId: undefined, reason: 'user_agent_mismatch', explanation });
      }
    });

    expect(lines.slice(0, 2)).toEqual([
      expect.stringContaining('curl/8'),
      expect.stringContaining('Vonage/Callback/v2.0'),
    ]);
    expect(lines.slice(2)).toEqual([expect.stringContaining('1 more'), expect.stringContaining('1 more')]);
  });
});

const KEY = { group: 'a', key: 'x', singly: 1, windowMs: 60_000 };

function useRepeatedLines() {
  const repeated = new RepeatedLines();
  const written: string[] = [];
  /** Submits a line, with what it writes the first time. */
  const submit = (first = 'first', options: Partial<typeof KEY> = {}): void => {
    repeated.submit(
      { ...KEY, ...options },
      () => written.push(first),
      (leftOut) => written.push(`${leftOut} more`),
    );
  };
  return { repeated, written, submit };
}

describe('RepeatedLines', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sums up lines once a minute for as long as they come', () => {
    const { written, submit } = useRepeatedLines();
    submit();
    for (let second = 0; second < 150; second += 1) {
      submit();
      jest.advanceTimersByTime(1000);
    }
    expect(written).toEqual(['first', '60 more', '60 more']);
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual(['first', '60 more', '60 more', '30 more']);
  });

  it('writes a line again at once after a window without any', () => {
    const { written, submit } = useRepeatedLines();
    submit();
    submit();
    jest.advanceTimersByTime(121_000);
    submit();

    expect(written).toEqual(['first', '1 more', 'first']);
  });

  it('writes lines of single callbacks one by one again when a busy minute is over', () => {
    const { written, submit } = useRepeatedLines();
    for (let count = 0; count < 61; count += 1) submit('busy', { singly: 60 });
    jest.advanceTimersByTime(60_000);
    written.length = 0;
    submit('one', { singly: 60 });
    submit('two', { singly: 60 });

    expect(written).toEqual(['one', 'two']);
  });

  it('remembers lines within a bound, whatever they say', () => {
    const { repeated, written, submit } = useRepeatedLines();
    for (let count = 0; count < 50_000; count += 1) submit('first', { key: `key ${count}` });
    expect(written).toHaveLength(21);
    repeated.flush();

    // Twenty keys, and one for all others, of which the rest is summed up.
    expect(written.slice(21)).toEqual([`${50_000 - 21} more`]);
  });

  it('keeps the lines of a group apart from those of another, however many and however long summed up', () => {
    const { written, submit } = useRepeatedLines();
    for (let count = 0; count < 1000; count += 1) {
      submit('secrets', { group: 'secrets', key: `project ${count}`, windowMs: 3_600_000 });
    }
    written.length = 0;
    for (let count = 0; count < 2; count += 1) submit('outages', { group: 'outages', key: 'inbox' });
    jest.advanceTimersByTime(61_000);

    expect(written).toEqual(['outages', '1 more']);
  });
});
