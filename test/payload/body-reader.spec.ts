import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readBody } from '../../lib/payload/body-reader.js';
import { useStoppedTimers } from '../support/clock.js';

const LIMITS = { bodyLimit: 10, bodyTimeout: 5 };

describe('reading a body', () => {
  const stopTimers = useStoppedTimers();

  it('joins its chunks', async () => {
    expect(await readBody(Readable.from([Buffer.from('abc'), Buffer.from('de')]), LIMITS)).toEqual({
      state: 'complete',
      bytes: Buffer.from('abcde'),
    });
    expect(await readBody(Readable.from([]), LIMITS)).toEqual({ state: 'complete', bytes: Buffer.alloc(0) });
  });

  it('does not copy a body that came in one piece', async () => {
    const body = Buffer.from('abc');
    const reading = await readBody(Readable.from([body]), LIMITS);

    expect(reading.state === 'complete' && reading.bytes).toBe(body);
  });

  it('takes chunks of text for UTF-8, and counts their bytes', async () => {
    expect(await readBody(Readable.from(['Grü', 'ße']), LIMITS)).toEqual({
      state: 'complete',
      bytes: Buffer.from('Grüße'),
    });
    expect(await readBody(Readable.from(['üüü', 'üü']), LIMITS)).toMatchObject({ state: 'complete' });
    expect(await readBody(Readable.from(['üüüü', 'üü']), LIMITS)).toEqual({ state: 'too-large' });
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
    expect(stream.listenerCount('data')).toBe(0);
  });

  it.each<readonly [string, PassThrough, Error | undefined]>([
    ['ends before the body does', new PassThrough(), undefined],
    ['fails', new PassThrough(), new Error('reset by peer')],
    ['fails and never closes', new PassThrough({ emitClose: false }), new Error('reset by peer')],
  ])('survives a connection that %s', async (_, stream, error) => {
    stopTimers();
    const reading = readBody(stream, LIMITS);
    stream.write('ab');
    stream.destroy(error);

    expect(await reading).toEqual({ state: 'aborted' });
  });

  it('throws away what comes after the limit, to the end', async () => {
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    stream.write('x'.repeat(11));
    expect(await reading).toEqual({ state: 'too-large' });

    stream.end('x'.repeat(100_000));
    await once(stream, 'close');
    expect(stream.readableEnded).toBe(true);
  });

  it('waits as long as it may for a body, and no longer', async () => {
    const timers = stopTimers();
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    stream.write('ab');
    timers.forward(4.999);
    expect(await Promise.race([reading, nextTurn('under way')])).toBe('under way');

    timers.forward(0.001);
    expect(await reading).toEqual({ state: 'timed-out' });
    expect(stream.destroyed).toBe(false);
  });

  it('throws away what comes after the time limit, to the end', async () => {
    const timers = stopTimers();
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    timers.forward(5);
    expect(await reading).toEqual({ state: 'timed-out' });

    stream.end('ab');
    await once(stream, 'close');
    expect(stream.readableEnded).toBe(true);
  });

  it('ends a stream at the time limit that is too large besides', async () => {
    const timers = stopTimers();
    const stream = new PassThrough();
    const reading = readBody(stream, LIMITS);
    stream.write('x'.repeat(11));
    expect(await reading).toEqual({ state: 'too-large' });
    timers.forward(4.999);
    expect(stream.destroyed).toBe(false);

    timers.forward(0.001);
    expect(stream.destroyed).toBe(true);
  });

  it.each<readonly [string, (stream: PassThrough) => unknown, event: string]>([
    ['has come to its end', (stream) => stream.end('ab'), 'end'],
    ['was aborted', (stream) => stream.destroy(), 'close'],
  ])('leaves a stream alone that %s, also when its time is over', async (_, finish, event) => {
    const timers = stopTimers();
    const stream = new PassThrough({ autoDestroy: false });
    const reading = readBody(stream, LIMITS);
    const finished = once(stream, event);
    finish(stream);
    await finished;
    await reading;

    expect(timers.count).toBe(0);
  });
});
