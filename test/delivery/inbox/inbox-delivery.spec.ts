import {
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ArgumentsHost,
  type ExecutionContext,
  HttpCode,
  Ip,
  Post,
  Query,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox, type BullCallbackInboxOptions } from '../../../lib/bullmq/index.js';
import {
  ArchiveCallback,
  type CallbackAttempt,
  CallbackClaims,
  type CallbackTokenClaims,
  DeliveryAttempt,
  isDelivery,
  type StoredCallback,
  VideoCallback,
} from '../../../lib/index.js';
import {
  type ApplicationSetup,
  PLATFORMS,
  type RunningApplication,
  startApplication,
} from '../../support/application.js';
import { PAYLOADS } from '../../support/payloads.js';
import { RedisServer } from '../../support/redis-server.js';
import { signed, type SignedRequest } from '../../support/signer.js';
import { until } from '../../support/until.js';

const PATH = '/video/archives?tenant=7';

interface Call {
  readonly archive: ArchiveCallback;
  readonly attempt: CallbackAttempt;
  readonly claims: CallbackTokenClaims;
  readonly ip: string;
  readonly tenant: string;
  readonly headers: IncomingMessage['headers'];
}

let server: RedisServer;
let queueName: string;
let running: RunningApplication | undefined;
let calls: Call[];
let guarded: boolean[];
let behave: (call: Call) => void | Promise<void>;

/** What a guard of the application sees. */
class WatchingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    guarded.push(isDelivery(context));
    return true;
  }
}

/** An exception filter that answers 200 to everything, as some applications have. */
@Catch()
class AnswersTwoHundred implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>();
    response.status(200).send({});
  }
}

@Controller('video')
class VideoController {
  @Post('archives')
  @UseGuards(WatchingGuard)
  async onArchive(
    @VideoCallback('archive') archive: ArchiveCallback,
    @DeliveryAttempt() attempt: CallbackAttempt,
    @CallbackClaims() claims: CallbackTokenClaims,
    @Ip() ip: string,
    @Query('tenant') tenant: string,
    @Req() request: IncomingMessage,
  ): Promise<void> {
    const call = { archive, attempt, claims, ip, tenant, headers: request.headers };
    calls.push(call);
    await behave(call);
  }

  @Post('filtered')
  @HttpCode(202)
  @UseFilters(AnswersTwoHundred)
  async onFiltered(
    @VideoCallback('archive') archive: ArchiveCallback,
    @DeliveryAttempt() attempt: CallbackAttempt,
  ): Promise<void> {
    if (attempt.attempt < 3) throw new Error(`not yet: ${archive.id}`);
    calls.push({ archive, attempt } as Call);
    return Promise.resolve();
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  queueName = `inbox-${randomUUID()}`;
  calls = [];
  guarded = [];
  behave = () => undefined;
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});

function inbox(options: Partial<BullCallbackInboxOptions> = {}): BullCallbackInbox {
  return new BullCallbackInbox({ connection: { port: server.port }, queueName, backoff: 50, ...options });
}

async function start(setup: ApplicationSetup): Promise<RunningApplication> {
  running = await startApplication({
    controllers: [VideoController],
    ...setup,
    options: { ...setup.options, inbox: setup.options?.inbox ?? inbox() },
  });
  return running;
}

const send = async (request: SignedRequest, path = PATH): Promise<number> =>
  (await running?.post(path, request))?.status ?? 0;

