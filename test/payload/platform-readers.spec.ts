import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isJsonParserInFront, keepRawBodiesOnExpress } from '../../lib/payload/express-raw-body.js';
import { keepRawBodiesOnFastify } from '../../lib/payload/fastify-raw-body.js';
import { installRawBodyReader, isSupportedPlatform } from '../../lib/payload/raw-body.installer.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { type Platform, PLATFORMS } from '../support/application.js';
import { chunked, Connection } from '../support/connection.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { bringBody, JSON_TYPE, openStalled, readerOfAll, type Seen, seenOf } from './seen-request.js';

/** What runs in front of the reader, with Node's request and response. */
type InFront = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const passOn: InFront = (_request, _response, next) => {
  next();
};

const READER = 'keepRawBodyOfVideoCallback';

let seen: Seen[];
let server: Server | undefined;
let application: FastifyInstance | undefined;
let connection: Connection | undefined;

beforeEach(() => {
  seen = [];
});
afterEach(async () => {
  connection?.close();
  server?.close();
  await application?.close();
});

async function startOnExpress(inFront: InFront, ...behind: express.RequestHandler[]): Promise<number> {
  const app = express().use(inFront);
  keepRawBodiesOnExpress(app, readerOfAll());
  for (const handler of [express.json(), ...behind]) app.use(handler);
  app.use((request: express.Request & { rawBody?: Buffer }, response: ServerResponse) => {
    seen.push(seenOf(request, request));
    response.end('seen');
  });
  app.use(((error: Error, _request, response, next) => {
    if (response.headersSent) next(error);
    else response.status(500).end(error.message);
  }) satisfies express.ErrorRequestHandler);
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function startOnFastify(inFront: InFront, instance: FastifyInstance = fastify()): Promise<number> {
  application = instance;
  instance.addHook('onRequest', (request, reply, done) => {
    inFront(request.raw, reply.raw, done);
  });
  keepRawBodiesOnFastify(instance, readerOfAll());
  instance.post('/', (request: FastifyRequest & { rawBody?: Buffer }, reply) => {
    seen.push(seenOf(request, request.raw));
    // The head of an answer may be on its way.
    reply.hijack();
    reply.raw.end('seen');
  });
  await instance.listen({ port: 0, host: '127.0.0.1' });
  return (instance.server.address() as AddressInfo).port;
}

/** A Fastify instance that sets the body of every request. */
function withBody(body: unknown): FastifyInstance {
  const instance = fastify();
  instance.addHook('preValidation', (request, _reply, done) => {
    request.body = body;
    done();
  });
  return instance;
}

const READERS: Readonly<Record<Platform, (inFront: InFront) => Promise<number>>> = {
  express: startOnExpress,
  fastify: startOnFastify,
};

const stall = async (port: number): Promise<Connection> => (connection = await openStalled(port));

describe.each(PLATFORMS)('the raw-body reader on %s', (platform) => {
  const start = (inFront = passOn) => READERS[platform](inFront);

  it('keeps the exact bytes of what may be a callback, and leaves nothing to the parsers', async () => {
    expect(await exchange(await start(), '/', signed('{"a": 1}'))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toEqual([{ state: 'complete', rawBody: '{"a": 1}', body: { a: 1 }, type: JSON_TYPE }]);
  });

  it('leaves every other request to the parsers of the application', async () => {
    const port = await start();
    await exchange(port, '/', signed('{"a": 1}', { claims: { iss: 'another' } }));
    await exchange(port, '/', signed('{"a": 1}', { headers: { authorization: undefined } }));

    const untouched = { state: undefined, rawBody: undefined, body: { a: 1 }, type: JSON_TYPE };
    expect(seen).toEqual([untouched, untouched]);
  });

  it('hands on the bytes that a request came with, and reads no other body', async () => {
    const port = await start((request, _response, next) => {
      bringBody(request, '{"stored":1}');
      next();
    });
    await exchange(port, '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'complete', rawBody: '{"stored":1}', body: { stored: 1 }, type: JSON_TYPE }]);
  });

  it.each<[what: string, body: string, headers: Record<string, string>, state: BodyReading['state']]>([
    ['compressed', 'gzipped', { 'content-encoding': 'gzip' }, 'encoded'],
    ['too large', 'x'.repeat(101), {}, 'too-large'],
    ['compressed and too large', 'x'.repeat(101), { 'content-encoding': 'gzip' }, 'too-large'],
  ])('keeps parsers from a body that is %s, and keeps the connection', async (_, body, headers, state) => {
    const answer = await exchange(await start(), '/', signed(body, { headers }));

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: keep-alive');
    expect(seen).toEqual([{ state, rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it.each([
    ['{"a":1}', {}, { state: 'complete', body: { a: 1 } }],
    ['gzipped', { 'content-encoding': 'gzip' }, { state: 'encoded', body: undefined }],
  ])('keeps parsers from a body in chunks: %s', async (text, encoding, expected) => {
    const { headers, body } = signed(text, { headers: encoding });
    connection = await Connection.open(await start());
    connection.request('/', { headers, body: chunked(body, 3) }, 'transfer-encoding: chunked');

    expect(await connection.answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([expected]);
  });

  it('keeps parsers from a body that stalls, and ends the connection', async () => {
    const answer = await (await stall(await start())).answer();

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: close');
    expect(seen).toEqual([{ state: 'timed-out', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('leaves the connection alone once the head of the answer is on its way', async () => {
    const port = await start((_request, response, next) => {
      response.setHeader('content-length', 4);
      response.flushHeaders();
      next();
    });

    expect(await (await stall(port)).answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'timed-out', body: undefined }]);
  });

  it('keeps nothing of a request that something has read before', async () => {
    const port = await start((request, _response, next) => {
      request.resume().once('end', next);
    });
    await exchange(port, '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'consumed', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('ends with a request that was answered meanwhile', async () => {
    const requests: IncomingMessage[] = [];
    const port = await start((request, response, next) => {
      requests.push(request);
      next();
      response.writeHead(503).end();
    });
    expect(await (await stall(port)).answer()).toMatchObject({ status: 503 });
    await until(() => requests.every((request) => CallbackRequest.find(request)?.reading !== undefined));

    expect(requests.map(({ headers }) => headers['content-type'])).toEqual([JSON_TYPE]);
    expect(seen).toEqual([]);
  });

  it('keeps a body that something else has set', async () => {
    const fixed = 'of a plugin';
    const port =
      platform === 'express'
        ? await start((request, _response, next) => {
            Object.defineProperty(request, 'body', { value: fixed });
            next();
          })
        : await startOnFastify(passOn, withBody(fixed));

    expect(await exchange(port, '/', signed('{"a":1}'))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'complete', rawBody: '{"a":1}', body: fixed }]);
  });
});

describe('the raw-body reader on express', () => {
  it('changes no header of a request that something has read before', async () => {
    const lengths: unknown[] = [];
    const port = await startOnExpress(
      (request, _response, next) => {
        request.resume().once('end', next);
      },
      (request, _response, next) => {
        lengths.push(request.headers['content-length']);
        next();
      },
    );
    await exchange(port, '/', signed('{"a":1}'));

    expect(lengths).toEqual(['7']);
  });

  it('has a name among the middleware', () => {
    const app = express();
    keepRawBodiesOnExpress(app, readerOfAll());

    expect(app.router.stack.map(({ name }) => name)).toEqual([READER]);
  });
});

describe('the raw-body reader on fastify', () => {
  it('leaves frozen headers to the parsers of the application', async () => {
    const port = await startOnFastify(({ headers }, _response, next) => {
      Object.freeze(headers);
      next();
    });
    await exchange(port, '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'complete', rawBody: '{"a":1}', body: { a: 1 }, type: JSON_TYPE }]);
  });

  it.each([
    'application/xml',
    'application/xml; like=application/json',
    'nonsense',
    'text/plain;charset=utf-8',
    undefined,
  ])('keeps parsers from a body of the type %s', async (type) => {
    const request = signed('{"a":1}', { headers: { 'content-type': type } });

    expect(await exchange(await startOnFastify(passOn), '/', request)).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toEqual([{ state: 'not-json', rawBody: undefined, body: undefined, type }]);
  });
});

/** An adapter of an unknown platform, made of Express. */
class UnknownAdapter extends ExpressAdapter {
  override getType(): string {
    return 'unknown';
  }
}

describe('installRawBodyReader', () => {
  async function installOn(adapter: ExpressAdapter | FastifyAdapter | null): Promise<void> {
    const host = new HttpAdapterHost();
    installRawBodyReader(host, readerOfAll());
    Object.assign(host, { httpAdapter: adapter });
    // What goes wrong there ends the process, but not at once.
    await wait(1);
  }

  const readersOf = (app: express.Express) => app.router.stack.filter(({ name }) => name === READER);

  it('installs the reader on Express, whether the adapter is there already or comes later', async () => {
    const [early, late] = [express(), express()];
    await installOn(new ExpressAdapter(late));
    const host = new HttpAdapterHost();
    host.httpAdapter = new ExpressAdapter(early);
    installRawBodyReader(host, readerOfAll());

    expect([readersOf(early).length, readersOf(late).length]).toEqual([1, 1]);
  });

  it('installs it once on an Express application', async () => {
    const app = express();
    await installOn(new ExpressAdapter(app));
    await installOn(new ExpressAdapter(app));

    expect(readersOf(app)).toHaveLength(1);
  });

  it('installs it once on Fastify', async () => {
    const adapter = new FastifyAdapter();
    await installOn(adapter);
    await installOn(adapter);
    const instance: FastifyInstance = adapter.getInstance();
    application = instance;
    instance.post('/', ({ raw }) => CallbackRequest.find(raw)?.reading?.state);
    await instance.listen({ port: 0, host: '127.0.0.1' });
    const { port } = instance.server.address() as AddressInfo;

    expect(await exchange(port, '/', signed('{}'))).toMatchObject({ status: 200, body: 'complete' });
  });

  it('installs nothing where there is no platform, or an unknown one', async () => {
    const app = express();
    await installOn(new UnknownAdapter(app));
    await installOn(null);

    expect(readersOf(app)).toEqual([]);
  });

  it('supports Express and Fastify', () => {
    expect(['express', 'fastify', 'koa', ''].map(isSupportedPlatform)).toEqual([true, true, false, false]);
  });
});

describe('isJsonParserInFront', () => {
  const json = express.json();
  const reader = Object.defineProperty(() => undefined, 'name', { value: READER });
  const text = express.text();
  const isInFront = (...middleware: express.RequestHandler[]) =>
    isJsonParserInFront(new ExpressAdapter(express().use(...middleware)));

  it('finds a JSON parser in front of the reader, however far', () => {
    expect(isInFront(json, reader)).toBe(true);
    expect(isInFront(text, json, text, reader, text)).toBe(true);
    expect(isJsonParserInFront(new ExpressAdapter(express().use('/', json).use(reader)))).toBe(true);
  });

  it('ignores one that comes later or is mounted elsewhere, and other parsers', () => {
    expect(isInFront(reader, json)).toBe(false);
    expect(isInFront(text, reader)).toBe(false);
    expect(isJsonParserInFront(new ExpressAdapter(express().use('/elsewhere', json).use(reader)))).toBe(false);
  });

  it('finds none where there is no reader', () => {
    expect(isInFront(json, json)).toBe(false);
  });

  it('finds none on other platforms', () => {
    expect(isJsonParserInFront(new UnknownAdapter(express().use(json).use(reader)))).toBe(false);
    expect(isJsonParserInFront(new FastifyAdapter())).toBe(false);
  });

  it.each([{}, { router: {} }])('finds none in an application that does not show its middleware: %j', (shown) => {
    expect(isJsonParserInFront(new ExpressAdapter({ use: () => undefined, ...shown }))).toBe(false);
  });
});
