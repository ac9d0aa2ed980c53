import { describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BodyBudget } from '../../lib/payload/body-budget.js';
import { GrowingBuffer, peekBody } from '../../lib/payload/body-reader.js';
import { useStoppedTimers } from '../support/clock.js';
import { restOf, SentRequest } from '../support/incoming.js';

const LIMITS = { bodyLimit: 10, bodyTimeout: 5 };

const peek = (request: IncomingMessage, limits = LIMITS, budget = new BodyBudget(1000, 0)) =>
  peekBody(request, limits, budget.open(request.socket));
const complete = (text: string) => ({ state: 'complete', bytes: Buffer.from(text) });
const LISTENED = ['readable', 'end', 'close', 'error'] as const;
const listenersOf = (request: IncomingMessage) => LISTENED.map((event) => request.listenerCount(event));

describe('peekBody', () => {
  const stopTimers = useStoppedTimers();

  it.each<[sent: string, send: (request: SentRequest) => unknown]>([
    ['with the head', (request) => request.finish('abc', 'de')],
    ['piece by piece', (request) => setImmediate(() => void setImmediate(() => request.send('abc').finish('de')))],
    [
      'before its end',
      (request) => {
        request.send('abcde');
        setImmediate(() => request.finish());
      },
    ],
  ])('reads a body that comes %s, and leaves the stream as it was', async (_, send) => {
    const request = new SentRequest();
    const before = listenersOf(request);
    const reading = peek(request);
    send(request);

    expect(await reading).toEqual(complete('abcde'));
    expect(request.readableFlowing).toBe(null);
    expect(listenersOf(request)).toEqual(before);
    expect(await restOf(request)).toBe('abcde');
  });

  it.each<[sent: string, send: (request: SentRequest) => unknown]>([
    ['with the head', (request) => request.finish()],
    ['later', (request) => setImmediate(() => request.finish())],
  ])('reads an empty body whose end comes %s, and leaves the end to others', async (_, send) => {
    const request = new SentRequest();
    const unshift = jest.spyOn(request, 'unshift');
    const reading = peek(request);
    send(request);

    expect(await reading).toEqual(complete(''));
    expect(unshift).not.toHaveBeenCalled();
    await nextTurn();
    expect(request.readableEnded).toBe(false);
    expect(await restOf(request)).toBe('');
  });

  it('does not copy a body that comes in one piece', async () => {
    const request = new SentRequest();
    const piece = Buffer.from(new Uint8Array([97, 98, 99]).buffer);
    request.push(piece);
    const reading = peek(request);
    request.finish();
    const read = await reading;

    expect(read.state === 'complete' && read.bytes.buffer === piece.buffer).toBe(true);
  });

  it('ends with the declared length if nothing else marks the end', async () => {
    const request = new SentRequest({ 'content-length': '5' });
    const reading = peek(request);
    request.send('abcde');

    expect(await reading).toEqual(complete('abcde'));
    request.push(null);
    expect(await restOf(request)).toBe('abcde');
  });

  it.each(['utf8', 'hex'] as const)(
    'reads on when something asks for %s in the middle, and puts that back',
    async (encoding) => {
      const request = new SentRequest();
      const reading = peek(request);
      request.send('a');
      await nextTurn();
      request.setEncoding(encoding);
      request.finish('bü');

      expect(await reading).toEqual(complete('abü'));
      expect(await restOf(request)).toBe(Buffer.from('abü').toString(encoding));
    },
  );

  it('accepts an end that is not emitted by Node', async () => {
    const request = new SentRequest();
    const reading = peek(request);
    request.send('ab');
    await nextTurn();
    request.emit('end');

    expect(await reading).toEqual(complete('ab'));
  });

  it('survives an error that is not emitted by Node', async () => {
    const request = new SentRequest();
    const reading = peek(request);
    await nextTurn();
    request.emit('error', new Error('reset by peer'));

    expect(await reading).toEqual({ state: 'aborted' });
  });

  it('puts nothing back into a stream that has ended', async () => {
    const request = new SentRequest();
    const unshift = jest.spyOn(request, 'unshift');
    const reading = peek(request);
    request.send('ab');
    await nextTurn();
    Object.defineProperty(request, 'readableEnded', { value: true });
    request.emit('end');

    expect(await reading).toEqual(complete('ab'));
    expect(unshift).not.toHaveBeenCalled();
  });

  it.each<[what: string, consume: (request: SentRequest) => unknown]>([
    ['is being read', (request) => request.resume()],
    ['was paused in the middle of reading', (request) => request.send('a').on('data', () => request.pause())],
    ['is made text of', (request) => request.setEncoding('utf8')],
    ['was read from', (request) => request.send('a').read() as unknown],
    ['is going to be read', (request) => request.on('data', () => undefined).pause()],
    ['something waits for', (request) => request.once('readable', () => undefined)],
  ])('does not read a stream that %s', async (_, consume) => {
    const request = new SentRequest();
    consume(request);

    expect(await peek(request)).toEqual({ state: 'consumed' });
    expect(request.listenerCount('end')).toBe(0);
  });

  it('does not read a stream of which something has read what was put back', async () => {
    const request = new SentRequest();
    const reading = peek(request, LIMITS, new BodyBudget(3, 0));
    request.send('abcd');
    expect(await reading).toMatchObject({ state: 'unread', putBack: 4 });
    request.read(1);

    expect(await peekBody(request, LIMITS, new BodyBudget(1000, 0).open(request.socket), 4)).toEqual({
      state: 'consumed',
    });
  });

  it('returns how long it has read a body that it leaves unread', async () => {
    const timers = stopTimers();
    const request = new SentRequest();
    timers.forward(100);
    const reading = peek(request, LIMITS, new BodyBudget(3, 0));
    await nextTurn();
    timers.forward(1.5);
    request.send('abcd');

    expect(await reading).toEqual({ state: 'unread', putBack: 4, spentMs: 1500 });
  });

  it('waits for the body of a request that an adapter marks as complete too early', async () => {
    const request = Object.assign(new SentRequest(), { complete: true, socket: {} });
    const reading = peek(request);
    await nextTurn();
    request.finish('ab');

    expect(await reading).toEqual(complete('ab'));
  });

  describe('over HTTP/2', () => {
    const requestOf = (stream: { readableEnded: boolean; aborted: boolean }, httpVersionMajor = 2) =>
      Object.assign(new SentRequest(), { httpVersionMajor, stream });

    it('returns aborted for a request that was reset before', async () => {
      expect(await peek(requestOf({ readableEnded: false, aborted: true }))).toEqual({ state: 'aborted' });
    });

    it('returns aborted for a request that is reset meanwhile, although its stream ends', async () => {
      const stream = { readableEnded: false, aborted: false };
      const request = requestOf(stream);
      const reading = peek(request);
      await nextTurn();
      Object.assign(stream, { readableEnded: true, aborted: true });
      request.finish();

      expect(await reading).toEqual({ state: 'aborted' });
    });

    it('ends with the stream, before that emits its end', async () => {
      const stream = { readableEnded: false, aborted: false };
      const request = requestOf(stream);
      const reading = peek(request);
      request.send('ab');
      await nextTurn();
      expect(await Promise.race([reading, nextTurn('under way')])).toBe('under way');
      stream.readableEnded = true;
      request.send('cd');

      expect(await reading).toEqual(complete('abcd'));
    });

    it('does not take a reset for the end of a body', async () => {
      const stream = { readableEnded: false, aborted: false };
      const request = requestOf(stream);
      const reading = peek(request);
      await nextTurn();
      Object.assign(stream, { readableEnded: true, aborted: true });
      request.send('ab');
      await nextTurn();
      expect(await Promise.race([reading, nextTurn('under way')])).toBe('under way');
      request.destroy();

      expect(await reading).toEqual({ state: 'aborted' });
    });

    it('ignores such a stream over HTTP/1.1', async () => {
      const request = requestOf({ readableEnded: false, aborted: true }, 1);
      const reading = peek(request);
      request.finish('ab');

      expect(await reading).toEqual(complete('ab'));
    });
  });

  it('returns aborted for a request that was destroyed before', async () => {
    const request = new SentRequest();
    request.destroy();

    expect(await peek(request)).toEqual({ state: 'aborted' });
  });

  it.each<[how: string, error: Error | undefined]>([
    ['ends before the body does', undefined],
    ['fails', new Error('reset by peer')],
  ])('survives a connection that %s', async (_, error) => {
    const timers = stopTimers();
    const request = new SentRequest();
    const reading = peek(request);
    const unshift = jest.spyOn(request, 'unshift');
    request.send('ab');
    await nextTurn();
    request.destroy(error);

    expect(await reading).toEqual({ state: 'aborted' });
    expect(unshift).not.toHaveBeenCalled();
    expect(timers.count).toBe(0);
  });

  it('reads a body whose stream was paused before anything was read', async () => {
    const request = new SentRequest();
    request.pause();
    const reading = peek(request);
    request.finish('abc');

    expect(await reading).toEqual(complete('abc'));
    expect(await restOf(request.resume())).toBe('abc');
  });

  it('stops at the limit, and leaves the whole body to others', async () => {
    const request = new SentRequest();
    const reading = peek(request);
    request.send('0123456789');
    await nextTurn();
    request.send('x');

    expect(await reading).toEqual({ state: 'too-large' });
    request.finish('yz');
    expect(await restOf(request)).toBe('0123456789xyz');
  });

  it('reads a body of exactly the limit', async () => {
    const request = new SentRequest();
    const reading = peek(request);
    request.finish('0123456789');

    expect(await reading).toEqual(complete('0123456789'));
  });

  it('leaves a body in the stream if the budget is used up', async () => {
    const request = new SentRequest();
    const reading = peek(request, LIMITS, new BodyBudget(3, 0));
    request.finish('abcd');

    expect(await reading).toEqual({ state: 'unread', putBack: 4, spentMs: expect.any(Number) });
    expect(await peekBody(request, LIMITS, new BodyBudget(1000, 0).open(request.socket), 4)).toEqual(complete('abcd'));
    expect(await restOf(request)).toBe('abcd');
  });

  it('waits for a body up to bodyTimeout', async () => {
    const timers = stopTimers();
    const request = new SentRequest();
    const reading = peek(request);
    request.send('ab');
    await nextTurn();
    timers.forward(4.999);
    expect(await Promise.race([reading, nextTurn('under way')])).toBe('under way');

    timers.forward(0.001);
    expect(await reading).toEqual({ state: 'timed-out' });
    request.finish('c');
    expect(await restOf(request)).toBe('abc');
  });

  it.each([10, 200_000])('reads what has arrived when the time is over, of at most %d bytes', async (bodyLimit) => {
    const timers = stopTimers();
    const request = new SentRequest();
    const reading = peek(request, { bodyLimit, bodyTimeout: 5 });
    await nextTurn();
    timers.forward(5);
    // As after a standstill: the bytes are in the socket already.
    setImmediate(() => request.finish('cd'));
    request.send('ab');

    expect(await reading).toEqual(complete('abcd'));
    await nextTurn();
    expect(await restOf(request)).toBe('abcd');
  });

  it('waits one turn for more when the time is over', async () => {
    const timers = stopTimers();
    const reading = peek(new SentRequest(), { bodyLimit: 2_000_000, bodyTimeout: 5 });
    await nextTurn();
    timers.forward(5);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();

    expect(await Promise.race([reading, nextTurn('under way')])).toEqual({ state: 'timed-out' });
  });

  it('does not wait for ever for a sender of one byte per turn', async () => {
    const timers = stopTimers();
    const request = new SentRequest();
    const reading = peek(request, { bodyLimit: 65_536, bodyTimeout: 5 });
    await nextTurn();
    timers.forward(5);
    let turns = 0;
    const drip = (): void => {
      turns += 1;
      request.send('x');
      if (turns < 100) setImmediate(drip);
    };
    drip();

    expect(await reading).toEqual({ state: 'timed-out' });
    expect(turns).toBe(3);
  });

  it('reads a stream that is no request of Node’s, to its announced end', async () => {
    const stream = new PassThrough();
    const request = Object.assign(new SentRequest(), {});
    stream.on('data', (chunk: Buffer) => request.push(chunk)).on('end', () => request.push(null));
    const reading = peek(request);
    stream.write('ab');
    await nextTurn();
    stream.end();
    await once(stream, 'end');

    expect(await reading).toEqual(complete('ab'));
  });
});

