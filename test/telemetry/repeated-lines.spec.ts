import { Controller, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { VideoCallback } from '../../lib/index.js';
import { RepeatedLines } from '../../lib/telemetry/repeated-lines.js';
import { ownLines } from '../module/own-lines.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

const KEY = { group: 'a', key: 'x', singly: 1, windowMs: 60_000 };

@Controller('failing')
class FailingController {
  @Post()
  @VideoCallback('archive')
  onArchive() {
    throw new Error('no');
  }
}

describe('lines that say the same', () => {
  let running: RunningApplication | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
    jest.useRealTimers();
  });

  it('are written once, and summed up when the application ends', async () => {
    const application = await startApplication();
    running = application;
    const { logs } = application;
    for (let count = 0; count < 20; count += 1) {
      await application.post('/callbacks/archive', signed(PAYLOADS.archive, { claims: { api_key: String(count) } }));
    }
    expect(ownLines(logs, 'warn')).toEqual([expect.stringContaining('project "0": project_unknown')]);
    await running.close();

    expect(ownLines(logs, 'warn').slice(1)).toEqual([
      expect.stringMatching(/^19 more within 60 s, of which the latest: Rejected .* project "19": project_unknown/),
    ]);
    expect(running.observed.outcomes.rejected).toHaveLength(20);
  });

  it('do not hide lines of another reason, route or configured project', async () => {
    const application = await startApplication({ options: { projects: { '1': 'secret-1', '2': 'secret-2' } } });
    running = application;
    const { logs } = application;
    const send = (path: string, api_key: string, secret: string) =>
      application.post(path, signed(PAYLOADS.archive, { secret, claims: { api_key } }));
    for (let round = 0; round < 3; round += 1) {
      await send('/callbacks/archive', '1', 'wrong');
      await send('/callbacks/archive', '2', 'wrong');
      await send('/callbacks/session', '1', 'wrong');
      await send('/callbacks/archive', '3', 'wrong');
    }

    const refusals = () => ownLines(logs, 'warn').filter((line) => line.startsWith('Rejected')).length;
    await until(() => refusals() >= 4);
    await wait(100);
    expect(refusals()).toBe(4);
  });

  it('about callbacks that may be lost are written one by one up to sixty a minute', async () => {
    const application = await startApplication({ controllers: [FailingController] });
    running = application;
    const { logs } = application;
    await Promise.all(Array.from({ length: 80 }, () => application.post('/failing', signed(PAYLOADS.archive))));

    expect(ownLines(logs, 'error').filter((line) => line.includes('failed, it may be lost'))).toHaveLength(60);
    expect(running.observed.outcomes.failed).toHaveLength(80);
  });

  it('are summed up once a minute for as long as they come', () => {
    jest.useFakeTimers();
    const repeated = new RepeatedLines();
    const written: string[] = [];
    const submit = () => {
      repeated.submit(
        KEY,
        () => written.push('first'),
        (leftOut) => written.push(`${leftOut} more`),
      );
    };
    submit();
    for (let second = 0; second < 150; second += 1) {
      submit();
      jest.advanceTimersByTime(1000);
    }
    expect(written).toEqual(['first', '60 more', '60 more']);
    jest.advanceTimersByTime(60_000);
    expect(written).toEqual(['first', '60 more', '60 more', '30 more']);
  });

  it('are written again at once after a window without any', () => {
    jest.useFakeTimers();
    const repeated = new RepeatedLines();
    const written: string[] = [];
    const submit = () => {
      repeated.submit(
        KEY,
        () => written.push('first'),
        (leftOut) => written.push(`${leftOut} more`),
      );
    };
    submit();
    submit();
    jest.advanceTimersByTime(121_000);
    submit();

    expect(written).toEqual(['first', '1 more', 'first']);
  });

  it('are remembered within a bound, whatever they say', () => {
    const repeated = new RepeatedLines();
    const written: string[] = [];
    for (let count = 0; count < 50_000; count += 1) {
      repeated.submit(
        { ...KEY, key: `key ${count}` },
        () => written.push('first'),
        () => undefined,
      );
    }
    repeated.flush();

    // Twenty keys, and one for all others.
    expect(written).toHaveLength(21);
  });

  it('of one group do not affect the lines of another', () => {
    jest.useFakeTimers();
    const repeated = new RepeatedLines();
    const written: string[] = [];
    const submit = (group: string, key: string, windowMs: number) => {
      repeated.submit(
        { group, key, singly: 1, windowMs },
        () => written.push(group),
        () => written.push(`more ${group}`),
      );
    };
    for (let count = 0; count < 1000; count += 1) submit('secrets', `project ${count}`, 3_600_000);
    written.length = 0;
    submit('outages', 'inbox', 60_000);
    submit('outages', 'inbox', 60_000);
    jest.advanceTimersByTime(61_000);

    expect(written).toEqual(['outages', 'more outages']);
  });

  it('about single callbacks are written one by one again when a busy minute is over', () => {
    jest.useFakeTimers();
    const repeated = new RepeatedLines();
    const written: string[] = [];
    const submit = (id: string) => {
      repeated.submit(
        { ...KEY, singly: 60 },
        () => written.push(id),
        (leftOut) => written.push(`${leftOut} more`),
      );
    };
    for (let count = 0; count < 61; count += 1) submit('busy');
    jest.advanceTimersByTime(60_000);
    written.length = 0;
    submit('first');
    submit('second');

    expect(written).toEqual(['first', 'second']);
  });

  it('do not come of an observer that throws at every callback either', async () => {
    const application = await startApplication({
      options: {
        observer: {
          rejected: () => {
            throw new Error('no');
          },
        },
      },
    });
    running = application;
    for (let count = 0; count < 10; count += 1) {
      await application.post('/callbacks/archive', signed(PAYLOADS.archive, { secret: 'wrong' }));
    }

    expect(ownLines(application.logs, 'error')).toEqual(['The observer threw in "rejected": Error']);
  });
});
