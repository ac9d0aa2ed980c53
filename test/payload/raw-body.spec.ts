import { Body, Controller, type INestApplication, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import serverless from 'serverless-http';
import { gzipSync } from 'node:zlib';
import {
  type ApplicationSetup,
  type Platform,
  PLATFORMS,
  type RunningApplication,
  startApplication,
} from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { sha256, signed } from '../support/signer.js';

/** Bytes that do not survive being parsed and printed again. */
const DELICATE = Buffer.from(
  `{ "status":"avail\\u0061ble","id" : "b40ef09b\\/1","sessionId":"2_MX", "size":1.80233120e7,\r\n` +
    `"9":1,"1":2,"big":12345678901234567890,"name":"Grüße ✓ \\ud83d\\ude00","sessionId":"2_MX4"}  \n`,
);
const PATH = '/callbacks/archive';

let running: RunningApplication | undefined;
beforeEach(() => {
  takeHandled();
});
afterEach(() => running?.close());

async function start(setup: ApplicationSetup): Promise<RunningApplication> {
  running = await startApplication(setup);
  return running;
}

/** Checks that a callback whose bytes are delicate arrives as they were signed. */
async function expectExactBytes(application: RunningApplication): Promise<void> {
  const answer = await application.post(PATH, signed(DELICATE));
  expect({
    status: answer.status,
    reason: application.observed.lastReason,
    logs: application.logs.of('error'),
  }).toEqual({
    status: 204,
    reason: undefined,
    logs: [],
  });
  expect(takeHandled()).toMatchObject([
    { raw: JSON.parse(DELICATE.toString()) as unknown, callback: { status: 'available' } },
  ]);
}

interface Situation extends ApplicationSetup {
  readonly situation: string;
}

const onExpress = (configure: (app: NestExpressApplication) => void) => (app: INestApplication) => {
  configure(app as NestExpressApplication);
};
const onFastify = (configure: (app: NestFastifyApplication) => void) => (app: INestApplication) => {
  configure(app as NestFastifyApplication);
};

const SITUATIONS: readonly Situation[] = [
  ...PLATFORMS.flatMap((platform: Platform) => [
    { platform, situation: 'the default parsers' },
    { platform, situation: 'rawBody: true', nest: { rawBody: true } },
    { platform, situation: 'bodyParser: false', nest: { bodyParser: false } },
    { platform, situation: 'bodyParser: false and rawBody: true', nest: { bodyParser: false, rawBody: true } },
  ]),
  {
    platform: 'express',
    situation: 'app.use(express.json())',
    configure: onExpress((app) => {
      app.use(express.json());
    }),
  },
  {
    platform: 'express',
    situation: "app.use(express.raw({ type: '*/*' }))",
    configure: onExpress((app) => {
      app.use(express.raw({ type: '*/*' }));
    }),
  },
  {
    platform: 'express',
    situation: 'app.use(express.text()) for every type, decided by a function',
    configure: onExpress((app) => {
      app.use(express.text({ type: () => true }));
    }),
  },
  {
    platform: 'express',
    situation: "app.useBodyParser('json') with a small limit",
    configure: onExpress((app) => {
      app.useBodyParser('json', { limit: 10 });
    }),
  },
  {
    platform: 'express',
    situation: 'a middleware that reads req.body of every request',
    configure: onExpress((app) => {
      app.use((request: { body: unknown }, _: unknown, next: () => void) => {
        JSON.stringify(request.body);
        next();
      });
    }),
  },
  {
    platform: 'express',
    situation: 'an Express instance of the user with a JSON parser mounted elsewhere',
    adapter: new ExpressAdapter(express().use('/elsewhere', express.json())),
  },
  {
    platform: 'fastify',
    situation: "a Fastify instance of the user with a parser for 'application/json' and one for '*'",
    adapter: new FastifyAdapter(
      // The user's own parsers, before Nest has seen the instance.
      (() => {
        const instance = fastify();
        instance.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
          done(null, body);
        });
        instance.addContentTypeParser('*', (_request, _payload, done) => {
          done(null);
        });
        return instance;
      })(),
    ),
    nest: { bodyParser: false },
  },
  {
    platform: 'fastify',
    situation: "app.useBodyParser('application/json') with a small limit",
    configure: onFastify((app) => {
      app.useBodyParser('application/json', { bodyLimit: 10 }, (_request, body, done) => {
        done(null, body);
      });
    }),
  },
  {
    platform: 'fastify',
    situation: 'a small bodyLimit of Fastify itself',
    adapter: new FastifyAdapter({ bodyLimit: 10 }),
  },
];

