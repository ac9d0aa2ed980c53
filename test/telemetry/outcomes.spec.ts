import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import diagnostics from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ArchiveCallback,
  CALLBACK_OUTCOMES,
  type CallbackHandling,
  type CallbackOutcomeName,
  VideoCallback,
} from '../../lib/index.js';
import { MemoryCallbackInbox } from '../../lib/testing/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { useApplication } from '../support/use-application.js';

const NEXT_SECRET = 'the-next-signature-secret-of-32-b';

@Controller('video')
class VideoController {
  @Post('archives')
  async onArchive(@VideoCallback('archive') { name }: ArchiveCallback) {
    if (name === 'fails') throw new Error('no');
    await wait(20);
  }
}

const archive = (name: string, options: Parameters<typeof signed>[1] = {}) =>
  signed({ ...PAYLOADS.archive, name }, options);

describe.each(PLATFORMS)('an outcome on %s', (platform) => {
  let running: RunningApplication;
  const reported: { name: CallbackOutcomeName; message: object }[] = [];
  const subscriptions = CALLBACK_OUTCOMES.map(
    (name) =>
      [
        `nestjs-vonage-video-callbacks:${name}`,
        (message: unknown) => reported.push({ name, message: message as object }),
      ] as const,
  );

  beforeAll(async () => {
    for (const [channel, listener] of subscriptions) diagnostics.subscribe(channel, listener);
    running = await startApplication({
      platform,
      controllers: [VideoController],
      options: { projects: { [PROJECT]: { archive: [NEXT_SECRET, SECRET] } } },
    });
  });
  afterEach(() => {
    reported.length = 0;
  });
  afterAll(async () => {
    for (const [channel, listener] of subscriptions) diagnostics.unsubscribe(channel, listener);
    await running.close();
  });

  it('is the same on its channel and at the observer', async () => {
    await running.post('/video/archives', archive('x'));

    expect(reported).toEqual([{ name: 'accepted', message: running.observed.outcomes.accepted.at(-1) }]);
  });

  it('has kind, project, route, token, secret, attempt and the duration of each stage', async () => {
    await running.post('/video/archives', archive('x', { claims: { jti: 'the-id', iat: Date.now() / 1000 - 100 } }));

    const { durations, ...accepted } = running.observed.outcomes.accepted.at(-1) ?? {};
    expect(accepted).toEqual({
      id: expect.stringMatching(/^archive-[\w-]{43}$/),
      kind: 'archive',
      route: 'VideoController.onArchive',
      address: '127.0.0.1',
      projectId: PROJECT,
      jti: 'the-id',
      age: expect.closeTo(100, 0),
      secretPosition: 1,
      attempt: { attempt: 1, of: 1, firstReceivedAt: expect.any(Date) },
      setAside: [],
    });
    const { verification = 0, payload = 0, storage = -1, handling = 0, total = 0 } = durations ?? {};
    expect(verification).toBeGreaterThan(0);
    expect(payload).toBeGreaterThan(0);
    expect(storage).toBeGreaterThanOrEqual(0);
    expect(handling).toBeGreaterThan(15);
    expect(total).toBeGreaterThanOrEqual(verification + payload + storage + handling);
  });

  it('has, for a rejection after the signature, also whose token it was', async () => {
    await running.post('/video/archives', archive('x', { claims: { iat: 1, jti: 'old' } }));

    const [{ message } = { message: {} }] = reported;
    expect(message).toMatchObject({
      reason: 'token_too_old',
      projectId: PROJECT,
      secretPosition: 1,
      jti: 'old',
      age: expect.closeTo(Date.now() / 1000 - 1, -1),
    });
  });

  it('has, for a forged request, nothing from the token but the project', async () => {
    await running.post('/video/archives', archive('x', { secret: 'forged', claims: { jti: 'forged' } }));

    expect(reported).toMatchObject([
      { name: 'rejected', message: { reason: 'signature_mismatch', projectId: PROJECT } },
    ]);
    expect(Object.keys(reported[0]?.message ?? {})).not.toContain('jti');
    expect(Object.keys(reported[0]?.message ?? {})).not.toContain('secretPosition');
  });

  it('comes with one log line when a secret other than the first is in use', async () => {
    for (let count = 0; count < 5; count += 1) await running.post('/video/archives', archive('x'));

    const lines = running.logs.of('log').filter((line) => line.includes('it is in use'));
    expect(lines).toEqual([
      expect.stringContaining(`Vonage signs archive callbacks of project "${PROJECT}" with secret [1] of the list`),
    ]);
  });

  it('is traced around all that is done with the callback, which a subscriber can run inside of something', async () => {
    const events: string[] = [];
    let message: CallbackHandling | undefined;
    const channel = diagnostics.tracingChannel<unknown, CallbackHandling>('nestjs-vonage-video-callbacks:handling');
    const subscribers = {
      start: (handling: CallbackHandling) => {
        message = handling;
        handling.runIn = (run) => {
          events.push('inside');
          return run();
        };
        events.push(`start ${String(handling.outcome)}`);
      },
      end: () => undefined,
      asyncStart: () => undefined,
      asyncEnd: (handling: CallbackHandling) => events.push(`asyncEnd ${String(handling.outcome)}`),
      error: (handling: CallbackHandling) => events.push(`error ${String(handling.outcome)}`),
    };
    channel.subscribe(subscribers);
    await running.post('/video/archives', archive('x'));
    await running.post('/video/archives', archive('fails'));
    channel.unsubscribe(subscribers);

    expect(events).toEqual([
      'start undefined',
      'inside',
      'asyncEnd accepted',
      'start undefined',
      'inside',
      'error failed',
      'asyncEnd failed',
    ]);
    expect(message).toMatchObject({ kind: 'archive', projectId: PROJECT, isRedelivery: false, traceContext: {} });
    expect(Date.now() - (message?.receivedAt ?? 0)).toBeLessThan(5000);
  });
});

