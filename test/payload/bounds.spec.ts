import { type INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ApplicationSetup, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { until } from '../support/until.js';
import { ARCHIVES } from '../support/verdict.js';

const MEBIBYTE = 1_048_576;

let running: RunningApplication | undefined;
beforeEach(() => {
  takeHandled();
});
afterEach(() => running?.close());

async function start(setup: ApplicationSetup): Promise<RunningApplication> {
  running = await startApplication(setup);
  return running;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Memory that is in use, in bytes. */
function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Answers for one project; the others wait until they are let go. */
class SlowProvider {
  letGo = (): void => undefined;
  private readonly answer = new Promise<undefined>((resolve) => {
    this.letGo = () => {
      resolve(undefined);
    };
  });

  secretsFor({ projectId }: { readonly projectId: string }): string | Promise<undefined> {
    return projectId === PROJECT ? SECRET : this.answer;
  }
}

// First, so that nothing is freed meanwhile that another test has left.
describe.each(PLATFORMS)('the body of an unverified request on %s', (platform) => {
  it('takes no more memory for being sent in chunks of one byte', async () => {
    const { port } = await start({ platform });
    const { headers } = signed('', { secret: 'forged' });
    const connection = await Connection.open(port);
    const before = memoryInUse();
    connection.write(head(ARCHIVES, headers, 'transfer-encoding: chunked'));
    const chunks = Buffer.from('1\r\nx\r\n'.repeat(10_000));
    for (let sent = 0; sent < 60_000; sent += 10_000) {
      connection.write(chunks);
      await wait(1);
    }
    await wait(100);
    const more = memoryInUse() - before;
    connection.close();

    // An object for each chunk takes 12 MB.
    expect(more).toBeLessThan(4 * MEBIBYTE);
  });
});

describe.each(PLATFORMS)('the bodies of unverified requests on %s', (platform) => {
  it('are bounded in all, over all connections, and keep no genuine callback from being handled', async () => {
    const provider = new SlowProvider();
    const application = await start({ platform, options: { secretProvider: provider, secretTimeout: 20 } });
    const { headers, body } = signed(`"${'x'.repeat(1_000_000)}"`, { claims: { api_key: 'unknown' } });
    const request = Buffer.concat([Buffer.from(head(ARCHIVES, headers, `content-length: ${body.length}`)), body]);
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = connect(application.port, '127.0.0.1').on('error', () => undefined);
        await once(socket, 'connect');
        for (let count = 0; count < 20; count += 1) socket.write(request);
        return socket;
      }),
    );
    const takenBytes = (): number =>
      sockets.reduce((sum, { bytesWritten, writableLength }) => sum + bytesWritten - writableLength, 0);
    await until(() => takenBytes() > 10 * MEBIBYTE);
    // Until no more is taken.
    for (let before = -1; takenBytes() > before;) {
      before = takenBytes();
      await wait(200);
    }

    // What the kernel buffers of each connection comes on top.
    expect(takenBytes()).toBeLessThan(60 * MEBIBYTE);
    const large = signed({ ...PAYLOADS.archive, filler: 'x'.repeat(900_000) });
    expect(await application.post(ARCHIVES, large)).toMatchObject({ status: 204 });
    expect(await application.post(ARCHIVES, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(2);
    for (const socket of sockets) socket.destroy();
    provider.letGo();
  });

  it.each([60_000, 1])('of %d bytes end their connection when 32 are without an answer', async (length) => {
    const provider = new SlowProvider();
    const application = await start({ platform, options: { secretProvider: provider, secretTimeout: 20 } });
    const connection = await Connection.open(application.port);
    const unanswered = signed('x'.repeat(length), { claims: { api_key: 'unknown' } });
    for (let count = 0; count < 32; count += 1) connection.request(ARCHIVES, unanswered);
    await wait(100);
    expect(connection.closed).toBe(false);
    connection.request(ARCHIVES, unanswered);

    expect(await connection.closedWithin(5000)).toBe(true);
    expect(application.logs.of('warn').join()).toContain('Closed a connection');
    expect(await application.post(ARCHIVES, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    provider.letGo();
  });

  it('that have arrived while the event loop was blocked are not late', async () => {
    const { port } = await start({ platform, options: { bodyTimeout: 0.1 } });
    const { headers, body } = signed(PAYLOADS.archive);
    const connection = await Connection.open(port);
    connection.write(head(ARCHIVES, headers, `content-length: ${body.length}`));
    await wait(20);
    connection.write(body);
    const until = Date.now() + 200;
    while (Date.now() < until);

    expect(await connection.answer()).toMatchObject({ status: 204 });
    connection.close();
  });
});

describe('a request that is injected into Fastify', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('leaves no timer', async () => {
    const [set, clear] = [jest.spyOn(globalThis, 'setTimeout'), jest.spyOn(globalThis, 'clearTimeout')];
    const { app } = await start({ platform: 'fastify', options: { bodyTimeout: 1.234 } });
    const instance = app.getHttpAdapter().getInstance() as FastifyInstance;
    const { headers, body } = signed(PAYLOADS.archive);
    const answer = await instance.inject({ method: 'POST', url: ARCHIVES, headers, payload: body });

    expect(answer.statusCode).toBe(204);
    const timers = set.mock.results.flatMap(({ value }, call) => (set.mock.calls[call]?.[1] === 1234 ? [value] : []));
    const cleared: unknown[] = clear.mock.calls.map(([timer]) => timer);
    expect(timers.filter((timer) => !cleared.includes(timer))).toEqual([]);
  });
});

describe('a late body over HTTP/2', () => {
  it('is answered 408, and no more of it is read', async () => {
    // The types of the adapter know one protocol only.
    const adapter = new FastifyAdapter({ http2: true } as object);
    const { url, observed } = await start({ adapter, options: { bodyTimeout: 0.2 } });
    const session = connectHttp2(url);
    const { headers, body } = signed(PAYLOADS.archive);
    const stream = session.request({ ':method': 'POST', ':path': ARCHIVES, ...headers });
    let status: unknown;
    stream.on('response', (answer) => (status = answer[':status']));
    stream.on('error', () => undefined);
    stream.resume();
    stream.write(body.subarray(0, 10));
    await until(() => stream.closed);
    session.destroy();

    expect(status).toBe(408);
    expect(observed.outcomes.unusable).toMatchObject([{ status: 408 }]);
  });
});

describe('an application that rewrites URLs', () => {
  const rewrite = (app: INestApplication): void => {
    app.use((request: { url: string }, _response: unknown, next: () => void) => {
      request.url = request.url.replace('/old', ARCHIVES);
      next();
    });
  };

  it('loses nothing where no parser reads the body', async () => {
    const application = await start({ nest: { bodyParser: false }, configure: rewrite });

    expect(await application.post('/old', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
  });

  it('is understood from the second callback on', async () => {
    const application = await start({ configure: rewrite });

    expect(await application.post('/old', signed(PAYLOADS.archive))).toMatchObject({ status: 500 });
    expect(application.observed.outcomes.failed).toHaveLength(1);
    expect(await application.post('/old', signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
  });
});
