import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { type ApplicationSetup, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { chunked, Connection, head } from '../support/connection.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';

const PATH = '/callbacks/archive';
const GENUINE = () => signed(PAYLOADS.archive);
const FORGED = () => signed(PAYLOADS.archive, { secret: 'forged' });

let running: RunningApplication | undefined;
let connection: Connection | undefined;
beforeEach(() => {
  takeHandled();
});
afterEach(async () => {
  connection?.close();
  await running?.close();
});

async function open(setup: ApplicationSetup): Promise<Connection> {
  running = await startApplication(setup);
  connection = await Connection.open(running.port);
  return connection;
}

describe.each(PLATFORMS)('a connection on %s', (platform) => {
  it('carries chunked bodies, byte by byte', async () => {
    const line = await open({ platform });
    const { headers, body } = GENUINE();
    line.write(head(PATH, headers, 'transfer-encoding: chunked'));
    for (const byte of chunked(body, 50).toString('latin1')) line.write(byte);

    expect(await line.answer()).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('carries pipelined requests, genuine and forged', async () => {
    const line = await open({ platform });
    for (const request of [GENUINE(), FORGED(), GENUINE(), FORGED()]) line.request(PATH, request);

    const answers = [await line.answer(), await line.answer(), await line.answer(), await line.answer()];
    expect(answers.map(({ status }) => status)).toEqual([204, 401, 204, 401]);
    expect(takeHandled()).toHaveLength(2);
  });

  it.each([
    ['Content-Length', (body: Buffer) => [`content-length: ${body.length}`, body] as const],
    ['chunks', (body: Buffer) => ['transfer-encoding: chunked', chunked(body, 8000)] as const],
  ])('stays usable after a genuine and a forged body that is too large, sent with %s', async (_, frame) => {
    const line = await open({ platform, options: { bodyLimit: 1000 } });
    for (const [secret, status] of [
      [undefined, 413],
      ['forged', 401],
    ] as const) {
      const { headers, body } = signed({ ...PAYLOADS.archive, filler: 'x'.repeat(100_000) }, secret ? { secret } : {});
      const [framing, bytes] = frame(body);
      line.request(PATH, { headers, body: bytes }, framing);
      expect(await line.answer()).toMatchObject({ status });
    }
    line.request(PATH, GENUINE());
    expect(await line.answer()).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('gets 408 and ends when a genuine body stalls', async () => {
    const line = await open({ platform, options: { bodyTimeout: 0.2 } });
    const { headers, body } = GENUINE();
    line.write(head(PATH, headers, `content-length: ${body.length}`));
    line.write(body.subarray(0, 10));

    expect(await line.answer()).toMatchObject({ status: 408 });
    expect(await line.closedWithin(1000)).toBe(true);
    expect(takeHandled()).toEqual([]);
    expect(running?.observed.outcomes.unusable).toMatchObject([{ status: 408 }]);
  });

  it('gets 401 and ends when a forged body stalls', async () => {
    const line = await open({ platform, options: { bodyTimeout: 0.2 } });
    const { headers, body } = FORGED();
    line.write(head(PATH, headers, `content-length: ${body.length}`));

    expect(await line.answer()).toMatchObject({ status: 401 });
    expect(await line.closedWithin(1000)).toBe(true);
  });

  it('is answered and ended in time when a body never ends', async () => {
    const line = await open({ platform, options: { bodyTimeout: 0.5, bodyLimit: 5000 } });
    const { headers } = GENUINE();
    line.write(head(PATH, headers, 'transfer-encoding: chunked'));
    let sent = 0;
    const started = Date.now();
    while (!line.closed && Date.now() - started < 5000) {
      line.write(chunked(Buffer.alloc(1000, 'x'), 1000).subarray(0, -5));
      sent += 1000;
      await wait(5);
    }

    expect(await line.answer()).toMatchObject({ status: 413 });
    expect(line.closed).toBe(true);
    expect(Date.now() - started).toBeLessThan(2000);
    expect(sent).toBeGreaterThan(5000);
  });

  it('that breaks in the middle of a body harms nobody else', async () => {
    const line = await open({ platform });
    for (const request of [GENUINE(), FORGED()]) {
      const broken = await Connection.open(running?.port ?? 0);
      broken.write(head(PATH, request.headers, `content-length: ${request.body.length}`));
      broken.write(request.body.subarray(0, 20));
      await wait(50);
      broken.abort();
    }
    await wait(50);
    line.request(PATH, GENUINE());

    expect(await line.answer()).toMatchObject({ status: 204 });
    expect(takeHandled()).toHaveLength(1);
  });

  it('gets 100 Continue where it asks for it', async () => {
    const line = await open({ platform });
    const { headers, body } = GENUINE();
    line.write(head(PATH, { ...headers, expect: '100-continue' }, `content-length: ${body.length}`));
    expect(await line.answer()).toMatchObject({ status: 100 });
    line.write(body);

    expect(await line.answer()).toMatchObject({ status: 204 });
  });

  it('without a body is refused', async () => {
    const line = await open({ platform });
    line.request(PATH, { ...GENUINE(), body: Buffer.alloc(0) });

    expect(await line.answer()).toMatchObject({ status: 401 });
    expect(running?.observed.lastReason).toBe('payload_hash_mismatch');
  });
});
