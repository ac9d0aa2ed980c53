import { Controller, Post } from '@nestjs/common';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { type InboxCounts, openInboxes } from '../../lib/telemetry/inbox-counts.js';
import { CallbackInbox, type PutResult, VideoCallback } from '../../lib/index.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { useInstrumentation } from './in-memory-sdk.js';

const sdk = useInstrumentation();

let count: () => InboxCounts | Promise<InboxCounts>;
let asked: number;
let running: RunningApplication;

/** An inbox that stores nothing and says how full it is. */
class FullInbox extends CallbackInbox {
  readonly scope = 'counted';
  readonly retention = 93_600;

  override put = (): PutResult => 'stored';
  override start = (): void => undefined;
  override stop = (): void => undefined;
  override close = (): void => undefined;

  override counts(): InboxCounts | Promise<InboxCounts> {
    asked += 1;
    return count();
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  @VideoCallback('archive')
  onArchive(): void {
    // Nothing is sent.
  }
}

beforeEach(async () => {
  asked = 0;
  count = () => ({ waiting: 3, dead: 1 });
  running = await startApplication({ controllers: [VideoController], options: { inbox: new FullInbox() } });
});
afterEach(() => running.close());

/** What the two gauges show. */
async function shown(): Promise<number[]> {
  const metrics = await sdk().collect();
  return ['video_callbacks.inbox.waiting', 'video_callbacks.inbox.dead'].flatMap((name) =>
    metrics
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value as number)),
  );
}

it('How many callbacks wait and how many are dead is asked for as long as the application runs', async () => {
  expect(await shown()).toEqual([3, 1]);
  await running.close();
  expect(openInboxes.size).toBe(0);
  // The SDK goes on with what it got last.
  await shown();
  expect(asked).toBe(1);
});

it('All inboxes of the process count', async () => {
  const other = (): InboxCounts => ({ waiting: 10, dead: 20 });
  openInboxes.add(other);
  try {
    expect(await shown()).toEqual([13, 21]);
  } finally {
    openInboxes.delete(other);
  }
});

it.each([
  ['rejects', () => Promise.reject(new Error('away'))],
  [
    'throws',
    () => {
      throw new Error('away');
    },
  ],
])('Of an inbox that %s nothing is shown', async (_, fails: () => Promise<InboxCounts>) => {
  count = fails;
  expect(await shown()).toEqual([]);
  count = () => ({ waiting: 0, dead: 0 });
  expect(await shown()).toEqual([0, 0]);
});

it('An inbox that hangs holds nobody up, and is not asked again before it has answered', async () => {
  let answer: ((counts: InboxCounts) => void) | undefined;
  count = () => new Promise((resolve) => (answer = resolve));
  const started = performance.now();
  expect(await shown()).toEqual([]);
  expect(await shown()).toEqual([]);
  expect(performance.now() - started).toBeLessThan(4000);
  expect(asked).toBe(1);

  answer?.({ waiting: 0, dead: 0 });
  await wait(10);
  count = () => ({ waiting: 5, dead: 6 });
  expect(await shown()).toEqual([5, 6]);
});
