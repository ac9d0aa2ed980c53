import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import fastify from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningApplication, startApplication } from '../support/application.js';
import { Connection, head, type RawAnswer } from '../support/connection.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed, type SignedRequest } from '../support/signer.js';
import { ARCHIVES, expectAccepted } from '../support/verdict.js';

// Long enough for a machine that is busy to answer what is not meant to be slow.
const SOON = 600;
const BODY_TIMEOUT = 1;

/** Applications that set every request a time limit of their own, shorter than `bodyTimeout`. */
const IMPATIENT: [application: string, adapter: () => ExpressAdapter | FastifyAdapter][] = [
  [
    'a middleware of Express',
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
  ],
  [
    'a hook of Fastify',
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
  ],
];
// Older versions of Fastify have no such option.
if ('handlerTimeout' in fastify().initialConfig) {
  IMPATIENT.push(["Fastify's handlerTimeout", () => new FastifyAdapter({ handlerTimeout: SOON })]);
}

let running: RunningApplication | undefined;
const connections: Connection[] = [];

beforeEach(() => {
  takeHandled();
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await running?.close();
});

describe.each(IMPATIENT)('requests that %s answers while their bodies are awaited,', (_application, adapter) => {
  const unsigned = () => signed(PAYLOADS.archive, { header: { alg: 'none' }, secret: 'nobody knows' });
  const genuine = () => signed(PAYLOADS.archive);

  /** Sends the beginning of a request, and the end that it comes to after it was answered. */
  async function send({ headers, body }: SignedRequest, end: 'stalls' | 'goes on' | 'breaks off'): Promise<RawAnswer> {
    const connection = await Connection.open(running?.port ?? 0);
    connections.push(connection);
    connection.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
    connection.write(body.subarray(0, 10));
    const answer = await connection.answer();
    if (end === 'goes on') connection.write(body.subarray(10));
    if (end === 'breaks off') connection.abort();
    return answer;
  }

  it('unsigned or genuine, that stall, go on late or break off, do not end the process, and reach no method', async () => {
    running = await startApplication({
      adapter: adapter(),
      options: { bodyTimeout: BODY_TIMEOUT },
    });
    // All at once, because each takes as long as the time limits.
    const answers = await Promise.all([
      send(unsigned(), 'stalls'),
      send(genuine(), 'stalls'),
      send(unsigned(), 'goes on'),
      send(genuine(), 'goes on'),
      send(unsigned(), 'breaks off'),
    ]);
    expect(answers).toMatchObject(Array(5).fill({ status: 503 }));
    // What throws meanwhile, where nobody catches, fails the test: Jest sees to that.
    await wait(1.5 * BODY_TIMEOUT * 1000);

    expect(takeHandled()).toEqual([]);
    await expectAccepted(running, genuine());
  });
});
