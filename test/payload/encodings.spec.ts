import { afterEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { type Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { ARCHIVES } from '../support/verdict.js';

describe.each(PLATFORMS)('an application that asks for text on %s', (platform) => {
  let running: RunningApplication | undefined;
  let connection: Connection | undefined;
  afterEach(async () => {
    connection?.close();
    await running?.close();
  });

  /** Sets an encoding for every request, before the body is read or in the middle of it. */
  const adapterThatSetsEncoding = (when: 'before' | 'meanwhile') => {
    const set = (request: Readable): void => {
      if (when === 'before') request.setEncoding('utf8');
      else setTimeout(() => request.setEncoding('utf8'), 50);
    };
    if (platform === 'express') {
      return new ExpressAdapter(
        express().use((request, _response, next) => {
          set(request);
          next();
        }),
      );
    }
    const adapter = new FastifyAdapter();
    adapter.getInstance().addHook('onRequest', (request, _reply, done) => {
      set(request.raw);
      done();
    });
    return adapter;
  };

  it.each(['before', 'meanwhile'] as const)('%s answers, and goes on', async (when) => {
    running = await startApplication({ platform, adapter: adapterThatSetsEncoding(when) });
    connection = await Connection.open(running.port);
    const { headers, body } = signed({ ...PAYLOADS.archive, name: 'Grüße' });
    for (let round = 0; round < 2; round += 1) {
      connection.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
      connection.write(body.subarray(0, 10));
      await wait(100);
      connection.write(body.subarray(10));
      const { status } = await connection.answer();
      expect(status).toBe(when === 'meanwhile' ? 204 : 500);
    }
  });
});
