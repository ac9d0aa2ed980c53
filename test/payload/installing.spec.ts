import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isJsonParserInFront } from '../../lib/payload/express-raw-body.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { readerOfAll } from './seen-request.js';
import { installRawBodyReader, isSupportedPlatform } from '../../lib/payload/raw-body.installer.js';
import { exchange } from '../support/raw-http.js';
import { signed } from '../support/signer.js';

const READER = 'keepRawBodyOfVideoCallback';

/** An adapter of a platform that nobody knows, made of Express. */
class UnknownAdapter extends ExpressAdapter {
  override getType(): string {
    return 'unknown';
  }
}

async function installOn(adapter: ExpressAdapter | FastifyAdapter | null): Promise<void> {
  const host = new HttpAdapterHost();
  installRawBodyReader(host, readerOfAll());
  Object.assign(host, { httpAdapter: adapter });
  // What goes wrong there ends the process, but not at once.
  await wait(1);
}

const readersOf = (application: express.Express) => application.router.stack.filter(({ name }) => name === READER);

describe('the reader of raw bodies', () => {
  it('is installed on Express, whether the adapter is there already or comes later', async () => {
    const [early, late] = [express(), express()];
    await installOn(new ExpressAdapter(late));
    const host = new HttpAdapterHost();
    host.httpAdapter = new ExpressAdapter(early);
    installRawBodyReader(host, readerOfAll());

    expect([readersOf(early).length, readersOf(late).length]).toEqual([1, 1]);
  });

  it('is installed once on an application', async () => {
    const application = express();
    await installOn(new ExpressAdapter(application));
    await installOn(new ExpressAdapter(application));

    expect(readersOf(application)).toHaveLength(1);
  });

  it('is installed once on Fastify', async () => {
    const adapter = new FastifyAdapter();
    await installOn(adapter);
    await installOn(adapter);
    const application = adapter.getInstance();
    application.post('/', ({ raw }) => CallbackRequest.find(raw)?.reading?.state);
    await application.listen({ port: 0, host: '127.0.0.1' });
    const { port } = application.server.address() as AddressInfo;

    expect(await exchange(port, '/', signed('{}'))).toMatchObject({ status: 200, body: 'complete' });
    await application.close();
  });

  it('is not installed where there is no platform, or one that is not supported', async () => {
    const application = express();
    await installOn(new UnknownAdapter(application));
    await installOn(null);

    expect(readersOf(application)).toEqual([]);
  });

  it('is there for Express and for Fastify', () => {
    expect(['express', 'fastify', 'koa', ''].map(isSupportedPlatform)).toEqual([true, true, false, false]);
  });
});

describe('a JSON parser in front of the reader of raw bodies', () => {
  const json = express.json();
  const reader = Object.defineProperty(() => undefined, 'name', { value: READER });
  const text = express.text();
  const isInFront = (...middleware: express.RequestHandler[]) =>
    isJsonParserInFront(new ExpressAdapter(express().use(...middleware)));

  it('is found, also where the reader is not the next', () => {
    expect(isInFront(json, reader)).toBe(true);
    expect(isInFront(text, json, text, reader, text)).toBe(true);
    expect(isJsonParserInFront(new ExpressAdapter(express().use('/', json).use(reader)))).toBe(true);
  });

  it('is none that comes later, that is mounted elsewhere, or of another kind', () => {
    expect(isInFront(reader, json)).toBe(false);
    expect(isInFront(text, reader)).toBe(false);
    expect(isJsonParserInFront(new ExpressAdapter(express().use('/elsewhere', json).use(reader)))).toBe(false);
  });

  it('is none where there is no reader', () => {
    expect(isInFront(json, json)).toBe(false);
  });

  it('is not looked for on other platforms', () => {
    expect(isJsonParserInFront(new UnknownAdapter(express().use(json).use(reader)))).toBe(false);
    expect(isJsonParserInFront(new FastifyAdapter())).toBe(false);
  });

  it.each([{}, { router: {} }])('is not found in an application that tells nothing of its middleware: %j', (told) => {
    expect(isJsonParserInFront(new ExpressAdapter({ use: () => undefined, ...told }))).toBe(false);
  });
});
