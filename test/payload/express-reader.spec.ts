import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { keepRawBodiesOnExpress } from '../../lib/payload/express-raw-body.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { chunked, Connection } from '../support/connection.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { bringBody, JSON_TYPE, openStalled, readerOfAll, type Seen, seenOf } from './seen-request.js';

let seen: Seen[];
let server: Server | undefined;
let connection: Connection | undefined;

beforeEach(() => {
  seen = [];
});
afterEach(() => {
  connection?.close();
  server?.close();
});

const look = (request: Request & { rawBody?: Buffer }, response: Response): void => {
  seen.push(seenOf(request, request));
  response.end('seen');
};

const stall = async (port: number): Promise<Connection> => (connection = await openStalled(port));

/** Starts an application with our reader, a middleware in front of it, and others behind it. */
async function start(inFront: RequestHandler, ...behind: RequestHandler[]): Promise<number> {
  const application = express().use(inFront);
  keepRawBodiesOnExpress(application, readerOfAll());
  for (const handler of behind) application.use(handler);
  application.use(look);
  application.use(((error: Error, _request, response, next) => {
    if (response.headersSent) next(error);
    else response.status(500).end(error.message);
  }) satisfies express.ErrorRequestHandler);
  server = application.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const passOn: RequestHandler = (_request, _response, next) => {
  next();
};

describe('the reader of raw bodies on Express', () => {
  it('keeps the exact bytes of what may be a callback, and leaves no parser anything to do', async () => {
    const port = await start(passOn, express.json());

    expect(await exchange(port, '/', signed('{"a": 1}'))).toMatchObject({ status: 200 });
    expect(seen).toEqual([{ state: 'complete', rawBody: '{"a": 1}', body: { a: 1 }, type: JSON_TYPE }]);
  });

  it('leaves every other request to the parsers of the application', async () => {
    const port = await start(passOn, express.json());
    await exchange(port, '/', signed('{"a": 1}', { claims: { iss: 'somebody else' } }));

    expect(seen).toEqual([{ state: undefined, rawBody: undefined, body: { a: 1 }, type: JSON_TYPE }]);
  });

  it('hands on the bytes that a request came with, and does not read another body', async () => {
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
  ])('lets no parser near a body that is %s, and keeps the connection', async (_, body, headers, state) => {
    const port = await start(passOn, express.json());
    const answer = await exchange(port, '/', signed(body, { headers }));

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: keep-alive');
    expect(seen).toEqual([{ state, rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('lets no parser near a body that stalls, and ends the connection', async () => {
    const line = await stall(await start(passOn, express.json()));
    const answer = await line.answer();

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: close');
    expect(seen).toEqual([{ state: 'timed-out', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('says nothing of the connection once the head of the answer is on its way', async () => {
    const port = await start((_request, response, next) => {
      response.setHeader('content-length', 4);
      response.flushHeaders();
      next();
    });
    const answer = await (await stall(port)).answer();

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'timed-out', body: undefined }]);
  });

  it('lets no parser near a body that comes in chunks', async () => {
    const port = await start(passOn, express.json());
    const { headers, body } = signed('gzipped', { headers: { 'content-encoding': 'gzip' } });
    connection = await Connection.open(port);
    connection.request('/', { headers, body: chunked(body, 3) }, 'transfer-encoding: chunked');

    expect(await connection.answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'encoded', body: undefined }]);
  });

  it('changes nothing about a request that something has read before', async () => {
    const lengths: unknown[] = [];
    const port = await start(
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

    expect(seen).toEqual([{ state: 'consumed', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('does not go on with a request that was answered meanwhile', async () => {
    const requests: Request[] = [];
    const line = await stall(
      await start((request, response, next) => {
        requests.push(request);
        next();
        response.status(503).end('too slow');
      }),
    );
    expect(await line.answer()).toMatchObject({ status: 503 });
    await until(() => requests.every((request) => CallbackRequest.find(request)?.reading !== undefined));

    expect(requests.map(({ headers }) => headers['content-type'])).toEqual([JSON_TYPE]);
    expect(seen).toEqual([]);
  });

  it('leaves a body alone that cannot be replaced', async () => {
    const port = await start((request, _response, next) => {
      Object.defineProperty(request, 'body', { value: 'fixed' });
      next();
    });

    expect(await exchange(port, '/', signed('{"a":1}'))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'complete', body: 'fixed' }]);
  });

  it('has a name among the middleware', () => {
    const application = express();
    keepRawBodiesOnExpress(application, readerOfAll());

    expect(application.router.stack.map(({ name }) => name)).toEqual(['keepRawBodyOfVideoCallback']);
  });
});
