import { Body, Controller, type INestApplication, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import serverless from 'serverless-http';
import { type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  type ApplicationSetup,
  type Platform,
  PLATFORMS,
  type RunningApplication,
  startApplication,
} from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { sha256, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectUnusable } from '../support/verdict.js';

/** Bytes that do not survive being parsed and printed again. */
const DELICATE = Buffer.from(
  `{ "status":"avail\\u0061ble","id" : "b40ef09b\\/1","sessionId":"2_MX", "size":1.80233120e7,\r\n` +
    `"9":1,"1":2,"big":12345678901234567890,"name":"Grüße ✓ \\ud83d\\ude00","sessionId":"2_MX4"}  \n`,
);

let running: RunningApplication | undefined;
beforeEach(() => {
  takeHandled();
});
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(setup: ApplicationSetup): Promise<RunningApplication> {
  running = await startApplication(setup);
  return running;
}

/** Checks that a callback whose bytes are delicate arrives as they were signed. */
async function expectExactBytes(application: RunningApplication): Promise<void> {
  const { raw, callback } = await expectAccepted(application, signed(DELICATE));

  expect(raw).toEqual(JSON.parse(DELICATE.toString()));
  expect(callback).toMatchObject({ status: 'available' });
  expect(application.logs.of('error')).toEqual([]);
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

/** A Fastify instance of the user, whose parsers are there before Nest has seen it. */
function fastifyWithParsers() {
  const instance = fastify();
  instance.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  instance.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  return instance;
}

const SITUATIONS: readonly Situation[] = [
  ...PLATFORMS.flatMap((platform: Platform) => [
    { platform, situation: 'the default parsers' },
    { platform, situation: 'rawBody: true', nest: { rawBody: true } },
    { platform, situation: 'bodyParser: false', nest: { bodyParser: false } },
    { platform, situation: 'bodyParser: false and rawBody: true', nest: { bodyParser: false, rawBody: true } },
  ]),
  {
    platform: 'express',
    situation: "app.useBodyParser('json') with a small limit",
    configure: onExpress((app) => {
      app.useBodyParser('json', { limit: 10 });
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
    adapter: new FastifyAdapter(fastifyWithParsers()),
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

@Controller('other')
class OtherController {
  @Post()
  take(@Body() body: unknown, @Req() { rawBody }: RawBodyRequest<object>): unknown {
    return { body, rawBody: rawBody?.toString() };
  }
}

describe.each(PLATFORMS)('a body on %s', (platform) => {
  const BODY_LIMIT = 2_000_000;
  const application = useApplication({
    platform,
    controllers: [KindsController, OtherController],
    options: { bodyLimit: BODY_LIMIT },
    nest: { rawBody: true },
  });

  it('is accepted up to bodyLimit, whatever the limits of the platform’s parsers, and no byte more', async () => {
    const body = JSON.stringify(PAYLOADS.archive).padEnd(BODY_LIMIT, ' ');

    await expectAccepted(application(), signed(body));
    await expectUnusable(application(), signed(`${body} `), 413);
    expect(application().observed.outcomes.unusable.at(-1)).toMatchObject({ rawBody: undefined });
    expect(application().logs.of('error').join()).toContain('larger than bodyLimit');
  });

  it('is answered 415 if it is compressed, also if what it contains was signed', async () => {
    const plain = JSON.stringify(PAYLOADS.archive);
    const headers = { 'content-encoding': 'gzip' };

    await expectUnusable(application(), signed(gzipSync(plain), { headers }), 415);
    const inflated = signed(gzipSync(plain), { headers, claims: { payload_hash: sha256(plain) } });
    await expectUnusable(application(), inflated, 415);
  });

  it('is accepted as JSON with a charset, and answered 415 as another type', async () => {
    const ofType = (type: string) => signed(PAYLOADS.archive, { headers: { 'content-type': type } });

    await expectAccepted(application(), ofType('application/json;charset="UTF-8"'));
    await expectUnusable(application(), ofType('text/plain'), 415);
    await expectUnusable(application(), ofType('multipart/form-data; boundary=x'), 415);
  });

  it.each([
    ['signed by another product of Vonage', {}],
    ['unsigned', { headers: { authorization: undefined } }],
    ['of another issuer', { claims: { iss: 'another' } }],
  ])('on another route, %s, is left to the parsers of the application', async (_, options) => {
    const json = '{"message_uuid":"1", "text":"Hi"}';
    const { status, text } = await application().post('/other', signed(json, options));

    expect(status).toBe(201);
    expect(JSON.parse(text)).toEqual({ body: { message_uuid: '1', text: 'Hi' }, rawBody: json });
    expect(await application().post('/other', signed('{"a":', options))).toMatchObject({ status: 400 });
  });

  it('on another route may be larger than bodyLimit', async () => {
    const other = await start({
      platform,
      controllers: [OtherController, KindsController],
      options: { bodyLimit: 99 },
    });

    expect(await other.post('/other', signed({ a: 'x'.repeat(99) }))).toMatchObject({ status: 201 });
  });
});

describe.each(PLATFORMS)('a body that something asks for as text on %s', (platform) => {
  const setEncoding = (request: IncomingMessage): void => {
    if (request.headers['x-when'] === 'before') request.setEncoding('utf8');
    else setTimeout(() => request.setEncoding('utf8'), 20);
  };
  const onExpress = () =>
    new ExpressAdapter(
      express().use((request, _response, next) => {
        setEncoding(request);
        next();
      }),
    );
  const onFastify = () => {
    const adapter = new FastifyAdapter();
    adapter.getInstance().addHook('onRequest', ({ raw }, _reply, done) => {
      setEncoding(raw);
      done();
    });
    return adapter;
  };
  const application = useApplication({ adapter: platform === 'express' ? onExpress() : onFastify() });

  it.each([
    ['before it is read, is answered 500', 'before', 500],
    ['while it is read, is accepted', 'meanwhile', 204],
  ])('%s, and the connection goes on', async (_, when, status) => {
    const connection = await Connection.open(application().port);
    for (let round = 0; round < 2; round += 1) {
      const { headers, body } = signed({ ...PAYLOADS.archive, name: 'Grüße' }, { headers: { 'x-when': when } });
      connection.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
      connection.write(body.subarray(0, 10));
      await wait(50);
      connection.write(body.subarray(10));
      expect(await connection.answer()).toMatchObject({ status });
    }
    connection.close();
  });
});

describe('a body that something has read before', () => {
  describe('and has not kept', () => {
    const eager = express().use((request, _response, next) => {
      request.resume().once('end', next);
    });
    const application = useApplication({ adapter: new ExpressAdapter(eager) });
    const answerTo = (request: RawRequest) => exchange(application().port, ARCHIVES, request);

    it('is answered 500 without detail, and the log names the cause', async () => {
      expect(await answerTo(signed(PAYLOADS.archive))).toMatchObject({
        status: 500,
        body: '{"message":"Internal Server Error","statusCode":500}',
      });
      expect(takeHandled()).toEqual([]);
      expect(application().logs.of('error').join()).toContain('something read it before this module could');
      expect(application().observed.outcomes.failed).toMatchObject([{ error: { name: 'RawBodyUnavailableError' } }]);
    });

    it('is answered 401 if the request is forged', async () => {
      expect(await answerTo(signed(PAYLOADS.archive, { secret: 'forged' }))).toMatchObject({ status: 401 });
    });
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
    const event = { httpMethod: 'POST', path: ARCHIVES, headers: { ...headers, ...framing(body) }, body: String(body) };

    expect(await handle(event, {})).toMatchObject({ statusCode: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('is accepted if a raw parser made a Buffer of it', async () => {
    await expectExactBytes(await start({ adapter: new ExpressAdapter(express().use(express.raw({ type: '*/*' }))) }));
  });
});
