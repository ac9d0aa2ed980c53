import { Controller, HttpCode, Post } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tracingChannel } from 'node:diagnostics_channel';
import { EMPTY, type Observable, of } from 'rxjs';
import { type CallbackHandling, VideoCallback, VideoCallbacksModule } from '../../lib/index.js';
import { confirmAfterMethod } from '../../lib/delivery/method-run.js';
import { type RunningApplication, startApplication } from '../support/application.js';
import { Connection } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { MemoryInbox } from '../support/memory-inbox.js';

let running: RunningApplication;
let calls: number;
/** What the method does. */
let behave: () => Promise<Observable<unknown>>;

@Controller('video')
class VideoController {
  @Post('archives')
  @HttpCode(200)
  @VideoCallback('archive')
  onArchive(): Promise<Observable<unknown>> {
    calls += 1;
    return behave();
  }
}

const channel = tracingChannel<unknown, CallbackHandling>('nestjs-vonage-video-callbacks:handling');
let handlings: CallbackHandling[];
/** How many of them have come to an end. */
let ended: number;
const watcher = {
  start(handling: CallbackHandling): void {
    if (!handling.isRedelivery) handling.traceContext['traceparent'] = 'left by an instrumentation';
    handlings.push(handling);
  },
  end: () => undefined,
  asyncStart: () => undefined,
  asyncEnd(): void {
    ended += 1;
  },
  error: () => undefined,
};

beforeEach(() => {
  calls = 0;
  handlings = [];
  ended = 0;
  behave = () => Promise.resolve(of('handled'));
  channel.subscribe(watcher);
});
afterEach(async () => {
  channel.unsubscribe(watcher);
  await running.close();
});

const start = async (options: Parameters<typeof VideoCallbacksModule.forRoot>[0] = {}): Promise<void> => {
  running = await startApplication({ controllers: [VideoController], options });
};
const archive = () => signed({ ...PAYLOADS.archive, updatedAt: 1_700_000_000_000 });
const send = async (request = archive()): Promise<string> => {
  const { status, text } = await running.post('/video/archives', request);
  return `${status} ${text}`.trim();
};
const outcomes = () => running.observed.outcomes;

describe('a callback that is handled when it comes', () => {
  it('is answered with what its method returned, and its copies with nothing', async () => {
    await start();

    expect(await send()).toBe('200 handled');
    expect(await send()).toBe('200');
    expect(calls).toBe(1);
    expect(outcomes()).toMatchObject({ accepted: [{ kind: 'archive' }], duplicate: [{ kind: 'archive' }] });
  });

  it.each([
    [true, '200 handled'],
    [false, '500'],
  ])('is confirmed with the ledger where its method marked it within a transaction: %s', async (isHandled, answer) => {
    await start({ storageTimeout: 0.2 });
    behave = () => {
      confirmAfterMethod(handlings[0]?.id ?? '', () => isHandled);
      return Promise.resolve(of('handled'));
    };

    expect(await send()).toMatch(answer);
    expect(outcomes().failed).toHaveLength(isHandled ? 0 : 1);
  });

  it('waits for that confirmation for storageTimeout at most', async () => {
    await start({ storageTimeout: 0.2 });
    behave = () => {
      confirmAfterMethod(handlings[0]?.id ?? '', () => new Promise(() => undefined));
      return Promise.resolve(of('handled'));
    };

    const startedAt = performance.now();
    expect(await send()).toMatch('500');
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(outcomes().failed).toMatchObject([{ error: { code: 'ERR_CALLBACKS_NOT_COMMITTED' } }]);
  });

  it('is answered with nothing where its method ends without a result', async () => {
    await start();
    behave = () => Promise.resolve(EMPTY);

    expect(await send()).toBe('200');
    expect(outcomes().accepted).toHaveLength(1);
  });

  it('is reported with the fields left out of its DTO', async () => {
    await start();
    await send(signed({ ...PAYLOADS.archive, name: 7 }));

    expect(outcomes().accepted).toMatchObject([{ setAside: [{ path: 'name' }] }]);
  });

  it('is handled although its sender hangs up, but no copy takes over whose sender hung up', async () => {
    await start();
    let fail: () => void = () => undefined;
    behave = () =>
      new Promise((_, reject) => {
        fail = () => {
          reject(new Error('no'));
        };
      });
    const request = archive();
    const senders = [await Connection.open(running.port), await Connection.open(running.port)];
    for (const sender of senders) sender.request('/video/archives', request);
    await until(() => handlings.length === 2);
    for (const sender of senders) sender.abort();
    await until(() => ended === 1);
    fail();
    await until(() => ended === 2);

    expect(calls).toBe(1);
    expect(outcomes()).toMatchObject({ failed: [{ error: { message: 'no' } }], unavailable: [] });
  });

  it('can be watched while it is handled', async () => {
    await start();
    await send();

    expect(handlings).toMatchObject([{ isRedelivery: false, outcome: 'accepted', kind: 'archive' }]);
  });
});

describe('a callback that is stored when it comes', () => {
  let inbox: MemoryInbox;
  beforeEach(async () => {
    inbox = new MemoryInbox();
    await start({ inbox });
  });

  it('is answered with nothing, and handled when it is delivered', async () => {
    const request = archive();
    expect(await send(request)).toBe('200');
    expect(calls).toBe(0);
    expect(inbox.stored).toMatchObject([
      {
        body: request.body.toString('base64'),
        route: 'VideoController.onArchive',
        request: { url: '/video/archives' },
      },
    ]);
    await inbox.deliverLatest();

    expect(calls).toBe(1);
    expect(outcomes()).toMatchObject({ stored: [{}], redelivered: [{}], accepted: [{}], duplicate: [], failed: [] });
    expect(inbox.stored).toHaveLength(1);
  });

  it('is stored once, however often it is signed anew', async () => {
    await send();
    await send();

    expect(inbox.stored).toHaveLength(1);
  });

  it('keeps the trace context of an instrumentation', async () => {
    await send();
    await inbox.deliverLatest();

    expect(inbox.stored).toMatchObject([{ traceContext: { traceparent: 'left by an instrumentation' } }]);
    expect(handlings).toMatchObject([
      { isRedelivery: false, outcome: 'stored' },
      { isRedelivery: true, outcome: 'accepted', traceContext: { traceparent: 'left by an instrumentation' } },
    ]);
  });

  it('is reported as failed once each time its method fails', async () => {
    await send();
    behave = () => Promise.reject(new Error('the database is down'));
    await expect(inbox.deliverLatest()).rejects.toThrow('answered 500: the method did not complete');

    expect(outcomes().failed).toMatchObject([{ error: { message: 'the database is down' } }]);
  });
});
