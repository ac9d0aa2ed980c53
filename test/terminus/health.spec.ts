import { TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CallbackLedger, type ClaimState, MemoryCallbackLedger, ModuleNotImportedError } from '../../lib/index.js';
import { VideoCallbacksHealthIndicator } from '../../lib/terminus/index.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { DEGRADED, type HealthApplication, type HealthSetup, startHealthApplication } from './health-application.js';

let running: HealthApplication | undefined;

async function start(setup?: HealthSetup): Promise<HealthApplication> {
  running = await startHealthApplication(setup);
  return running;
}

afterEach(async () => {
  jest.restoreAllMocks();
  await running?.close();
  running = undefined;
});

/** A ledger in a store that fails as a test wants it to. */
class AskedLedger extends CallbackLedger {
  readonly retention = 93_600;
  readonly lease = Infinity;
  readonly scope = 'in a store called redis.internal';
  probes = 0;
  answerProbe: () => boolean | Promise<boolean> = () => false;
  answerClaim: () => ClaimState = () => 'claimed';

  override claim = (): ClaimState => this.answerClaim();
  override renew(): boolean | Promise<boolean> {
    this.probes += 1;
    return this.answerProbe();
  }
  override complete = (): void => undefined;
  override release = (): void => undefined;
}

const fail = (): never => {
  throw new Error('connect ECONNREFUSED redis.internal:6379');
};

/** Lets the clock that limits and pauses are measured by go on. */
function passSeconds(seconds: number): void {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + seconds * 1000);
}

describe.each(PLATFORMS)('the health of an application on %s', (platform) => {
  it('is up, with the outcomes since it started', async () => {
    const { send, health } = await start({ platform });
    const request = signed(PAYLOADS.archive);
    for (let copies = 0; copies < 3; copies += 1) await send(request);
    await send(signed(PAYLOADS.archive, { secret: 'guessed' }));

    expect(await health()).toMatchObject({
      code: 200,
      overall: 'ok',
      details: { status: 'up', storage: 'memory', outcomes: { accepted: 1, duplicate: 2, rejected: 1, failed: 0 } },
    });
  });

  it('is down with status 503 while callbacks are answered 503', async () => {
    const ledger = new AskedLedger();
    ledger.answerProbe = fail;
    const { health } = await start({ platform, options: { ledger, unavailable: 'reject' } });

    expect(await health()).toMatchObject({
      code: 503,
      overall: 'error',
      details: { status: 'down', storage: 'ledger', message: 'the ledger is unavailable: callbacks are answered 503' },
    });
  });
});

describe('the health check', () => {
  it('names no project, no secret, no address and no reason of a refusal', async () => {
    const ledger = new AskedLedger();
    ledger.answerProbe = fail;
    const { send, health } = await start({ options: { ledger } });
    await send(signed(PAYLOADS.archive, { secret: 'guessed' }));
    const { text } = await health();

    for (const hidden of [PROJECT, SECRET, 'redis.internal', '127.0.0.1', 'ECONNREFUSED', 'signature_mismatch']) {
      expect(text).not.toContain(hidden);
    }
  });

  it('counts refusals by their reason if it is asked to', async () => {
    const { send, health } = await start({ health: { refusals: true } });
    await send(signed(PAYLOADS.archive, { secret: 'guessed' }));

    expect((await health()).details).toMatchObject({ refusals: { signature_mismatch: 1 } });
  });

  it.each([
    ['ledger: false', false, 'none'],
    ['a ledger in memory', new MemoryCallbackLedger(), 'memory'],
    ['a ledger of its own', new AskedLedger(), 'ledger'],
  ] as const)('is up with %s', async (_, ledger, storage) => {
    const { health } = await start({ options: { ledger } });

    expect(await health()).toMatchObject({ code: 200, details: { status: 'up', storage } });
  });

  it('says that copies may be handled again while the ledger is unavailable, and is up once it is back', async () => {
    const ledger = new AskedLedger();
    const { health } = await start({ options: { ledger } });
    ledger.answerProbe = fail;

    expect(await health()).toMatchObject({
      code: 200,
      overall: DEGRADED.overall,
      details: {
        status: DEGRADED.status,
        degraded: true,
        message: 'the ledger is unavailable: callbacks are handled at once, copies perhaps again',
      },
    });
    ledger.answerProbe = () => false;
    passSeconds(1);
    await until(async () => !('degraded' in (await health()).details));
    expect((await health()).details).not.toHaveProperty('degraded');
  });

  it('waits for storageTimeout and no longer', async () => {
    const ledger = new AskedLedger();
    ledger.answerProbe = () => new Promise(() => undefined);
    const { health } = await start({ options: { ledger, storageTimeout: 0.2 } });
    const startedAt = performance.now();

    expect((await health()).details).toMatchObject({ degraded: true });
    expect(performance.now() - startedAt).toBeLessThan(1900);
  });

  it('notices a ledger that answers but takes no callbacks, until it takes them again', async () => {
    const ledger = new AskedLedger();
    const { send, health } = await start({ options: { ledger } });
    let claims = 0;
    ledger.answerClaim = () => {
      claims += 1;
      return fail();
    };
    await send(signed(PAYLOADS.archive));
    // That of the callback, and the first of the probe.
    await until(() => claims > 1);
    expect((await health()).details).toMatchObject({ degraded: true, outcomes: { accepted: 1, unavailable: 1 } });
    passSeconds(60);
    expect((await health()).details).toMatchObject({ degraded: true });
    ledger.answerClaim = () => 'claimed';
    await until(async () => !('degraded' in (await health()).details));

    expect((await health()).details).toMatchObject({ outcomes: { accepted: 1, recovered: 1 } });
  });

  it('asks the store once for many requests', async () => {
    const ledger = new AskedLedger();
    ledger.answerProbe = () => new Promise((resolve) => setTimeout(resolve, 200, false));
    const { health } = await start({ options: { ledger } });
    const startedAt = performance.now();
    const codes = await Promise.all(Array.from({ length: 200 }, async () => (await health()).code));
    const seconds = (performance.now() - startedAt) / 1000;

    expect(codes).toEqual(Array(200).fill(200));
    expect(ledger.probes).toBeGreaterThan(0);
    expect(ledger.probes).toBeLessThanOrEqual(1 + seconds);
  });
});

describe('VideoCallbacksHealthIndicator', () => {
  it('says at start-up that VideoCallbacksModule is missing', async () => {
    const started = startApplication({
      imports: [TerminusModule],
      controllers: [],
      providers: [VideoCallbacksHealthIndicator],
    });

    await expect(started).rejects.toThrow(ModuleNotImportedError);
    await expect(started).rejects.toThrow('VideoCallbacksModule.forRoot({ … })');
  });
});