describe('the exact bytes of a callback are seen with', () => {
  it.each(SITUATIONS)('$situation on $platform', async (setup) => {
    await expectExactBytes(await start(setup));
  });
});

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a body larger than the limits of the platform’s parsers is accepted up to bodyLimit', async () => {
    const application = await start({ platform });
    const payload = { ...PAYLOADS.archive, filler: 'x'.repeat(900_000) };

    expect(await application.post(PATH, signed(payload))).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('a body of exactly bodyLimit bytes is accepted and one byte more is answered 413', async () => {
    const body = JSON.stringify(PAYLOADS.archive);
    const application = await start({ platform, options: { bodyLimit: body.length } });

    expect(await application.post(PATH, signed(body))).toMatchObject({ status: 204 });
    expect(await application.post(PATH, signed(`${body} `))).toMatchObject({ status: 413 });
    expect(takeHandled()).toHaveLength(1);
    expect(application.observed.outcomes.unusable).toMatchObject([{ status: 413, rawBody: undefined }]);
    expect(application.logs.of('error').join()).toContain('larger than bodyLimit');
  });

  it('a genuine callback that is compressed is answered 415', async () => {
    const application = await start({ platform });
    const plain = JSON.stringify(PAYLOADS.archive);
    const request = signed(gzipSync(plain), { headers: { 'content-encoding': 'gzip' } });
    const overInflated = signed(gzipSync(plain), {
      claims: { payload_hash: sha256(plain) },
      headers: { 'content-encoding': 'gzip' },
    });

    expect(await application.post(PATH, request)).toMatchObject({ status: 415 });
    expect(await application.post(PATH, overInflated)).toMatchObject({ status: 415 });
    expect(takeHandled()).toEqual([]);
  });

  it.each([
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset="UTF-8"',
    'application/cloudevents+json',
  ])('the content type %s is taken for JSON', async (contentType) => {
    const application = await start({ platform });

    const request = signed(PAYLOADS.archive, { headers: { 'content-type': contentType } });
    expect(await application.post(PATH, request)).toMatchObject({ status: 204 });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
    'a genuine callback of the type %s is answered 415',
    async (contentType) => {
      const application = await start({ platform });

      const request = signed(PAYLOADS.archive, { headers: { 'content-type': contentType } });
      expect(await application.post(PATH, request)).toMatchObject({ status: 415 });
      expect(takeHandled()).toEqual([]);
    },
  );

  it('requests to other routes keep their body, also those that other products of Vonage signed', async () => {
    const seen: unknown[] = [];

    @Controller('other')
    class OtherController {
      @Post()
      take(@Body() body: unknown, @Req() request: RawBodyRequest<object>): void {
        seen.push({ body, rawBody: request.rawBody?.toString() });
      }
    }

    const application = await start({
      platform,
      controllers: [KindsController, OtherController],
      nest: { rawBody: true },
    });
    const json = '{"message_uuid":"1", "text":"Hi"}';
    const body = { message_uuid: '1', text: 'Hi' };

    expect(await application.post('/other', signed(json))).toMatchObject({ status: 201 });
    expect(await application.post('/other', signed(json, { headers: { authorization: undefined } }))).toMatchObject({
      status: 201,
    });
    expect(seen).toEqual([
      { body, rawBody: json },
      { body, rawBody: json },
    ]);
  });

  it('malformed, late or large bodies on other routes are answered as usual', async () => {
    @Controller('other')
    class OtherController {
      @Post()
      take(@Body() body: unknown): unknown {
        return body;
      }
    }

    const application = await start({
      platform,
      controllers: [OtherController, KindsController],
      options: { bodyLimit: 99 },
    });

    expect(await application.post('/other', signed('{"a":'))).toMatchObject({ status: 400 });
    const long = `{"a":"${'x'.repeat(99)}"}`;
    expect(await application.post('/other', signed(long))).toMatchObject({ status: 201, text: long });
    expect(await application.post('/other', signed('{"a":1}'))).toMatchObject({ status: 201, text: '{"a":1}' });
    const foreign = signed('{"a":1}', { claims: { iss: 'somebody else' } });
    expect(await application.post('/other', foreign)).toMatchObject({ status: 201, text: '{"a":1}' });
  });
});

describe('a body that something has read before', () => {
  const eager = express().use((request, _response, next) => {
    request.resume();
    request.once('end', () => {
      next();
    });
  });

  it('is answered 500 with a log line that names the cause', async () => {
    const application = await start({ adapter: new ExpressAdapter(eager) });

    expect(await application.post(PATH, signed(PAYLOADS.archive))).toMatchObject({ status: 500 });
    expect(takeHandled()).toEqual([]);
    expect(application.logs.of('error').join()).toContain('something read it before this module could');
    expect(application.observed.outcomes.failed).toHaveLength(1);
  });

  it('tells a forged request nothing of that', async () => {
    const application = await start({ adapter: new ExpressAdapter(eager) });

    expect(await application.post(PATH, signed(PAYLOADS.archive, { secret: 'forged' }))).toMatchObject({ status: 401 });
  });

  it('is accepted if the bytes were kept in request.rawBody, as serverless platforms do', async () => {
    const keeping = express().use((request, _response, next) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        Object.assign(request, { rawBody: Buffer.concat(chunks) });
        next();
      });
    });
    await expectExactBytes(await start({ adapter: new ExpressAdapter(keeping) }));
  });

  it.each([
    ['with a length', (body: Buffer) => ({ 'content-length': String(body.length) })],
    ['without one', () => ({})],
  ])('is accepted from an adapter of a serverless platform, %s', async (_, framing) => {
    const adapter = new ExpressAdapter();
    await start({ adapter });
    const handle = serverless(adapter.getInstance<express.Express>());
    const { headers, body } = signed(DELICATE);
    const event = { httpMethod: 'POST', path: PATH, headers: { ...headers, ...framing(body) }, body: String(body) };

    expect(await handle(event, {})).toMatchObject({ statusCode: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('is accepted if a raw parser made a Buffer of it', async () => {
    await expectExactBytes(await start({ adapter: new ExpressAdapter(express().use(express.raw({ type: '*/*' }))) }));
  });
});
