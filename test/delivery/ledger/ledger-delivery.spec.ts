import { Controller, HttpException, Post } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackLedger,
  type ClaimState,
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
  it('that was handled is answered 204 and does not run the method again', async () => {
    await start({ platform });
    const request = signed(WITH_MOMENT);

    expect([await send(request), await send(request), await send(request)]).toEqual([204, 204, 204]);
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(2);
  });

  it('that is signed anew is known by its body, if that carries a moment', async () => {
    await start({ platform });

    expect([await send(signed(WITH_MOMENT)), await send(signed(WITH_MOMENT))]).toEqual([204, 204]);
    expect(calls).toHaveLength(1);
  });

  it('with an equal body and another token is another callback, if the body carries no moment', async () => {
    await start({ platform });

    expect([await send(signed(PAYLOADS.archive)), await send(signed(PAYLOADS.archive))]).toEqual([204, 204]);
    expect(calls).toHaveLength(2);
  });

  it('waits for the one that is being handled, and does not run the method', async () => {
    await start({ platform });
    behave = async () => wait(300);
    const request = signed(WITH_MOMENT);

    expect(await Promise.all(Array.from({ length: 20 }, () => send(request)))).toEqual(Array(20).fill(204));
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(19);
  });

  it('takes over when the one before it failed', async () => {
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

  it('that was refused by the method may come again', async () => {
    await start({ platform });
    const request = signed(WITH_MOMENT);
    behave = () => Promise.reject(new Error('the database is down'));
    expect(await send(request)).toBe(500);
    behave = () => Promise.resolve();

    expect([await send(request), await send(request)]).toEqual([204, 204]);
    expect(calls).toHaveLength(2);
  });

  it('is answered 503 when the one before it takes too long', async () => {
    await start({ platform, options: { duplicateTimeout: 0.1 } });
    behave = async () => wait(600);
    const request = signed(WITH_MOMENT);
    const first = send(request);
    await wait(50);

    expect(await send(request)).toBe(503);
    expect(await first).toBe(204);
    expect(calls).toHaveLength(1);
    expect(running.logs.of('error').join()).toContain('in progress for more than 0.1 s');
  });

  it('that hangs up while it waits does not keep the next one from its turn', async () => {
    await start({ platform });
    behave = async () => {
      await wait(400);
      if (calls.length === 1) throw new Error('the first one fails');
    };
    const request = signed(WITH_MOMENT);
    const first = send(request);
    await wait(50);
    const impatient = await Connection.open(running.port);
    impatient.request(PATH, request);
    await wait(50);
    impatient.abort();
    await wait(50);
    const third = send(request);

    expect([await first, await third]).toEqual([500, 204]);
    expect(calls).toHaveLength(2);
  });

  it('finds the callback completed whose sender hung up while it was handled', async () => {
    await start({ platform });
    behave = async () => wait(200);
    const request = signed(WITH_MOMENT);
    const impatient = await Connection.open(running.port);
    impatient.request(PATH, request);
    await wait(50);
    impatient.abort();

    expect(await send(request)).toBe(204);
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.accepted).toHaveLength(1);
  });

  it('runs the method again with ledger: false', async () => {
    await start({ platform, options: { ledger: false } });
    const request = signed(WITH_MOMENT);

    expect([await send(request), await send(request)]).toEqual([204, 204]);
    expect(calls).toHaveLength(2);
  });

  it('is known by its token alone with verifyPayload: false, whatever its body has become', async () => {
    await start({ platform, options: { verifyPayload: false } });
    const { headers, body } = signed(WITH_MOMENT);
    const changed = { headers, body: Buffer.from(body.toString().replace('Lesson 7', 'Lesson 8')) };

    expect([await send({ headers, body }), await send(changed)]).toEqual([204, 204]);
    expect(calls).toHaveLength(1);
  });

  it('is attempt 1 of 1', async () => {
    await start({ platform });
    const before = Date.now();
    await send(signed(WITH_MOMENT));

    expect(calls).toMatchObject([{ attempt: { attempt: 1, of: 1 } }]);
    expect(calls[0]?.attempt.firstReceivedAt.getTime()).toBeGreaterThanOrEqual(before);
  });
});

/** A ledger over a store that can be away, or slow. */
class FlakyLedger extends CallbackLedger {
  readonly retention = 93_600;
  readonly lease = Infinity;
  readonly scope = 'in a store that fails';
  private readonly memory = new MemoryCallbackLedger();
  operate: () => Promise<void> = () => Promise.resolve();

  override async claim(id: string, holder: string): Promise<ClaimState> {
    await this.operate();
    return this.memory.claim(id, holder);
  }
  override renew = (id: string, holder: string): boolean => this.memory.renew(id, holder);
  override async complete(id: string): Promise<void> {
    await this.operate();
    this.memory.complete(id);
  }
  override release(id: string, holder: string): void {
    this.memory.release(id, holder);
  }
}