describe('the outcomes of a stored callback', () => {
  const application = useApplication({
    controllers: [VideoController],
    options: { inbox: new MemoryCallbackInbox({ attempts: 2, backoff: 10 }) },
  });

  it('are stored, redelivered and accepted, with the attempt', async () => {
    const running = application();
    await running.post('/video/archives', archive('x', { claims: { jti: 'stored' } }));
    const { stored, redelivered, accepted } = running.observed.outcomes;
    await until(() => accepted.length === 1);

    expect(stored).toMatchObject([{ jti: 'stored', durations: { storage: expect.any(Number) } }]);
    expect(redelivered).toMatchObject([{ jti: 'stored', attempt: { attempt: 1, of: 2 } }]);
    expect(accepted).toMatchObject([{ jti: 'stored', attempt: { attempt: 1, of: 2 }, address: '127.0.0.1' }]);
    expect(accepted[0]?.durations).not.toHaveProperty('storage');
  });

  it('are each failure with its attempt, and dead in the end', async () => {
    const running = application();
    await running.post('/video/archives', archive('fails', { claims: { jti: 'doomed' } }));
    const { failed, dead } = running.observed.outcomes;
    await until(() => dead.length === 1);

    expect(failed.map(({ jti, attempt: { attempt, of } }) => ({ jti, attempt, of }))).toEqual([
      { jti: 'doomed', attempt: 1, of: 2 },
      { jti: 'doomed', attempt: 2, of: 2 },
    ]);
    expect(dead).toMatchObject([
      { jti: 'doomed', route: 'VideoController.onArchive', address: '127.0.0.1', attempt: { attempt: 2, of: 2 } },
    ]);
    const log = running.logs.lines.join('\n');
    expect(log).toMatch(
      /warn The archive callback "doomed" .* failed and will be tried again \(attempt 1 of 2\): Error/,
    );
    expect(log).toMatch(
      /error The archive callback "doomed" .* failed at the last attempt and is kept \(attempt 2 of 2\): Error/,
    );
    expect(log).toMatch(/error The archive callback "doomed" .* is kept as failed, attempt 2 of 2: answered 500/);
  });
});
