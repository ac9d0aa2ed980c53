import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger, type INestApplication } from '@nestjs/common';
// Not the package itself: it requires Nest, which is ESM, and jest cannot before Node 24.9.
import { WinstonLogger } from 'nest-winston/dist/winston.classes.js';
import { Logger as PinoLogger, LoggerModule } from 'nestjs-pino';
import { Writable } from 'node:stream';
import winston from 'winston';
import { VideoCallbacksModule } from '../../lib/index.js';
import { textKeyOf } from '../../lib/telemetry/log-line.js';
import {
  type ApplicationSetup,
  PLATFORMS,
  PROJECTS,
  type RunningApplication,
  startApplication,
} from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';

/** Collects JSON lines. */
class Lines extends Writable {
  readonly documents: Record<string, unknown>[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      this.documents.push(JSON.parse(line) as Record<string, unknown>);
    }
    done();
  }

  /** The line about an outcome of a callback. */
  async of(outcome: string): Promise<Record<string, unknown>> {
    await until(() => this.documents.some((line) => line['outcome'] === outcome));
    return this.documents.find((line) => line['outcome'] === outcome) ?? {};
  }
}

/** One for all applications of a process: so is the logger of nestjs-pino. */
const lines = new Lines();

const WARNING = {
  context: 'VideoCallbacks',
  outcome: 'rejected',
  reason: 'project_unknown',
  kind: 'archive',
  route: 'KindsController.onArchive',
};
const WARNING_TEXT = /^Rejected a request to KindsController.onArchive .*project_unknown/;
const ERROR = { context: 'VideoCallbacks', outcome: 'unusable', status: 400, kind: 'archive' };
const ERROR_TEXT = /^The archive callback .* is genuine but cannot be used/;

const withPino = (): ApplicationSetup => ({
  imports: [
    LoggerModule.forRoot({ pinoHttp: [{ autoLogging: false }, lines] }),
    VideoCallbacksModule.forRoot({ projects: PROJECTS }),
  ],
  nest: { bufferLogs: true },
  configure: (app: INestApplication) => {
    app.useLogger(app.get(PinoLogger));
  },
});

const withWinston = (): ApplicationSetup => ({
  nest: {
    bufferLogs: true,
    logger: new WinstonLogger(
      winston.createLogger({
        format: winston.format.json(),
        transports: [new winston.transports.Stream({ stream: lines })],
      }),
    ),
  },
});

describe.each(PLATFORMS)('a line of the log on %s', (platform) => {
  let running: RunningApplication | undefined;
  afterEach(async () => {
    await running?.close();
  });

  it.each([
    ['nestjs-pino under msg', 'msg', withPino],
    ['nest-winston under message', 'message', withWinston],
  ])('has its text with %s, once, beside its fields', async (_, key, setup) => {
    lines.documents.length = 0;
    running = await startApplication({ platform, ...setup() });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive, { claims: { api_key: 'unknown' } }));
    await running.post('/callbacks/archive', signed('{}'));

    for (const [outcome, text, fields] of [
      ['rejected', WARNING_TEXT, WARNING],
      ['unusable', ERROR_TEXT, ERROR],
    ] as const) {
      const line = await lines.of(outcome);
      expect(line).toMatchObject({ ...fields, [key]: expect.stringMatching(text) });
      expect(Object.values(line).filter((value) => value === line[key])).toHaveLength(1);
    }
    expect(lines.documents).toContainEqual(
      expect.objectContaining({
        [key]: expect.stringMatching(/^Secured KindsController.onArchive/),
        context: 'VideoCallbacks',
      }),
    );
  });
});

describe('textKeyOf', () => {
  it.each([
    ['message', 'without nestjs-pino', undefined],
    ['msg', 'with nestjs-pino', {}],
    ['msg', 'with options of pino', { pinoHttp: { level: 'info' } }],
    ['msg', 'with a stream', { pinoHttp: lines }],
    ['text', 'with a messageKey', { pinoHttp: { messageKey: 'text' } }],
    ['text', 'with a messageKey and a stream', { pinoHttp: [{ messageKey: 'text' }, lines] }],
  ])('is %s %s', (key, _, pinoParameters) => {
    expect(textKeyOf(pinoParameters)).toBe(key);
  });
});

const HOSTILE = '1\u001b[31m\u202e';

describe("Nest's own logger", () => {
  let running: RunningApplication | undefined;
  let written: string[];
  beforeEach(() => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await running?.close();
  });

  const refuse = async (logger: ConsoleLogger): Promise<string> => {
    running = await startApplication({ nest: { logger } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive, { claims: { api_key: HOSTILE } }));
    return written.find((line) => line.includes('project_unknown')) ?? '';
  };

  it('with json writes the fields of an outcome', async () => {
    expect(JSON.parse(await refuse(new ConsoleLogger({ json: true })))).toMatchObject({
      level: 'warn',
      context: 'VideoCallbacks',
      message: {
        message: expect.stringMatching(/^Rejected a request to KindsController.onArchive/),
        outcome: 'rejected',
        reason: 'project_unknown',
        kind: 'archive',
        route: 'KindsController.onArchive',
        address: '127.0.0.1',
        durationInMs: expect.any(Number),
      },
    });
  });

  it('writes one safe line without json', async () => {
    const line = await refuse(new ConsoleLogger({ colors: false }));

    expect(line).toMatch(/WARN \[VideoCallbacks\] Rejected a request to [^{}]*project_unknown/);
    expect(line).not.toMatch(/[\u001b\u202e]/);
  });

  it('writes accepted callbacks for debugging, and not otherwise', async () => {
    running = await startApplication({ nest: { logger: new ConsoleLogger({ logLevels: ['log'], colors: false }) } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive));
    expect(written.join()).not.toContain('was handled');
    await running.close();

    running = await startApplication({ nest: { logger: new ConsoleLogger({ colors: false }) } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive));
    expect(written.join()).toMatch(/DEBUG \[VideoCallbacks\] The archive callback .* was handled in [\d.]+ ms\./);
  });
});