async function withQueue<Result>(use: (queue: Queue<StoredCallback>) => Promise<Result>): Promise<Result> {
  const queue = new Queue<StoredCallback>(queueName, { connection: { port: server.port } });
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

describe.each(PLATFORMS)('with an inbox, a callback on %s', (platform) => {
  it('is answered 204 at once and reaches the same method later, as it was', async () => {
    await start({ platform });
    behave = async () => wait(300);
    const request = signed(PAYLOADS.archive, { headers: { cookie: 'a=b', 'x-trace': 'kept' } });
    expect(await send(request)).toBe(204);
    // Its method is still at work.
    expect(running?.observed.outcomes.accepted).toEqual([]);
    await until(() => (running?.observed.outcomes.accepted.length ?? 0) === 1);
    expect(calls).toMatchObject([
      {
        archive: PAYLOADS.archive,
        attempt: { attempt: 1, of: 40 },
        claims: { iss: 'Vonage' },
        ip: '127.0.0.1',
        tenant: '7',
      },
    ]);
    expect(calls[0]?.archive).toBeInstanceOf(ArchiveCallback);
    const headers = calls[0]?.headers ?? {};
    expect(headers['x-trace']).toBe('kept');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
    // Once when it arrived and once when it was delivered.
    expect(guarded).toEqual([false, true]);
    expect(running?.observed.outcomes.stored).toHaveLength(1);
  });

  it('larger than the limits of the platform’s parsers is delivered', async () => {
    await start({ platform });

    expect(await send(signed({ ...PAYLOADS.archive, filler: 'x'.repeat(600_000) }))).toBe(204);
    await until(() => calls.length === 1);
  });

  it('is stored once and handled once, however often it comes', async () => {
    await start({ platform });
    const request = signed(PAYLOADS.archive);

    expect(await Promise.all(Array.from({ length: 10 }, () => send(request)))).toEqual(Array(10).fill(204));
    await until(() => calls.length === 1);
    await wait(200);
    expect(await send(request)).toBe(204);
    await wait(300);
    expect(calls).toHaveLength(1);
  });

  it('whose method fails three times is handled at the fourth attempt', async () => {
    await start({ platform });
    behave = ({ attempt }) => {
      if (attempt.attempt < 4) throw new Error('the database is down');
    };

    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await until(() => (running?.observed.outcomes.accepted.length ?? 0) === 1);
    expect(calls.map(({ attempt }) => attempt.attempt)).toEqual([1, 2, 3, 4]);
    expect(new Set(calls.map(({ attempt }) => attempt.firstReceivedAt.getTime())).size).toBe(1);
  });

  it('whose failure an exception filter answers with 200 is not taken for handled', async () => {
    await start({ platform });

    expect(await send(signed(PAYLOADS.archive), '/video/filtered')).toBe(202);
    await until(() => calls.length === 1);
    expect(calls).toMatchObject([{ attempt: { attempt: 3 } }]);
  });

  it('that always fails is kept as failed with its reason, and handled when it is redriven', async () => {
    await start({ platform, options: { inbox: inbox({ attempts: 2 }) } });
    behave = () => {
      throw new Error('no');
    };

    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await withQueue(async (queue) => {
      await until(async () => (await queue.getFailedCount()) === 1);
      const [failed] = await queue.getFailed();
      expect(failed?.failedReason).toMatch(/^answered 500: the method did not complete/);
      await until(() => running?.observed.outcomes.dead.length === 1);
      expect(running?.observed.outcomes.dead[0]).toMatchObject({ id: failed?.id, attempt: { attempt: 2, of: 2 } });
      expect(running?.logs.of('error').join()).toContain('is kept as failed, attempt 2 of 2: answered 500');
      behave = () => undefined;
      await failed?.retry('failed', { resetAttemptsMade: true });
      await until(() => (running?.observed.outcomes.accepted.length ?? 0) === 1);
      expect(calls.map(({ attempt }) => attempt.attempt)).toEqual([1, 2, 1]);
    });
  });

  it('that is genuine but cannot be used is answered 400 and kept as failed', async () => {
    await start({ platform });
    const body = '{"status":"available"}';

    expect(await send(signed(body))).toBe(400);
    await withQueue(async (queue) => {
      await until(async () => (await queue.getFailedCount()) === 1);
      const [failed] = await queue.getFailed();
      expect(Buffer.from(failed?.data.body ?? '', 'base64').toString()).toBe(body);
      expect(failed?.failedReason).toMatch(/^answered 400: the body cannot be used/);
      expect(failed?.attemptsMade).toBe(1);
    });
    expect(calls).toEqual([]);
  });

  it('that is forged never gets in', async () => {
    await start({ platform });

    expect(await send(signed(PAYLOADS.archive, { secret: 'forged' }))).toBe(401);
    await withQueue(async (queue) => {
      await wait(200);
      expect(await queue.getJobCounts()).toMatchObject({ waiting: 0, active: 0, failed: 0, delayed: 0 });
    });
    expect(calls).toEqual([]);
  });

  it('is handled at once while Redis is away, and stored again when it is back', async () => {
    const own = await RedisServer.start();
    try {
      await start({
        platform,
        options: { inbox: inbox({ connection: { port: own.port }, stopTimeout: 1 }), storageTimeout: 1 },
      });
      await own.stop();
      for (let count = 0; count < 3; count += 1) expect(await send(signed(PAYLOADS.archive))).toBe(204);
      expect(calls).toHaveLength(3);
      expect(running?.logs.of('error').filter((line) => line.includes('The inbox is unavailable'))).toHaveLength(1);
      await own.restart();
      await until(async () => {
        await send(signed(PAYLOADS.archive));
        return (running?.observed.outcomes.stored.length ?? 0) > 0;
      });
      expect(running?.logs.of('warn').join()).toContain('The inbox is available again');
    } finally {
      await running?.close();
      running = undefined;
      await own.remove();
    }
  }, 30_000);

  it('is handled at once when Redis hangs, after storageTimeout', async () => {
    const own = await RedisServer.start();
    try {
      await start({
        platform,
        options: { inbox: inbox({ connection: { port: own.port }, stopTimeout: 1 }), storageTimeout: 0.3 },
      });
      own.pause();
      const started = performance.now();
      expect(await send(signed(PAYLOADS.archive))).toBe(204);
      expect(performance.now() - started).toBeLessThan(1500);
      expect(calls.length).toBeGreaterThanOrEqual(1);
      own.resume();
    } finally {
      own.resume();
      await running?.close();
      running = undefined;
      await own.remove();
    }
  }, 30_000);

  it('is only accepted by a process without a worker, and handled by another', async () => {
    await start({ platform, options: { inbox: inbox({ worker: false }) } });
    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await wait(300);
    expect(calls).toEqual([]);

    const other = await startApplication({ platform, controllers: [VideoController], options: { inbox: inbox() } });
    try {
      await until(() => calls.length === 1);
    } finally {
      await other.close();
    }
  });

  it('whose method throws a 400 is tried again like any other', async () => {
    await start({ platform });
    behave = ({ attempt }) => {
      if (attempt.attempt === 1) throw new BadRequestException('of another service');
    };

    expect(await send(signed(PAYLOADS.archive))).toBe(204);
    await until(() => (running?.observed.outcomes.accepted.length ?? 0) === 1);
    expect(calls.map(({ attempt }) => attempt.attempt)).toEqual([1, 2]);
  });

  it('that does not reach its method any more fails with a reason that says so', async () => {
    await start({ platform, options: { inbox: inbox({ worker: false }) } });
    await send(signed(PAYLOADS.archive));
    const other = await startApplication({
      platform,
      controllers: [VideoController],
      configure: (app) => void app.setGlobalPrefix('moved'),
      options: { inbox: inbox({ attempts: 2 }) },
    });
    try {
      await until(() => other.logs.of('warn').join().includes('was the route moved'));
    } finally {
      await other.close();
    }
  });

  it('is handled once, at once, when Redis is not there at the start', async () => {
    const own = await RedisServer.start();
    try {
      await own.stop();
      await start({ platform, options: { inbox: inbox({ connection: { port: own.port } }), storageTimeout: 2 } });
      expect(await send(signed(PAYLOADS.archive))).toBe(204);
      expect(calls).toHaveLength(1);
      await own.restart();
      await until(async () => {
        await send(signed(PAYLOADS.archive));
        return (running?.observed.outcomes.stored.length ?? 0) > 0;
      });
      await wait(500);
      const [first] = calls;
      expect(calls.filter(({ claims }) => claims.jti === first?.claims.jti)).toHaveLength(1);
    } finally {
      await running?.close();
      running = undefined;
      await own.remove();
    }
  }, 30_000);

  it('does not keep the application from closing, if its method or Redis hangs', async () => {
    const own = await RedisServer.start();
    try {
      const hanging = inbox({ connection: { port: own.port }, stopTimeout: 0.5 });
      const application = await start({ platform, options: { inbox: hanging } });
      // For ever: an end would be told to whoever listens in this process then, which may be another test.
      behave = () => new Promise(() => undefined);
      await send(signed(PAYLOADS.archive));
      await until(() => calls.length === 1);
      await own.stop('SIGKILL');
      const started = performance.now();
      await application.close();
      running = undefined;
      expect(performance.now() - started).toBeLessThan(8000);
    } finally {
      await own.remove();
    }
  }, 30_000);

  it('that is being handled when the application closes is finished first', async () => {
    await start({ platform });
    let hasEnded = false;
    behave = async () => {
      await wait(500);
      hasEnded = true;
    };
    await send(signed(PAYLOADS.archive));
    await until(() => calls.length === 1);
    await running?.close();
    running = undefined;

    expect(hasEnded).toBe(true);
  });
});
