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
  VideoCallback,
} from '../../../lib/index.js';
import {
  type ApplicationSetup,
  type Platform,
  PLATFORMS,
  type RunningApplication,
  startApplication,
} from '../../support/application.js';
import { PgBossCallbackInbox } from '../../../lib/pg-boss/index.js';
import { PAYLOADS } from '../../support/payloads.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres-server.js';
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
let database: TestDatabase;
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
  database = await createTestDatabase();
}, 30_000);
afterAll(() => Promise.all([server.remove(), database.remove()]));
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

type Inbox = BullCallbackInbox | PgBossCallbackInbox;

function bullmq(options: Partial<BullCallbackInboxOptions> = {}): BullCallbackInbox {
  return new BullCallbackInbox({ connection: { port: server.port }, queueName, backoff: 50, ...options });
}

function pgBoss(options: { readonly attempts?: number } = {}): PgBossCallbackInbox {
  return new PgBossCallbackInbox({
    connection: database.url,
    queueName,
    retryDelayMax: 1,
    pollingInterval: 0.5,
    ...options,
  });
}

const INBOXES: Readonly<Record<string, (options?: { readonly attempts?: number }) => Inbox>> = {
  BullMQ: bullmq,
  'pg-boss': pgBoss,
};
const SETTINGS = PLATFORMS.flatMap((platform) =>
  Object.entries(INBOXES).map(([name, inbox]) => ({ platform, name, inbox })),
);

async function start(
  inbox: Inbox,
  platform: Platform = 'express',
  setup: ApplicationSetup = {},
): Promise<RunningApplication> {
  running = await startApplication({
    platform,
    controllers: [VideoController],
    ...setup,
    options: { inbox, ...setup.options },
  });
  return running;
}

const send = async (request: SignedRequest = signed(PAYLOADS.archive), path = PATH): Promise<number> =>
  (await running?.post(path, request))?.status ?? 0;

const countOf = (outcome: 'accepted' | 'stored' | 'duplicate'): number =>
  running?.observed.outcomes[outcome].length ?? 0;

describe.each(SETTINGS)('a callback in an inbox of $name, on $platform', ({ platform, inbox }) => {
  it('is answered 204 at once and reaches the same method later, as it was', async () => {
    await start(inbox(), platform);
    behave = async () => wait(300);
    const request = signed(PAYLOADS.archive, { headers: { cookie: 'a=b', 'x-trace': 'kept' } });
    expect(await send(request)).toBe(204);
    // Its method is still at work.
    expect(countOf('accepted')).toBe(0);
    await until(() => countOf('accepted') === 1);
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
    expect(countOf('stored')).toBe(1);
  });

  it('is stored once and handled once, however many copies come', async () => {
    await start(inbox(), platform);
    const request = signed(PAYLOADS.archive);

    expect(await Promise.all(Array.from({ length: 10 }, () => send(request)))).toEqual(Array(10).fill(204));
    await until(() => calls.length === 1);
    expect(await send(request)).toBe(204);
    await wait(300);
    expect(calls).toHaveLength(1);
    expect([countOf('stored'), countOf('duplicate'), countOf('accepted')]).toEqual([1, 10, 1]);
  });

  it('is delivered again while its method fails, dead after its last attempt, and handled when it is redriven', async () => {
    const own = inbox({ attempts: 2 });
    await start(own, platform);
    behave = () => {
      throw calls.length === 1 ? new BadRequestException('of another service') : new Error('no');
    };

    expect(await send()).toBe(204);
    await until(() => running?.observed.outcomes.dead.length === 1);
    await until(async () => (await own.counts()).dead === 1);
    const [dead] = await own.deadCallbacks();
    expect(dead).toMatchObject({ kind: 'archive', route: 'VideoController.onArchive' });
    expect(dead?.reason).toMatch(/^answered 500: the method did not complete/);
    expect(running?.observed.outcomes.dead[0]).toMatchObject({ id: dead?.id, attempt: { attempt: 2, of: 2 } });
    expect(running?.logs.of('error').join()).toContain('is kept as failed, attempt 2 of 2: answered 500');
    behave = () => undefined;
    await own.redrive();
    await until(() => countOf('accepted') === 1);
    expect(calls.map(({ attempt }) => attempt.attempt)).toEqual([1, 2, 1]);
    expect(new Set(calls.map(({ attempt }) => attempt.firstReceivedAt.getTime())).size).toBe(1);
    await until(async () => (await own.counts()).waiting === 0);
    expect(await own.counts()).toEqual({ waiting: 0, dead: 0 });
  });

  it('is finished first when the application closes', async () => {
    const application = await start(inbox(), platform);
    behave = async () => wait(500);
    await send();
    await until(() => calls.length === 1);
    await application.close();
    running = undefined;

    expect(application.observed.outcomes.accepted).toHaveLength(1);
    expect(application.logs.of('error')).toEqual([]);
  });
});

