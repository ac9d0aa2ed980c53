import { Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CallbackAttempt, CallbackId, DeliveryAttempt, VideoCallback } from '../../lib/index.js';
import { PgBossCallbackInbox } from '../../lib/pg-boss/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres-server.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let running: RunningApplication;
let inbox: PgBossCallbackInbox;
let calls: string[];
let failures: number;

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(@CallbackId() id: string, @DeliveryAttempt() attempt: CallbackAttempt): void {
    calls.push(`${id}: ${attempt.attempt} of ${attempt.of}`);
    if (calls.length <= failures) throw new Error('no');
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.remove());
beforeEach(() => {
  [calls, failures] = [[], 0];
});
afterEach(() => running.close());

describe.each(PLATFORMS)('a callback that pg-boss stores, on %s', (platform) => {
  beforeEach(async () => {
    inbox = new PgBossCallbackInbox({
      connection: database.url,
      queueName: randomUUID(),
      attempts: 2,
      retryDelayMax: 1,
      pollingInterval: 0.5,
    });
    running = await startApplication({ platform, controllers: [VideoController], options: { inbox } });
  });

  const outcomes = () => running.observed.outcomes;

  it('is answered when it is stored, and comes to its method once, however many copies there are', async () => {
    const request = signed(PAYLOADS.archive);
    const answers = await Promise.all([1, 2, 3].map(() => running.post('/video/archives', request)));
    await until(() => calls.length > 0);
    answers.push(await running.post('/video/archives', request));
    await until(async () => (await inbox.counts()).waiting === 0);

    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect(calls).toEqual([expect.stringMatching(/^archive-.+: 1 of 2$/)]);
    expect([outcomes().stored, outcomes().duplicate, outcomes().accepted].map(({ length }) => length)).toEqual([
      1, 3, 1,
    ]);
  });

  it('is delivered again when its method fails, dead after its last attempt, and retried by hand', async () => {
    failures = 2;
    expect((await running.post('/video/archives', signed(PAYLOADS.archive))).status).toBe(204);
    await until(async () => (await inbox.counts()).dead === 1);
    expect(outcomes().dead).toHaveLength(1);
    expect((await inbox.redrive())[0]).toMatchObject({ kind: 'archive', route: 'VideoController.onArchive' });

    await until(async () => (await inbox.counts()).waiting === 0);
    expect(calls.map((call) => call.replace(/^.+: /, ''))).toEqual(['1 of 2', '2 of 2', '1 of 2']);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('is finished when the application is closed meanwhile', async () => {
    await running.post('/video/archives', signed(PAYLOADS.archive));
    await until(() => calls.length === 1);
    await running.close();

    expect(outcomes().accepted).toHaveLength(1);
    expect(running.logs.of('error')).toEqual([]);
  });
});
