import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import fastify from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningApplication, startApplication } from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
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

/** What a process ends with if nobody looks after it. */
const fatal: unknown[] = [];
const keepFatal = (error: unknown): void => {
  fatal.push(error);
};
const FATAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

let running: RunningApplication | undefined;
const connections: Connection[] = [];

beforeEach(() => {
  takeHandled();
  fatal.length = 0;
  for (const event of FATAL_EVENTS) process.on(event, keepFatal);
});
afterEach(async () => {
  for (const event of FATAL_EVENTS) process.off(event, keepFatal);
  for (const connection of connections.splice(0)) connection.close();
  await running?.close();
});

describe.each(IMPATIENT)('a request that %s answers while its body is awaited,', (_application, adapter) => {
  const unsigned = () => signed(PAYLOADS.archive, { header: { alg: 'none' }, secret: 'nobody knows' });
  const genuine = () => signed(PAYLOADS.archive);

  it.each([
    ['unsigned, and stalls', unsigned, 'stalls'],
    ['genuine, and stalls', genuine, 'stalls'],
    ['unsigned, and goes on late', unsigned, 'goes on'],
    ['genuine, and goes on late', genuine, 'goes on'],
    ['unsigned, and breaks off', unsigned, 'breaks off'],
  ])('%s, does not end the process, and reaches no method', async (_, request, end) => {
    running = await startApplication({
      adapter: adapter(),
      options: { bodyTimeout: BODY_TIMEOUT },
    });
    const { headers, body } = request();
    const connection = await Connection.open(running.port);
    connections.push(connection);
    connection.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
    connection.write(body.subarray(0, 10));

    expect(await connection.answer()).toMatchObject({ status: 503 });
    if (end === 'goes on') connection.write(body.subarray(10));
    if (end === 'breaks off') connection.abort();
    await wait(1.5 * BODY_TIMEOUT * 1000);

    expect(fatal).toEqual([]);
    expect(takeHandled()).toEqual([]);
    await expectAccepted(running, genuine());
  });
});
