import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { keepRawBodiesOnFastify } from '../../lib/payload/fastify-raw-body.js';
import { type BodyReading } from '../../lib/request/body-reading.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { chunked, Connection } from '../support/connection.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { bringBody, JSON_TYPE, openStalled, readerOfAll, type Seen, seenOf } from './seen-request.js';

let seen: Seen[];
let application: FastifyInstance;
let connection: Connection | undefined;

beforeEach(() => {
  seen = [];
  application = fastify();
});
afterEach(async () => {
  connection?.close();
  await application.close();
});

function look(request: FastifyRequest & { rawBody?: Buffer }): void {
  seen.push(seenOf(request, request.raw));
}

const stall = async (port: number): Promise<Connection> => (connection = await openStalled(port));

/** Starts an application with our reader behind what the application has already. */
async function start(): Promise<number> {
  keepRawBodiesOnFastify(application, readerOfAll());
  application.post('/', (request, reply) => {
    look(request);
    // The head of an answer may be on its way.
    reply.hijack();
    reply.raw.end('seen');
  });
  await application.listen({ port: 0, host: '127.0.0.1' });
  return (application.server.address() as AddressInfo).port;
}

const ofType = (type: string | undefined) => signed('{"a":1}', { headers: { 'content-type': type } });

describe('the reader of raw bodies on Fastify', () => {
  it('keeps the exact bytes of what may be a callback', async () => {
    expect(await exchange(await start(), '/', signed('{"a": 1}'))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toEqual([{ state: 'complete', rawBody: '{"a": 1}', body: { a: 1 }, type: JSON_TYPE }]);
  });

  it('leaves every other request to the parsers of the application', async () => {
    const port = await start();
    await exchange(port, '/', signed('{"a": 1}', { claims: { iss: 'somebody else' } }));
    await exchange(port, '/', signed('{"a": 1}', { headers: { authorization: undefined } }));

    const untouched = { state: undefined, rawBody: undefined, body: { a: 1 }, type: JSON_TYPE };
    expect(seen).toEqual([untouched, untouched]);
  });

  it('hands on the bytes that a request came with, and does not read another body', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      bringBody(raw, '{"stored":1}');
      done();
    });
    await exchange(await start(), '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'complete', rawBody: '{"stored":1}', body: { stored: 1 }, type: JSON_TYPE }]);
  });

  it('leaves a body alone that something has put in its place', async () => {
    application.addHook('preValidation', (request, _reply, done) => {
      request.body = 'of a plugin';
      done();
    });
    await exchange(await start(), '/', signed('{"a":1}'));

    expect(seen).toMatchObject([{ state: 'complete', rawBody: '{"a":1}', body: 'of a plugin' }]);
  });

  it.each<[what: string, body: string, headers: Record<string, string>, state: BodyReading['state']]>([
    ['compressed', 'gzipped', { 'content-encoding': 'gzip' }, 'encoded'],
    ['too large', 'x'.repeat(101), {}, 'too-large'],
    ['compressed and too large', 'x'.repeat(101), { 'content-encoding': 'gzip' }, 'too-large'],
  ])('lets no parser near a body that is %s, and keeps the connection', async (_, body, headers, state) => {
    const answer = await exchange(await start(), '/', signed(body, { headers }));

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: keep-alive');
    expect(seen).toEqual([{ state, rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('lets no parser near a body that comes in chunks', async () => {
    const { headers, body } = signed('{"a":1}');
    connection = await Connection.open(await start());
    connection.request('/', { headers, body: chunked(body, 3) }, 'transfer-encoding: chunked');

    expect(await connection.answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'complete', body: { a: 1 } }]);
  });

  it('lets no parser near a body that stalls, and ends the connection', async () => {
    const answer = await (await stall(await start())).answer();

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: close');
    expect(seen).toEqual([{ state: 'timed-out', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('says nothing of the connection once the head of the answer is on its way', async () => {
    application.addHook('onRequest', (_request, { raw }, done) => {
      raw.setHeader('content-length', 4);
      raw.flushHeaders();
      done();
    });

    expect(await (await stall(await start())).answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'timed-out', body: undefined }]);
  });

  it('keeps nothing of a request that something has read before', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      raw.resume().once('end', done);
    });
    await exchange(await start(), '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'consumed', rawBody: undefined, body: undefined, type: JSON_TYPE }]);
  });

  it('does not go on with a request that was answered meanwhile', async () => {
    const requests: IncomingMessage[] = [];
    application.addHook('onRequest', ({ raw }, reply, done) => {
      requests.push(raw);
      done();
      reply.raw.writeHead(503).end();
    });
    const line = await stall(await start());
    expect(await line.answer()).toMatchObject({ status: 503 });
    await until(() => requests.every((request) => CallbackRequest.find(request)?.reading !== undefined));

    expect(requests.map(({ headers }) => headers['content-type'])).toEqual([JSON_TYPE]);
    expect(seen).toEqual([]);
  });

  it('leaves headers that are frozen to the parsers of the application', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      Object.freeze(raw.headers);
      done();
    });
    await exchange(await start(), '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'complete', rawBody: '{"a":1}', body: { a: 1 }, type: JSON_TYPE }]);
  });

  it.each([
    'application/xml',
    'application/xml; like=application/json',
    'nonsense',
    'text/plain;charset=utf-8',
    undefined,
  ])('lets no parser near a body of the type %s', async (type) => {
    expect(await exchange(await start(), '/', ofType(type))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toEqual([{ state: 'not-json', rawBody: undefined, body: undefined, type }]);
  });
});
