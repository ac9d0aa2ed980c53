import { beforeEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import fastify from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { chunked, Connection, head, type RawAnswer } from '../support/connection.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed, type SignedRequest } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted } from '../support/verdict.js';

const genuine = () => signed(PAYLOADS.archive);
const forged = () => signed(PAYLOADS.archive, { secret: 'forged' });

beforeEach(() => {
  takeHandled();
});

/** Uses a connection, and closes it. */
async function overConnection<Result>(port: number, use: (line: Connection) => Promise<Result>): Promise<Result> {
  const line = await Connection.open(port);
  try {
    return await use(line);
  } finally {
    line.close();
  }
}

/** Sends a head and the first bytes of the body that it announces. */
function begin(line: Connection, { headers, body }: SignedRequest, bytes = 10): void {
  line.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
  line.write(body.subarray(0, bytes));
}

describe.each(PLATFORMS)('a connection on %s', (platform) => {
  const running = useApplication({ platform, options: { bodyLimit: 5000 } });
  const connected = (use: (line: Connection) => Promise<void>) => overConnection(running().port, use);

  it('carries chunked bodies, byte by byte', () =>
    connected(async (line) => {
      const { headers, body } = genuine();
      line.write(head(ARCHIVES, headers, 'transfer-encoding: chunked'));
      for (const byte of chunked(body, 50).toString('latin1')) line.write(byte);

      expect(await line.answer()).toMatchObject({ status: 204 });
      expect(takeHandled()).toHaveLength(1);
    }));

  it('carries pipelined requests, genuine and forged', () =>
    connected(async (line) => {
      for (const request of [genuine(), forged(), genuine(), forged()]) line.request(ARCHIVES, request);

      const answers = [await line.answer(), await line.answer(), await line.answer(), await line.answer()];
      expect(answers.map(({ status }) => status)).toEqual([204, 401, 204, 401]);
      expect(takeHandled()).toHaveLength(2);
    }));

  it.each([
    ['Content-Length', (body: Buffer) => [`content-length: ${body.length}`, body] as const],
    ['chunks', (body: Buffer) => ['transfer-encoding: chunked', chunked(body, 8000)] as const],
  ])('stays usable after a genuine and a forged body that is too large, sent with %s', (_, frame) =>
    connected(async (line) => {
      for (const [options, status] of [
        [{}, 413],
        [{ secret: 'forged' }, 401],
      ] as const) {
        const { headers, body } = signed({ ...PAYLOADS.archive, filler: 'x'.repeat(100_000) }, options);
        const [framing, bytes] = frame(body);
        line.request(ARCHIVES, { headers, body: bytes }, framing);
        expect(await line.answer()).toMatchObject({ status });
      }
      line.request(ARCHIVES, genuine());
      expect(await line.answer()).toMatchObject({ status: 204 });
      expect(takeHandled()).toHaveLength(1);
    }),
  );

  it('that breaks in the middle of a body does not disturb others', () =>
    connected(async (line) => {
      for (const request of [genuine(), forged()]) {
        const broken = await Connection.open(running().port);
        begin(broken, request, 20);
        await wait(20);
        broken.abort();
      }
      await wait(20);
      line.request(ARCHIVES, genuine());

      expect(await line.answer()).toMatchObject({ status: 204 });
      expect(takeHandled()).toHaveLength(1);
    }));

  it('gets 100 Continue where it asks for it', () =>
    connected(async (line) => {
      const { headers, body } = genuine();
      line.write(head(ARCHIVES, { ...headers, expect: '100-continue' }, `content-length: ${body.length}`));
      expect(await line.answer()).toMatchObject({ status: 100 });
      line.write(body);

      expect(await line.answer()).toMatchObject({ status: 204 });
    }));

  it('without a body is refused', () =>
    connected(async (line) => {
      line.request(ARCHIVES, { ...genuine(), body: Buffer.alloc(0) });

      expect(await line.answer()).toMatchObject({ status: 401 });
      expect(running().observed.lastReason).toBe('payload_hash_mismatch');
    }));
});

describe.each(PLATFORMS)('a connection with a late body on %s', (platform) => {
  const running = useApplication({ platform, options: { bodyLimit: 5000, bodyTimeout: 0.2 } });
  const connected = (use: (line: Connection) => Promise<void>) => overConnection(running().port, use);

  it('gets 408 and ends when a genuine body stalls', () =>
    connected(async (line) => {
      begin(line, genuine());

      expect(await line.answer()).toMatchObject({
        status: 408,
        body: '{"message":"Request Timeout","statusCode":408}',
      });
      expect(await line.closedWithin(1000)).toBe(true);
      expect(takeHandled()).toEqual([]);
      expect(running().observed.outcomes.unusable).toMatchObject([{ status: 408, rawBody: undefined }]);
    }));

  it('gets 401 and ends when a forged body stalls', () =>
    connected(async (line) => {
      begin(line, forged(), 0);

      expect(await line.answer()).toMatchObject({ status: 401 });
      expect(await line.closedWithin(1000)).toBe(true);
    }));

  it('is answered and ended in time when a body never ends', () =>
    connected(async (line) => {
      line.write(head(ARCHIVES, genuine().headers, 'transfer-encoding: chunked'));
      const piece = chunked(Buffer.alloc(1000, 'x'), 1000).subarray(0, -5);
      const startedAt = Date.now();
      let pieces = 0;
      for (; !line.closed && Date.now() - startedAt < 5000; pieces += 1) {
        line.write(piece);
        await wait(5);
      }

      expect(await line.answer()).toMatchObject({ status: 413 });
      expect(line.closed).toBe(true);
      expect(Date.now() - startedAt).toBeLessThan(2000);
      expect(pieces).toBeGreaterThan(5);
    }));
});

// Long enough for a machine that is busy to answer what is not meant to be slow.
const SOON = 400;
const BODY_TIMEOUT = 0.6;

/** Applications that set every request a time limit of their own, shorter than `bodyTimeout`. */
const IMPATIENT: (() => ExpressAdapter | FastifyAdapter)[] = [
  () =>
    new ExpressAdapter(
      express().use((_request, response, next) => {
        const timer = setTimeout(() => {
          response.status(503).end('too slow');
        }, SOON);
        response.once('close', () => {
          clearTimeout(timer);
        });
        next();
      }),
    ),
  () => {
    const adapter = new FastifyAdapter();
    adapter.getInstance().addHook('onRequest', (_request, reply, done) => {
      const timer = setTimeout(() => {
        void reply.code(503).send('too slow');
      }, SOON);
      reply.raw.once('close', () => {
        clearTimeout(timer);
      });
      done();
    });
    return adapter;
  },
];
// Older versions of Fastify have no such option.
if ('handlerTimeout' in fastify().initialConfig) IMPATIENT.push(() => new FastifyAdapter({ handlerTimeout: SOON }));

describe('requests that the application answers while their bodies are awaited', () => {
  /** Sends the beginning of a request, and what follows once it was answered. */
  async function send(port: number, request: SignedRequest, then: (line: Connection, rest: Buffer) => unknown) {
    const line = await Connection.open(port);
    begin(line, request);
    const answer = await line.answer();
    then(line, request.body.subarray(10));
    return { line, answer };
  }

  const stall = (): void => undefined;
  const goOn = (line: Connection, rest: Buffer): void => {
    line.write(rest);
  };
  const breakOff = (line: Connection): void => {
    line.abort();
  };

  async function answerEarly({ port }: RunningApplication): Promise<RawAnswer[]> {
    const unsigned = () => signed(PAYLOADS.archive, { header: { alg: 'none' }, secret: 'unknown' });
    const sent = await Promise.all([
      send(port, unsigned(), stall),
      send(port, genuine(), stall),
      send(port, unsigned(), goOn),
      send(port, genuine(), goOn),
      send(port, unsigned(), breakOff),
    ]);
    // An uncaught error meanwhile fails the test: Jest sees to that.
    await wait(1.5 * BODY_TIMEOUT * 1000);
    for (const { line } of sent) line.close();
    return sent.map(({ answer }) => answer);
  }

  // All at once, because each takes as long as the time limits.
  it('do not end the process and reach no method, whether they stall, go on or break off', async () => {
    const applications = await Promise.all(
      IMPATIENT.map((adapter) => startApplication({ adapter: adapter(), options: { bodyTimeout: BODY_TIMEOUT } })),
    );
    try {
      for (const answers of await Promise.all(applications.map(answerEarly))) {
        expect(answers).toMatchObject(Array(5).fill({ status: 503 }));
      }
      expect(takeHandled()).toEqual([]);
      for (const running of applications) await expectAccepted(running, genuine());
    } finally {
      for (const running of applications) await running.close();
    }
  });
});
