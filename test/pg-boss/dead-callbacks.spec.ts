import { describe, expect, it } from '@jest/globals';
import { type AfterFailure, DeliveryFailedError, type VideoCallbackKind } from '../../lib/index.js';
import { storedCallback, verifiedToken } from '../delivery/arrivals.js';
import { expectListedByFilter, expectListedWithReason, idsOf, OF_SEVERAL_KINDS } from '../support/listed-callbacks.js';
import { until } from '../support/until.js';
import { failing, succeeding, useInboxes } from './use-inboxes.js';

const inboxes = useInboxes();

/** Callbacks that failed for good, in this order. */
async function makeDead(ids: readonly string[]): Promise<void> {
  const inbox = inboxes.start(failing, { attempts: 1 });
  for (const [index, id] of ids.entries()) {
    const kind = id.slice(0, id.indexOf('-')) as VideoCallbackKind;
    await inbox.put(storedCallback({ id, token: verifiedToken({ kind }) }));
    await until(async () => (await inbox.counts()).dead > index);
  }
  await inbox.stop();
  inboxes.attempts = [];
}

describe('The dead callbacks of an inbox', () => {
  it('are listed with the reason, without their payload', async () => {
    const inbox = inboxes.start(failing);
    await inbox.put(storedCallback());
    await until(async () => (await inbox.counts()).dead === 1);

    await expectListedWithReason(inboxes.make());
  });

  it('are listed by id and by kind, those that failed first before others, and no more than are asked for', async () => {
    await makeDead(OF_SEVERAL_KINDS);

    await expectListedByFilter(inboxes.make());
    await expect(inboxes.make().deadCallbacks({ limit: 0 })).rejects.toThrow(RangeError);
    await expect(inboxes.make().redrive({ ...{ kind: 'archive' }, limit: 5 })).rejects.toThrow(TypeError);
    expect(await inboxes.make().deadCallbacks({ limit: 2 ** 31 - 1 })).toHaveLength(OF_SEVERAL_KINDS.length);
  });

  it('are handled again with all attempts anew, whatever options the retry was asked for with', async () => {
    const first = inboxes.start(failing);
    await first.put(storedCallback());
    await until(async () => (await first.counts()).dead === 1);
    await first.stop();
    inboxes.attempts = [];
    expect(idsOf(await inboxes.make({ attempts: 9 }).redrive())).toEqual(['archive-1']);
    inboxes.start((_, { attempt }) => (attempt < 2 ? failing() : succeeding()));

    await until(async () => (await first.counts()).waiting === 0);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect(await first.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('have all attempts anew also where a process had left them, and are reported when they die again', async () => {
    let next: AfterFailure = 'leave';
    const inbox = inboxes.start(() => Promise.reject(new DeliveryFailedError('of the test', next)));
    await inbox.put(storedCallback());
    await until(() => inboxes.attempts.length === 2);
    next = 'retry';
    await until(() => inboxes.dead.length === 1);
    expect(await inbox.deadCallbacks()).toMatchObject([{ attempts: 2 }]);
    inboxes.attempts = [];
    await inbox.redrive();

    await until(() => inboxes.dead.length === 2);
    expect(inboxes.attempts).toEqual(['archive-1: 1 of 2', 'archive-1: 2 of 2']);
    expect(await inbox.deadCallbacks()).toMatchObject([{ attempts: 2 }]);
  });

  it('are dead again after their last attempt, and can be retried once more', async () => {
    await makeDead(['archive-1']);
    const inbox = inboxes.start(failing, { attempts: 1 });
    await inbox.redrive();
    await until(async () => (await inbox.counts()).dead === 1);
    await inbox.redrive({ ids: ['archive-1'] });
    await until(async () => (await inbox.counts()).dead === 1 && inboxes.attempts.length === 2);

    expect(inboxes.dead).toHaveLength(3);
  });

  it('have as many attempts as the workers give that run now', async () => {
    await makeDead(['archive-1']);
    const inbox = inboxes.start(failing, { attempts: 3 });
    // A new callback shows that the worker has begun.
    await inbox.put(storedCallback({ id: 'archive-2' }));
    await until(() => inboxes.attempts.length > 0);
    inboxes.attempts = [];
    await inbox.redrive({ ids: ['archive-1'] });

    await until(() => inboxes.attempts.includes('archive-1: 1 of 3'));
  });

  it('are retried as far as the filter says', async () => {
    await makeDead(['archive-1', 'sip-1', 'archive-2']);
    const inbox = inboxes.make();

    expect(idsOf(await inbox.redrive({ kinds: ['archive'], limit: 1 }))).toEqual(['archive-1']);
    expect(idsOf(await inbox.deadCallbacks())).toEqual(['sip-1', 'archive-2']);
  });

  it('are retried once if two people ask for it at the same time', async () => {
    await makeDead(['archive-1']);
    const [one, other] = [inboxes.make(), inboxes.make()];
    const redriven = await Promise.all([one.redrive(), other.redrive()]);

    expect(idsOf(redriven.flat())).toEqual(['archive-1']);
    expect(await one.counts()).toEqual({ waiting: 1, dead: 0 });
  });

  it('that cannot be read are listed all the same, and found by the id of their job', async () => {
    await makeDead(['archive-1']);
    await inboxes.jobs(`UPDATE video_callbacks.job SET data = '"x"' WHERE true`);
    const inbox = inboxes.make();
    const [dead] = await inbox.deadCallbacks();

    expect(dead).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), kind: 'unknown', route: 'unknown' });
    expect(await inbox.deadCallbacks({ ids: [dead?.id ?? ''] })).toEqual([dead]);
  });

  it('are listed with the reason of pg-boss where it gave them up, and then with all of their starts', async () => {
    await makeDead(['archive-1']);
    const output = JSON.stringify({ value: { message: 'job heartbeat timeout' } });
    await inboxes.jobs('UPDATE video_callbacks.job SET source_output = $2, source_retry_count = 2 WHERE true', output);

    expect(await inboxes.make().deadCallbacks()).toMatchObject([{ attempts: 3, reason: 'job heartbeat timeout' }]);
  });

  it('are kept for failedRetention, also where the queue had another one', async () => {
    await makeDead(['archive-1']);
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
