import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CALLBACK_OUTCOMES } from '../../lib/telemetry/callback-outcome.js';
import { type Platform, type RunningApplication, startApplication } from '../support/application.js';
import { chunked, Connection } from '../support/connection.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { KindsController } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed, type SigningOptions } from '../support/signer.js';
import { ARCHIVES } from '../support/verdict.js';
import { CONSUMER_HEADER, CONSUMERS, OBSERVERS, type Saw, withOtherReaders } from './other-readers.js';

/** Less than {@link LARGE}, more than any other body. */
const BODY_LIMIT = 50_000;
const PAYLOAD = { ...PAYLOADS.archive, size: 18_023_312.5 };
/** Bytes that do not survive being parsed and printed again. */
const PRINTED = `${JSON.stringify(PAYLOAD, null, 2)}\r\n`;
const LARGE = JSON.stringify({ ...PAYLOAD, filler: 'x'.repeat(200_000) });
/** What throws in a reader that prints it, if a body parser of the platform has parsed it. */
const DEEP = 'deep JSON';

/** A body, how it is sent, and what a genuine callback with it is answered. */
interface SentBody {
  readonly what: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isChunked?: boolean;
  readonly status: number;
}

const GZIP = { 'content-encoding': 'gzip' };
const BODIES: readonly SentBody[] = [
  { what: 'a payload', body: PRINTED, status: 204 },
  { what: 'a payload in chunks', body: PRINTED, isChunked: true, status: 204 },
  { what: 'no JSON', body: '{', status: 400 },
  { what: 'a list', body: '[]', status: 400 },
  { what: 'null', body: 'null', status: 400 },
  { what: DEEP, body: '['.repeat(9000) + ']'.repeat(9000), status: 400 },
  { what: 'a large body', body: LARGE, status: 413 },
  { what: 'a large body in chunks', body: LARGE, isChunked: true, status: 413 },
  { what: 'gzip', body: gzipSync(PRINTED), headers: GZIP, status: 415 },
  { what: 'bytes that call themselves gzip', body: '{}', headers: GZIP, status: 415 },
  { what: 'text', body: '{}', headers: { 'content-type': 'text/plain' }, status: 415 },
  { what: 'a form', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' }, status: 415 },
  {
    what: 'a form in parts',
    body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    status: 415,
  },
];

@Controller()
class OtherController {
  @Post('other')
  @HttpCode(200)
  take(@Body() body: unknown): unknown {
    return typeof body === 'object' ? Object.keys(body ?? {}) : typeof body;
  }
}

const outcomesOf = ({ observed }: RunningApplication) =>
  CALLBACK_OUTCOMES.flatMap((name) => observed.outcomes[name].splice(0).map(() => name));

// An uncaught error fails the test: Jest sees to that.
describe.each<[Platform, parsers: string, nest: { bodyParser?: false }]>([
  ['express', 'its parsers', {}],
  ['express', 'bodyParser: false', { bodyParser: false }],
  ['fastify', 'its parsers', {}],
])('VideoCallbacksModule beside other readers on %s with %s', (platform, _, nest) => {
  const consumers = CONSUMERS[platform].filter(({ seesBytes }) => nest.bodyParser !== false || seesBytes);
  const last = OBSERVERS[platform].at(-1);
  const inbox = new MemoryInbox();
  let seen: (readonly [reader: string, body: unknown])[] = [];
  let handling: RunningApplication;
  let storing: RunningApplication;
  let without: RunningApplication;

  beforeAll(async () => {
    const saw: Saw = (reader, body) => seen.push([reader, body]);
    const setup = { ...withOtherReaders(platform, saw), nest, controllers: [OtherController, KindsController] };
    const options = { bodyLimit: BODY_LIMIT };
    handling = await startApplication({ ...setup, options });
    storing = await startApplication({ ...setup, options: { ...options, inbox } });
    without = await startApplication({ ...setup, imports: [], controllers: [OtherController] });
  });
  afterAll(() => Promise.all([handling.close(), storing.close(), without.close()]));

  async function answerTo(
    { port }: RunningApplication,
    path: string,
    { body, headers, isChunked = false }: SentBody,
    consumer: string,
    options: SigningOptions = {},
  ) {
    const request = signed(body, { headers: { ...headers, [CONSUMER_HEADER]: consumer }, ...options });
    const connection = await Connection.open(port);
    try {
      if (isChunked) {
        connection.request(path, { ...request, body: chunked(request.body, 50_000) }, 'transfer-encoding: chunked');
      } else connection.request(path, request);
      return await connection.answer();
    } finally {
      connection.close();
    }
  }

  /** What the readers saw of a request, once the last of them is done with it. */
  async function seenOfRequest() {
    while (!seen.some(([reader]) => reader === last)) await nextTurn();
    const all = new Map(seen);
    seen = [];
    return all;
  }

  const observersOf = (all: ReadonlyMap<string, unknown>) => OBSERVERS[platform].map((name) => all.get(name));

  it.each(consumers)('answers and reports every callback and every forgery once: $name', async (consumer) => {
    for (const sent of BODIES) {
      const { what, body, status } = sent;
      seen = [];
      const genuine = await answerTo(handling, ARCHIVES, sent, consumer.name);
      const outcome = status === 204 ? 'accepted' : 'unusable';
      const found = { what, status: genuine.status, outcomes: outcomesOf(handling) };
      expect(found).toEqual({ what, status, outcomes: [outcome] });

      const all = await seenOfRequest();
      if (consumer.seesBytes) expect(Buffer.from(body).equals(all.get(consumer.name) as Buffer)).toBe(true);
      all.delete(consumer.name);
      if (status === 204) expect(observersOf(all)).toEqual(OBSERVERS[platform].map(() => PAYLOAD));
      // As without this module: nothing, or a list.
      else expect([...all.values()].filter((one) => one !== undefined && !Array.isArray(one))).toEqual([]);

      const forged = await answerTo(handling, ARCHIVES, sent, consumer.name, { secret: 'forged' });
      const refused = { what, status: forged.status, outcomes: outcomesOf(handling) };
      expect(refused).toEqual({ what, status: 401, outcomes: ['rejected'] });
      await seenOfRequest();
    }
  });

  it.each(consumers)('delivers a stored callback to its method: $name', async ({ name, seesBytes }) => {
    const [sent = BODIES[0]] = BODIES;
    if (sent === undefined) throw new Error('there are no bodies');
    seen = [];
    expect(await answerTo(storing, ARCHIVES, sent, name)).toMatchObject({ status: 204 });
    await seenOfRequest();
    await inbox.deliverLatest();

    const all = await seenOfRequest();
    expect(outcomesOf(storing)).toEqual(['accepted', 'stored', 'redelivered']);
    expect(observersOf(all)).toEqual(OBSERVERS[platform].map(() => PAYLOAD));
    if (seesBytes) expect(String(all.get(name))).toBe(PRINTED);
  });

  it.each(consumers)(
    'leaves a look-alike on another route, or on none, to the application: $name',
    async ({ name }) => {
      const answersOf = (application: RunningApplication) =>
        Promise.all(
          ['/other', '/nowhere'].flatMap((path) =>
            BODIES.filter(({ what }) => what !== DEEP).map(async (sent) => {
              const { status, body } = await answerTo(application, path, sent, name);
              return { path, what: sent.what, status, body };
            }),
          ),
        );

      expect(await answersOf(handling)).toEqual(await answersOf(without));
      expect(outcomesOf(handling)).toEqual([]);
    },
  );
});