describe('GrowingBuffer', () => {
  it('joins chunks, and changes none of them', () => {
    const chunks = ['ab', '', 'cde', 'f'].map((text) => Buffer.from(text));
    const buffer = new GrowingBuffer();
    for (const chunk of chunks) buffer.append(chunk);

    expect([buffer.bytes.toString(), buffer.length]).toEqual(['abcdef', 6]);
    expect(chunks.map(String)).toEqual(['ab', '', 'cde', 'f']);
  });

  it('takes at most twice the memory of its bytes, however many chunks there are', () => {
    const buffer = new GrowingBuffer();
    for (let count = 1; count <= 10_000; count += 1) {
      buffer.append(Buffer.from('x'));
      expect(buffer.capacity).toBeLessThanOrEqual(2 * count);
    }
  });

  it('takes no more memory than is expected', () => {
    const buffer = new GrowingBuffer(5);
    for (const chunk of ['aaa', 'b', 'c']) buffer.append(Buffer.from(chunk));
    expect(buffer.capacity).toBe(5);
    buffer.append(Buffer.from('d'));

    expect(buffer.bytes.toString()).toBe('aaabcd');
  });

  it('does not keep a large buffer for a small chunk of it', () => {
    const buffer = new GrowingBuffer();
    buffer.append(Buffer.alloc(65_536).subarray(0, 10));

    expect(buffer.bytes.buffer.byteLength).toBe(10);
  });

  it('keeps a chunk as it is that is half of its buffer', () => {
    const buffer = new GrowingBuffer();
    const whole = Buffer.alloc(8);
    buffer.append(whole.subarray(0, 4));

    expect(buffer.bytes.buffer).toBe(whole.buffer);
  });

  it('takes no more memory as long as a chunk fits', () => {
    const buffer = new GrowingBuffer();
    for (const chunk of ['aaaa', 'b', 'ccc']) buffer.append(Buffer.from(new Uint8Array(Buffer.from(chunk))));

    expect([buffer.bytes.toString(), buffer.capacity]).toEqual(['aaaabccc', 8]);
  });

  it('is empty at first', () => {
    expect([new GrowingBuffer().bytes.length, new GrowingBuffer().capacity]).toEqual([0, 0]);
  });
});
