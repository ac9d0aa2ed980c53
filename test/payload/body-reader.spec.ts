import { afterEach, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { readBody } from '../../lib/payload/body-reader.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';
import { ARCHIVES } from '../support/verdict.js';

const LIMITS = { bodyLimit: 10, bodyTimeout: 0.05 };

describe('reading a body', () => {
  it('takes chunks of text for UTF-8, and counts their bytes', async () => {
    expect(await readBody(Readable.from(['Grü', 'ße']), LIMITS)).toEqual({
      state: 'complete',
      bytes: Buffer.from('Grüße'),
    });
    expect(await readBody(Readable.from(['üüüüü']), LIMITS)).toMatchObject({ state: 'complete' });
    expect(await readBody(Readable.from(['üüüüüü']), LIMITS)).toEqual({ state: 'too-large' });
  });

  it('goes on when somebody asks for text in the middle', async () => {
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    stream.write('ab');
    await nextTurn();
    stream.setEncoding('utf8');
    stream.end('cd');

    expect(await reading).toEqual({ state: 'complete', bytes: Buffer.from('abcd') });
  });

  it.each<readonly [string, (stream: PassThrough) => unknown]>([
    ['is being read', (stream) => stream.resume()],
    ['was paused in the middle of reading', (stream) => stream.resume().pause()],
    ['is made text of', (stream) => stream.setEncoding('utf8')],
    ['was read from', (stream) => stream.end('a').read() as unknown],
  ])('leaves a stream alone that %s', async (_, consume) => {
    const stream = new PassThrough();
    consume(stream);

    expect(await readBody(stream, LIMITS)).toEqual({ state: 'consumed' });
    expect(stream.listenerCount('data')).toBe(0);
  });

  it('finds a stream that was destroyed before to be aborted', async () => {
    const stream = new PassThrough();
    stream.destroy();
    await once(stream, 'close');

    expect(await readBody(stream, LIMITS)).toEqual({ state: 'aborted' });
  });

  it('survives an error of the stream', async () => {
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    stream.destroy(new Error('reset by peer'));

    expect(await reading).toEqual({ state: 'aborted' });
  });

  it('gives a stalled stream up in time, and ends it if it is too large besides', async () => {
    const [stalled, large] = [new PassThrough(), new PassThrough()];
    const readings = [readBody(stalled, LIMITS), readBody(large, LIMITS)];
    large.write('x'.repeat(11));

    expect(await Promise.all(readings)).toEqual([{ state: 'timed-out' }, { state: 'too-large' }]);
    await wait(60);
    expect(large.destroyed).toBe(true);
  });
});

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