describe.each(PLATFORMS)('a callback in an inbox, on %s', (platform) => {
  it('may be larger than the limits of the platform’s parsers', async () => {
    await start(bullmq(), platform);

    expect(await send(signed({ ...PAYLOADS.archive, filler: 'x'.repeat(600_000) }))).toBe(204);
    await until(() => calls.length === 1);
  });

  it('is not taken for handled if an exception filter answers 200 to the failure of its method', async () => {
    await start(bullmq(), platform);

    expect(await send(signed(PAYLOADS.archive), '/video/filtered')).toBe(202);
    await until(() => calls.length === 1);
    expect(calls).toMatchObject([{ attempt: { attempt: 3 } }]);
  });

  it('is answered 400 and kept as failed if it is genuine but cannot be used', async () => {
    const own = bullmq();
    await start(own, platform);

    expect(await send(signed('{"status":"available"}'))).toBe(400);
    await until(async () => (await own.counts()).dead === 1);
    const [dead] = await own.deadCallbacks();
    expect(dead?.reason).toMatch(/^answered 400: the body cannot be used/);
    expect(dead?.attempts).toBe(1);
    expect(calls).toEqual([]);
  });

  it('is not stored if it is forged', async () => {
    const own = bullmq();
    await start(own, platform);

    expect(await send(signed(PAYLOADS.archive, { secret: 'forged' }))).toBe(401);
    await wait(200);
    expect(await own.counts()).toEqual({ waiting: 0, dead: 0 });
    expect(calls).toEqual([]);
  });
});

describe('a callback in an inbox', () => {
  it('is only accepted by a process without a worker, and handled by another', async () => {
    await start(bullmq({ worker: false }));
    expect(await send()).toBe(204);
    await wait(300);
    expect(calls).toEqual([]);

    const other = await startApplication({ controllers: [VideoController], options: { inbox: bullmq() } });
    try {
      await until(() => calls.length === 1);
    } finally {
      await other.close();
    }
  });

  it('fails with a reason that says so if its route was moved', async () => {
    await start(bullmq({ worker: false }));
    await send();
    const other = await startApplication({
      controllers: [VideoController],
      configure: (app) => void app.setGlobalPrefix('moved'),
      options: { inbox: bullmq({ attempts: 2 }) },
    });
    try {
      await until(() => other.logs.of('warn').join().includes('was the route moved'));
    } finally {
      await other.close();
    }
  });
});

describe('an inbox whose Redis is unavailable', () => {
  let own: RedisServer;
  beforeEach(async () => {
    own = await RedisServer.start();
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
    await own.remove();
  });

  it('has each callback handled once, at once, and stores others when Redis is there', async () => {
    await own.stop();
    await start(bullmq({ connection: { port: own.port } }), 'express', { options: { storageTimeout: 2 } });
    for (let count = 0; count < 3; count += 1) expect(await send()).toBe(204);
    expect(calls).toHaveLength(3);
    expect(running?.logs.of('error').filter((line) => line.includes('The inbox is unavailable'))).toHaveLength(1);
    await own.restart();
    await until(async () => (await send()) === 204 && countOf('stored') > 0);
    expect(running?.logs.of('warn').join()).toContain('The inbox is available again');
    await wait(500);
    const [first] = calls;
    expect(calls.filter(({ claims }) => claims.jti === first?.claims.jti)).toHaveLength(1);
  }, 30_000);

  it('does not keep the application from closing, though a method hangs', async () => {
    const hanging = bullmq({ connection: { port: own.port }, stopTimeout: 0.5 });
    const application = await start(hanging);
    // For ever: an end would be reported to whoever listens in this process then, which may be another test.
    behave = () => new Promise(() => undefined);
    await send();
    await until(() => calls.length === 1);
    await own.stop('SIGKILL');
    const started = performance.now();
    await application.close();
    running = undefined;
    expect(performance.now() - started).toBeLessThan(8000);
  }, 30_000);
});