/** Whether a promise is settled by now. */
function fateNow(promise: unknown): Promise<string> {
  return Promise.race([Promise.resolve(promise).then(() => 'settled'), Promise.resolve().then(() => 'pending')]);
}

describe('while the ledger', () => {
  const away = (): Promise<void> => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));

  it('is unavailable callbacks are handled at once, which is reported once, and again when it is back', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    ledger.operate = away;
    const requests = Array.from({ length: 5 }, () => signed(PAYLOADS.archive));
    for (const request of requests) expect(await send(request)).toBe(204);
    ledger.operate = () => Promise.resolve();
    await until(() => running.observed.outcomes.recovered.length > 0);

    expect(calls).toHaveLength(5);
    const lines = running.logs.of('error');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('The ledger is unavailable (Error ("ECONNREFUSED"))');
    expect(lines[1]).toContain('4 more within 60 s, of which the latest: The ledger is unavailable');
    expect(running.logs.of('warn').filter((line) => line.includes('is available again'))).toHaveLength(1);
    const { unavailable, recovered } = running.observed.outcomes;
    expect(unavailable).toHaveLength(5);
    expect(unavailable[4]).toMatchObject({
      dependency: 'ledger',
      policy: 'handle',
      kind: 'archive',
      error: { code: 'ECONNREFUSED' },
    });
    expect(recovered).toEqual([{ dependency: 'ledger', missed: 5 }]);
  });

  it('fails for one callback only, the next one is known to it again', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    ledger.operate = () => Promise.reject(new TypeError('a bug'));
    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    ledger.operate = () => Promise.resolve();
    await until(() => running.observed.outcomes.recovered.length > 0);
    expect(await send(signed(PAYLOADS.archive))).toBe(204);

    expect(running.observed.outcomes.unavailable).toHaveLength(1);
  });

  it('is slow to record a completion, the application records it before it ends', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    const complete = jest.spyOn(ledger, 'complete');
    behave = () => {
      ledger.operate = async () => wait(300);
      return Promise.resolve();
    };
    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await running.close();

    expect(await fateNow(complete.mock.results[0]?.value)).toBe('settled');
  });

  it('is unavailable callbacks are answered 503 with unavailable: reject', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger, unavailable: 'reject' } });
    ledger.operate = away;

    expect(await send(signed(PAYLOADS.archive))).toBe(503);
    expect(calls).toEqual([]);
  });

  it('is slow callbacks wait for storageTimeout and no longer', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger, storageTimeout: 0.2 } });
    ledger.operate = async () => wait(1000);
    const started = performance.now();

    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    expect(performance.now() - started).toBeLessThan(900);
    expect(calls).toHaveLength(1);
  });

  it('is unavailable for a moment, copies that wait do not run the method', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    behave = async () => wait(700);
    const request = signed(WITH_MOMENT);
    const first = send(request);
    await wait(50);
    const copies = Array.from({ length: 10 }, () => send(request));
    await wait(50);
    ledger.operate = away;
    await wait(300);
    ledger.operate = () => Promise.resolve();

    expect(await Promise.all([first, ...copies])).toEqual(Array(11).fill(204));
    expect(calls).toHaveLength(1);
  });

  it('is unavailable, a copy of a callback that this process handles without it waits all the same', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    ledger.operate = away;
    behave = async () => {
      await wait(300);
      ledger.operate = () => Promise.resolve();
    };
    const request = signed(WITH_MOMENT);

    expect(await Promise.all([send(request), send(request), send(request)])).toEqual([204, 204, 204]);
    expect(calls).toHaveLength(1);
  });

  it('is unavailable, copies of a callback that this process has handled without it do not run the method', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    ledger.operate = away;
    behave = async () => wait(100);
    const request = signed(WITH_MOMENT);
    const started = performance.now();

    expect(await Promise.all([send(request), send(request), send(request)])).toEqual([204, 204, 204]);
    expect(await send(request)).toBe(204);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(calls).toHaveLength(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(3);
    expect(running.observed.outcomes.recovered).toEqual([]);
  });

  it('answers a claim too late, the claim is given back', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger, storageTimeout: 0.1, duplicateTimeout: 1, unavailable: 'reject' } });
    ledger.operate = async () => wait(300);
    const request = signed(WITH_MOMENT);
    expect(await send(request)).toBe(503);
    ledger.operate = () => Promise.resolve();
    await until(async () => (await send(request)) === 204);

    expect(calls).toHaveLength(1);
  });

  it('fails to remember a handled callback, the answer is still 204', async () => {
    const ledger = new FlakyLedger();
    await start({ options: { ledger } });
    behave = () => {
      ledger.operate = away;
      return Promise.resolve();
    };

    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    expect(running.logs.of('error').join()).toContain('is unavailable');
  });
});

describe('the memory of the ledger', () => {
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
