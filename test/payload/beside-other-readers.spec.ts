import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { CALLBACK_OUTCOMES } from '../../lib/telemetry/callback-outcome.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { chunked, Connection } from '../support/connection.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { KindsController } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed, type SignedRequest } from '../support/signer.js';
import { until } from '../support/until.js';
import { OTHER_READERS } from './other-readers.js';

const MEBIBYTE = 1_048_576;
/** What throws in a reader that prints it, if a body parser of the platform has parsed it. */
const DEEP = 'deep JSON';
const LARGE = JSON.stringify({ ...PAYLOADS.archive, filler: 'x'.repeat(2 * MEBIBYTE) });

/** A body, how it is sent, and what a genuine callback with it is answered. */
interface SentBody {
  readonly what: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isChunked?: boolean;
  readonly status: number;
}

const BODIES: readonly SentBody[] = [
  { what: 'a payload', body: JSON.stringify(PAYLOADS.archive), status: 204 },
  { what: 'a payload in chunks', body: JSON.stringify(PAYLOADS.archive), isChunked: true, status: 204 },
  { what: 'no JSON', body: '{', status: 400 },
  { what: 'a list', body: '[]', status: 400 },
  { what: 'null', body: 'null', status: 400 },
  { what: DEEP, body: '['.repeat(9000) + ']'.repeat(9000), status: 400 },
  { what: '2 MiB', body: LARGE, status: 413 },
  { what: '2 MiB in chunks', body: LARGE, isChunked: true, status: 413 },
  {
    what: 'gzip',
    body: gzipSync(JSON.stringify(PAYLOADS.archive)),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
  },
  { what: 'bytes that call themselves gzip', body: '{}', headers: { 'content-encoding': 'gzip' }, status: 415 },
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

async function statusOf(port: number, path: string, { headers, body }: SignedRequest, isChunked = false) {
  const connection = await Connection.open(port);
  try {
    if (isChunked) connection.request(path, { headers, body: chunked(body, 50_000) }, 'transfer-encoding: chunked');
    else connection.request(path, { headers, body });
    return await connection.answer();
  } finally {
    connection.close();
  }
}

const outcomesOf = ({ observed }: RunningApplication) =>
  CALLBACK_OUTCOMES.flatMap((name) => observed.outcomes[name].splice(0).map(() => name));

const outcomeFor = (status: number) => (status === 204 ? 'accepted' : 'unusable');

// What throws where nobody catches fails the test: Jest sees to that.
describe.each(PLATFORMS)('beside other readers of a request on %s', (platform) => {
  describe.each(OTHER_READERS.filter(({ platforms }) => platforms.includes(platform)))('$name', ({ setup, sees }) => {
    it('every callback and every forgery is answered and reported as without it, once', async () => {
      const seen: unknown[] = [];
      const running = await startApplication({ platform, ...setup((body) => seen.push(body)) });
      try {
        for (const { what, body, headers = {}, isChunked, status } of BODIES) {
          seen.length = 0;
          const genuine = await statusOf(running.port, '/callbacks/archive', signed(body, { headers }), isChunked);
          expect({ what, status: genuine.status, outcomes: outcomesOf(running) }).toEqual({
            what,
            status,
            outcomes: [outcomeFor(status)],
          });
          // Not toEqual, which compares 2 MiB byte by byte.
          if (sees === 'bytes') expect(seen.map((bytes) => Buffer.from(body).equals(bytes as Buffer))).toEqual([true]);
          if (sees === 'json' && status === 204) expect(seen).toEqual([PAYLOADS.archive]);
          if (sees === 'json' && status !== 204)
            expect(seen.every((one) => one === undefined || Array.isArray(one))).toBe(true);

          const forged = signed(body, { headers, secret: 'forged' });
          const refused = await statusOf(running.port, '/callbacks/archive', forged, isChunked);
          expect({ what, status: refused.status, outcomes: outcomesOf(running) }).toEqual({
            what,
            status: 401,
            outcomes: ['rejected'],
          });
        }
      } finally {
        await running.close();
      }
    });

    it('a stored callback is delivered to its method', async () => {
      const seen: unknown[] = [];
      const inbox = new MemoryInbox();
      const running = await startApplication({ platform, options: { inbox }, ...setup((body) => seen.push(body)) });
      try {
        const body = JSON.stringify(PAYLOADS.archive);
        expect(await running.post('/callbacks/archive', signed(body))).toMatchObject({ status: 204 });
        seen.length = 0;
        await inbox.deliverLatest();
        if (sees !== 'nothing') await until(() => seen.length > 0);

        expect(outcomesOf(running)).toEqual(['accepted', 'stored', 'redelivered']);
        if (sees === 'bytes') expect(seen.map(String)).toEqual([body]);
        if (sees === 'json') expect(seen).toEqual([PAYLOADS.archive]);
      } finally {
        await running.close();
      }
    });

    it('a look-alike on another route, or on none, is answered as without this module', async () => {
      const controllers = [OtherController, KindsController];
      const withModule = await startApplication({ platform, controllers, ...setup(() => undefined) });
      const without = await startApplication({
        platform,
        controllers: [OtherController],
        imports: [],
        ...setup(() => undefined),
      });
      try {
        const answerOf = async (application: RunningApplication, path: string, sent: SentBody): Promise<unknown> => {
          const request = signed(sent.body, { headers: sent.headers ?? {} });
          const { status, body } = await statusOf(application.port, path, request, sent.isChunked);
          return { path, what: sent.what, status, body };
        };
        const answersOf = (application: RunningApplication) =>
          Promise.all(
            ['/other', '/nowhere'].flatMap((path) =>
              BODIES.filter(({ what }) => what !== DEEP).map((sent) => answerOf(application, path, sent)),
            ),
          );
        const foreign = await answersOf(without);
        expect(await answersOf(withModule)).toEqual(foreign);
        expect(outcomesOf(withModule)).toEqual([]);
      } finally {
        await Promise.all([withModule.close(), without.close()]);
      }
    });
  });
});
