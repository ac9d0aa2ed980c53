import { Controller, HttpException, Post } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  type CallbackAttempt,
  DeliveryAttempt,
  MemoryCallbackLedger,
  VideoCallback,
} from '../../../lib/index.js';
import {
  type ApplicationSetup,
  PLATFORMS,
  type RunningApplication,
  startApplication,
} from '../../support/application.js';
import { Connection } from '../../support/connection.js';
import { PAYLOADS } from '../../support/payloads.js';
import { signed, type SignedRequest } from '../../support/signer.js';
import { until } from '../../support/until.js';
import { RemoteLedger } from '../remote-ledger.js';

const PATH = '/video/archives';
const WITH_MOMENT = { ...PAYLOADS.archive, updatedAt: 1_700_000_000_000 };

let running: RunningApplication;
let calls: { id: string; attempt: CallbackAttempt }[];
/** What the method does; it returns at once unless a test says otherwise. */
let behave: () => Promise<void>;

@Controller('video')
class VideoController {
  @Post('archives')
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @DeliveryAttempt() attempt: CallbackAttempt,
  ): Promise<void> {
    calls.push({ id: archive.id, attempt });
    await behave();
  }
}

async function start(setup: ApplicationSetup): Promise<RunningApplication> {
  running = await startApplication({ controllers: [VideoController], ...setup });
  return running;
}

const send = async (request: SignedRequest): Promise<number> => (await running.post(PATH, request)).status;

beforeEach(() => {
  calls = [];
  behave = () => Promise.resolve();
});
afterEach(() => running.close());

describe.each(PLATFORMS)('a copy of a callback on %s', (platform) => {
  it('is answered 204 and does not run the method again', async () => {
    await start({ platform });
    const request = signed(WITH_MOMENT);

    expect([await send(request), await send(request), await send(request)]).toEqual([204, 204, 204]);
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(2);
  });

  it('waits while the first copy is handled, and does not run the method', async () => {
    await start({ platform });
    behave = async () => wait(300);
    const request = signed(WITH_MOMENT);

    expect(await Promise.all(Array.from({ length: 20 }, () => send(request)))).toEqual(Array(20).fill(204));
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(19);
  });

  it('runs the method if the first copy failed', async () => {
    await start({ platform });
    behave = async () => {
      await wait(100);
      if (calls.length < 3) throw new HttpException('not yet', 409);
    };
    const request = signed(WITH_MOMENT);
    const statuses = await Promise.all(Array.from({ length: 5 }, () => send(request)));

    expect(statuses.sort()).toEqual([204, 204, 204, 409, 409]);
    expect(calls).toHaveLength(3);
  });

  it('is answered 503 after duplicateTimeout', async () => {
    await start({ platform, options: { duplicateTimeout: 0.1 } });
    behave = async () => wait(600);
    const request = signed(WITH_MOMENT);
    const first = send(request);
    await until(() => calls.length === 1);

    expect(await send(request)).toBe(503);
    expect(await first).toBe(204);
    expect(calls).toHaveLength(1);
    expect(running.logs.of('error').join()).toContain('in progress for more than 0.1 s');
  });

  it('does not block the next copy if it hangs up while it waits', async () => {
    await start({ platform });
    behave = async () => {
      await wait(400);
      if (calls.length === 1) throw new Error('the first one fails');
    };
    const request = signed(WITH_MOMENT);
    const first = send(request);
    await until(() => calls.length === 1);
    const impatient = await Connection.open(running.port);
    impatient.request(PATH, request);
    await wait(50);
    impatient.abort();
    await wait(50);
    const third = send(request);

    expect([await first, await third]).toEqual([500, 204]);
    expect(calls).toHaveLength(2);
  });

  it('is a duplicate even if the first sender hung up during the method', async () => {
    await start({ platform });
    behave = async () => wait(200);
    const request = signed(WITH_MOMENT);
    const impatient = await Connection.open(running.port);
    impatient.request(PATH, request);
    await until(() => calls.length === 1);
    impatient.abort();

    expect(await send(request)).toBe(204);
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.accepted).toHaveLength(1);
  });
});

describe('a callback', () => {
  it('runs the method again for each copy with ledger: false', async () => {
    await start({ options: { ledger: false } });
    const request = signed(WITH_MOMENT);

    expect([await send(request), await send(request)]).toEqual([204, 204]);
    expect(calls).toHaveLength(2);
  });

  it('is identified by its token alone with verifyPayload: false', async () => {
    await start({ options: { verifyPayload: false } });
    const { headers, body } = signed(WITH_MOMENT);
    const changed = { headers, body: Buffer.from(body.toString().replace('Lesson 7', 'Lesson 8')) };

    expect([await send({ headers, body }), await send(changed)]).toEqual([204, 204]);
    expect(calls).toHaveLength(1);
  });

  it('is attempt 1 of 1 without an inbox', async () => {
    await start({});
    const before = Date.now();
    await send(signed(WITH_MOMENT));

    expect(calls).toMatchObject([{ attempt: { attempt: 1, of: 1 } }]);
    expect(calls[0]?.attempt.firstReceivedAt.getTime()).toBeGreaterThanOrEqual(before);
  });
});

/** Whether a promise is settled by now. */
function fateNow(promise: unknown): Promise<string> {
  return Promise.race([Promise.resolve(promise).then(() => 'settled'), Promise.resolve().then(() => 'pending')]);
}

describe('a ledger that fails', () => {
  const unavailable = (): Promise<never> => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));

  it('does not hold up callbacks, and its failure and recovery are each logged once', async () => {
    const ledger = new RemoteLedger();
    await start({ options: { ledger } });
    ledger.reach = unavailable;
    const requests = Array.from({ length: 5 }, () => signed(PAYLOADS.archive));
    for (const request of requests) expect(await send(request)).toBe(204);
    ledger.reach = () => Promise.resolve();
    await until(() => running.observed.outcomes.recovered.length > 0);

    expect(calls).toHaveLength(5);
    const lines = running.logs.of('error');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('The ledger is unavailable (Error ("ECONNREFUSED"))');
    expect(lines[1]).toContain('4 more within 60 s, of which the latest: The ledger is unavailable');
    expect(running.logs.of('warn').filter((line) => line.includes('is available again'))).toHaveLength(1);
    const { unavailable: reports, recovered } = running.observed.outcomes;
    expect(reports).toHaveLength(5);
    expect(reports[4]).toMatchObject({
      dependency: 'ledger',
      policy: 'handle',
      kind: 'archive',
      error: { code: 'ECONNREFUSED' },
    });
    expect(recovered).toEqual([{ dependency: 'ledger', missed: 5 }]);
  });

  it('gets every completion recorded before the application ends', async () => {
    const ledger = new RemoteLedger();
    await start({ options: { ledger } });
    const complete = jest.spyOn(ledger, 'complete');
    behave = () => {
      ledger.reach = async () => wait(300);
      return Promise.resolve();
    };
    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await running.close();

    expect(await fateNow(complete.mock.results[0]?.value)).toBe('settled');
  });
});

describe('the retention of the ledger', () => {
  it('must be as long as a token is valid', async () => {
    const started = start({ options: { ledger: new MemoryCallbackLedger({ retention: 90_000 }) } });
    await expect(started).rejects.toThrow('can be valid for 90120 s (maxAge and twice clockTolerance)');
    running = await startApplication();
  });

  it('grows with maxAge by default', async () => {
    await start({ options: { maxAge: 200_000 } });
    expect(running.logs.of('log').join()).toContain('duplicates are noticed in memory, this process only');
  });
});
