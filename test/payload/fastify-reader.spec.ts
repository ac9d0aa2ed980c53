import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createGunzip, gzipSync } from 'node:zlib';
import { type BodyReading } from '../../lib/payload/body-reader.js';
import { keepRawBodiesOnFastify } from '../../lib/payload/fastify-raw-body.js';
import { bodyReading, keepReading } from '../../lib/payload/raw-body.js';
import { chunked, Connection, head } from '../support/connection.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { JSON_TYPE, LIMITS, openStalled, type Seen, seenOf } from './seen-request.js';

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
  seen.push(seenOf(request, bodyReading(request.raw)));
}

const stall = async (port: number): Promise<Connection> => (connection = await openStalled(port));

/** Starts an application with our reader behind what the application has already. */
async function start(): Promise<number> {
  keepRawBodiesOnFastify(application, LIMITS);
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
    await exchange(await start(), '/', signed('{"a": 1}', { claims: { iss: 'somebody else' } }));

    expect(seen).toEqual([{ state: undefined, rawBody: undefined, body: { a: 1 }, type: JSON_TYPE }]);
  });

  it('hands on the bytes that a request came with, and does not read another body', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      keepReading(raw, { state: 'complete', bytes: Buffer.from('{"stored":1}') });
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

    expect(seen).toMatchObject([{ state: 'complete', rawBody: undefined, body: 'of a plugin' }]);
  });

  it.each<[what: string, body: string, headers: Record<string, string>, state: BodyReading['state'], status: number]>([
    ['compressed', 'gzipped', { 'content-encoding': 'gzip' }, 'encoded', 415],
    ['too large', 'x'.repeat(101), {}, 'too-large', 413],
    ['compressed and too large', 'x'.repeat(101), { 'content-encoding': 'gzip' }, 'too-large', 413],
  ])('lets no parser near a body that is %s, and keeps the connection', async (_, body, headers, state, status) => {
    const answer = await exchange(await start(), '/', signed(body, { headers }));

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: keep-alive');
    expect(seen).toEqual([{ state, rawBody: undefined, body: status, type: JSON_TYPE }]);
  });

  it('lets no parser near a body that stalls, and ends the connection', async () => {
    const answer = await (await stall(await start())).answer();

    expect(answer).toMatchObject({ status: 200, body: 'seen' });
    expect(answer.headers).toContain('connection: close');
    expect(seen).toEqual([{ state: 'timed-out', rawBody: undefined, body: 408, type: JSON_TYPE }]);
  });

  it('says nothing of the connection once the head of the answer is on its way', async () => {
    application.addHook('onRequest', (_request, { raw }, done) => {
      raw.setHeader('content-length', 4);
      raw.flushHeaders();
      done();
    });

    expect(await (await stall(await start())).answer()).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toMatchObject([{ state: 'timed-out', body: 408 }]);
  });

  it('keeps nothing of a request that something has read before', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      raw.resume().once('end', done);
    });
    await exchange(await start(), '/', signed('{"a":1}'));

    expect(seen).toEqual([{ state: 'consumed', rawBody: undefined, body: 400, type: JSON_TYPE }]);
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
    await until(() => requests.every((request) => bodyReading(request) !== undefined));

    expect(requests.map(({ headers }) => headers['content-type'])).toEqual([JSON_TYPE]);
    expect(seen).toEqual([]);
  });

  it('hands a request that takes no other content type to the error handler of the application', async () => {
    application.addHook('onRequest', ({ raw }, _reply, done) => {
      Object.freeze(raw.headers);
      done();
    });

    expect(await exchange(await start(), '/', signed('{"a":1}'))).toMatchObject({
      status: 500,
      body: expect.stringContaining("'content-type'"),
    });
    expect(seen).toEqual([]);
  });

  it.each([
    ['with no token', { authorization: undefined }],
    ['with a token', {}],
  ])(
    'answers 415 %s to the type that it gives to bodies which it has read, if somebody guesses it',
    async (_, headers) => {
      const types: unknown[] = [];
      keepRawBodiesOnFastify(application, LIMITS);
      application.addHook('preParsing', ({ raw }, _reply, payload, done) => {
        types.push(raw.headers['content-type']);
        done(null, payload);
      });
      application.post('/', () => 'seen');
      await application.listen({ port: 0, host: '127.0.0.1' });
      const { port } = application.server.address() as AddressInfo;
      await exchange(port, '/', signed('{}'));
      const type = String(types[0]);
      expect(type).not.toBe(JSON_TYPE);

      expect(await exchange(port, '/', signed('{}', { headers: { ...headers, 'content-type': type } }))).toMatchObject({
        status: 415,
        body: expect.stringContaining('Unsupported Media Type'),
      });
    },
  );

  it('gives bodies which it has read a type that nobody can guess', async () => {
    const guess = 'application/vnd.nestjs-vonage-video-callbacks.kept';
    const port = await start();
    const stranger = signed('{}', { headers: { authorization: undefined, 'content-type': guess } });

    expect(await exchange(port, '/', stranger)).toMatchObject({
      status: 415,
      body: expect.stringContaining('FST_ERR_CTP_INVALID_MEDIA_TYPE'),
    });
    // The guard is to refuse it, and the operator to be told.
    expect(await exchange(port, '/', ofType(guess))).toMatchObject({ status: 200, body: 'seen' });
    expect(seen).toEqual([{ state: 'not-json', rawBody: undefined, body: 415, type: guess }]);
  });

  describe('finds that a body with the token of a callback', () => {
    const NOT_JSON = { state: 'not-json', rawBody: undefined, body: 415 };
    const foreign = (body: unknown) => ({ state: undefined, rawBody: undefined, body });

    it.each(['application/xml', 'application/xml; like=application/json', 'nonsense'])(
      'is no JSON if its type is %s, which nobody parses',
      async (type) => {
        expect(await exchange(await start(), '/', ofType(type))).toMatchObject({ status: 200, body: 'seen' });
        expect(seen).toEqual([{ ...NOT_JSON, type }]);
      },
    );

    it('is no JSON and too large', async () => {
      const port = await start();
      await exchange(port, '/', signed('x'.repeat(101), { headers: { 'content-type': 'application/xml' } }));

      expect(seen).toMatchObject([{ state: 'too-large', body: 413 }]);
    });

    it.each(['text/plain', 'text/plain;charset=utf-8', 'text/plain ; charset=utf-8'])(
      "is the application's if its type is %s, which the application parses",
      async (type) => {
        await exchange(await start(), '/', ofType(type));

        expect(seen).toEqual([{ ...foreign('{"a":1}'), type }]);
      },
    );

    it("is the application's if it is compressed and a plugin of the application inflates it", async () => {
      const inflate = (instance: FastifyInstance): Promise<void> => {
        instance.addHook('preParsing', ({ headers }, _reply, payload, done) => {
          delete headers['content-length'];
          done(null, payload.pipe(createGunzip()));
        });
        return Promise.resolve();
      };
      application.register(
        Object.assign(inflate, {
          [Symbol.for('skip-override')]: true,
          [Symbol.for('plugin-meta')]: { name: '@fastify/compress' },
        }),
      );
      const request = signed(gzipSync('{"a":1}'), { headers: { 'content-encoding': 'gzip' } });
      await exchange(await start(), '/', request);

      expect(seen).toEqual([{ ...foreign({ a: 1 }), type: JSON_TYPE }]);
    });

    it("is the application's if there is none, and nothing is said of it", async () => {
      const port = await start();
      const { headers } = signed('', { headers: { 'content-type': undefined } });
      await exchange(port, '/', { headers, body: Buffer.alloc(0) });
      connection = await Connection.open(port);
      connection.write(head('/', headers, 'x-length: none'));
      expect(await connection.answer()).toMatchObject({ status: 200, body: 'seen' });

      expect(seen).toEqual([
        { ...foreign(undefined), type: undefined },
        { ...foreign(undefined), type: undefined },
      ]);
    });

    it.each([
      ['in chunks', 'transfer-encoding: chunked', chunked(Buffer.from('{}'), 2)],
      ['with a length', 'content-length: 2', Buffer.from('{}')],
    ])('is no JSON if nothing is said of its type, sent %s', async (_, framing, body) => {
      const { headers } = signed('{}', { headers: { 'content-type': undefined } });
      connection = await Connection.open(await start());
      connection.request('/', { headers, body }, framing);
      await connection.answer();

      expect(seen).toEqual([{ ...NOT_JSON, type: undefined }]);
    });
  });
});
