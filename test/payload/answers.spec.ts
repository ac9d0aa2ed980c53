import { Controller, Post, UseInterceptors } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RawBodyInterceptor, type StoredCallback } from '../../lib/index.js';
import { type RunningApplication } from '../support/application.js';
import { KindsController, takeHandled } from '../support/kinds.controller.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange } from '../support/raw-http.js';
import { sha256, signed, type SignedRequest } from '../support/signer.js';
import { until } from '../support/until.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES } from '../support/verdict.js';

const COMPACT = JSON.stringify(PAYLOADS.archive);
const BROADCAST = Buffer.from(JSON.stringify(PAYLOADS.broadcast));
const answerOf = (statusCode: number, message: string) => ({
  status: statusCode,
  body: JSON.stringify({ message, statusCode }),
});
const UNAUTHORIZED = answerOf(401, 'Unauthorized');

/** A request that is signed for one body and comes with another. */
const altered = (body: string, options: Parameters<typeof signed>[1] = {}): SignedRequest => ({
  ...signed(COMPACT, options),
  body: Buffer.from(body),
});

const answer = ({ port }: RunningApplication, request: SignedRequest) => exchange(port, ARCHIVES, request);

describe('a callback whose body', () => {
  useOwnLogWindows();
  const running = useApplication({ options: { bodyLimit: 100_000 } });

  /** Sends a request, and returns the one outcome that is reported of it. */
  async function reportOf(name: 'accepted' | 'unusable' | 'rejected', request: SignedRequest, expected: object) {
    const application = running();
    const outcomes = application.observed.outcomes[name];
    outcomes.length = 0;
    application.logs.lines.length = 0;
    expect(await answer(application, request)).toMatchObject(expected);
    const [report, ...others] = outcomes;
    expect(others).toEqual([]);
    return report;
  }

  it('is intact is handed to its method, with the time that this took', async () => {
    const report = await reportOf('accepted', signed({ ...PAYLOADS.archive, name: 7 }), { status: 204 });

    expect(report).toMatchObject({ setAside: [{ path: 'name', message: expect.any(String) }] });
    expect(report?.durations.payload).toBeGreaterThan(0);
    const [handled] = takeHandled();
    expect(handled).toMatchObject({ kind: 'archive', raw: { ...PAYLOADS.archive, name: 7 } });
    expect(handled?.callback).toMatchObject({ id: PAYLOADS.archive['id'], status: 'available' });
  });

  it.each<[what: string, body: Buffer, violations: object]>([
    [
      'is not UTF-8',
      Buffer.from('{"name":"Gr\xfc\xdfe"}', 'latin1'),
      [{ path: '', message: 'the body is not JSON in UTF-8' }],
    ],
    ['is cut', Buffer.from('{"a":'), [{ path: '', message: 'the body is not JSON in UTF-8' }]],
    ['is a list', Buffer.from('[]'), [{ path: '', message: 'the body is not a JSON object' }]],
    [
      'lacks what a handler needs',
      Buffer.from('{"sessionId":"2_MX4"}'),
      expect.arrayContaining([{ path: 'id', message: expect.any(String) }]),
    ],
    [
      'is of another kind',
      BROADCAST,
      [
        {
          path: '',
          message:
            'the body looks like a broadcast callback: are two secrets mixed up, or does this URL belong to broadcast?',
        },
      ],
    ],
  ])('%s is reported with its bytes, and answered without detail', async (_, body, violations) => {
    const report = await reportOf('unusable', signed(body), answerOf(400, 'Bad Request'));

    expect(report).toMatchObject({ kind: 'archive', status: 400, violations, rawBody: body, isKept: false });
    expect(report?.durations.payload).toBeGreaterThan(0);
    expect(takeHandled()).toEqual([]);
  });

  it.each<[what: string, request: SignedRequest, status: number, message: string]>([
    ['is too large', signed('x'.repeat(100_001)), 413, 'Payload Too Large'],
    ['is no JSON', signed(COMPACT, { headers: { 'content-type': 'text/plain' } }), 415, 'Unsupported Media Type'],
  ])('%s is reported without its bytes', async (_, request, status, message) => {
    const report = await reportOf('unusable', request, answerOf(status, message));

    expect(report).toMatchObject({ status, violations: [{ path: '' }], rawBody: undefined });
  });

  /** The line of the refusal of a body that is not the signed one. */
  async function refusalOf(request: SignedRequest): Promise<string> {
    const report = await reportOf('rejected', request, UNAUTHORIZED);
    expect(report).toMatchObject({
      reason: 'payload_hash_mismatch',
      explanation: expect.stringContaining('is not the one that was signed'),
    });
    expect(report?.durations.payload).toBeGreaterThan(0);
    expect(takeHandled()).toEqual([]);
    const { logs } = running();
    await until(() => logs.of('warn').length > 0);
    return logs.of('warn').join('\n');
  }

  it.each([sha256(COMPACT), sha256(COMPACT).toUpperCase()])(
    'is not the one that was signed as %s is rejected, and the log says what became of it',
    async (payload_hash) => {
      expect(await refusalOf(altered(`${COMPACT}\n`, { claims: { payload_hash } }))).toContain(
        'rewrites it (a proxy, a body parser). What became of it: line ends were added to or removed from the end of ' +
          'the body: it has 1 byte more than the signed one',
      );
    },
  );

  it.each([
    [65_536, true],
    [65_537, false],
  ])('has %d bytes is diagnosed in the log line: %j', async (length, isDiagnosed) => {
    const line = await refusalOf(altered(COMPACT.padEnd(length, '\n')));

    expect(line.includes('What became of it: line ends were added')).toBe(isDiagnosed);
    expect(line.includes('What became of it')).toBe(isDiagnosed);
  });
});

describe('a body that is not the one that was signed, with verifyPayload: false,', () => {
  const running = useApplication({ options: { verifyPayload: false } });

  it('is accepted, and the log says so', async () => {
    const { logs } = running();
    logs.lines.length = 0;
    expect(await answer(running(), signed(COMPACT))).toMatchObject({ status: 204 });
    expect(logs.of('warn')).toEqual([]);

    expect(await answer(running(), altered(`${COMPACT} `))).toMatchObject({ status: 204 });
    expect(logs.of('warn')).toEqual([expect.stringContaining('is accepted although the body that arrived')]);
    expect(takeHandled()).toHaveLength(2);
  });
});

@Controller('unsecured')
@UseInterceptors(RawBodyInterceptor)
class UnsecuredController {
  @Post()
  take(): void {
    throw new Error('never reached');
  }
}

describe('RawBodyInterceptor on a method without @VideoCallback', () => {
  const running = useApplication({ controllers: [UnsecuredController] });

  it('answers 500, and says which method it is', async () => {
    expect(await exchange(running().port, '/unsecured', signed(COMPACT))).toMatchObject({ status: 500 });
    expect(running().logs.of('error').join()).toContain(
      'UnsecuredController.take asks for a verified callback but there is none: add @VideoCallback(kind)',
    );
  });
});

describe('with an inbox', () => {
  const inbox = new MemoryInbox();
  const running = useApplication({ controllers: [KindsController], options: { inbox, bodyLimit: 1000 } });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Takes the only callback out of the inbox. */
  function onlyStored(): StoredCallback {
    const [stored, ...others] = inbox.stored.splice(0);
    expect(others).toEqual([]);
    if (stored === undefined) throw new Error('nothing was stored');
    return stored;
  }

  const deliver = (stored: StoredCallback) => inbox.deliver(stored, { attempt: 1, of: 3 });

  it.each(['{"a":', '{}', BROADCAST.toString()])('a body that cannot be used, %s, is kept', async (body) => {
    expect(await answer(running(), signed(body))).toMatchObject({ status: 400 });
    expect(Buffer.from(onlyStored().body, 'base64').toString()).toBe(body);
    expect(running().observed.outcomes.unusable.at(-1)).toMatchObject({ isKept: true });
    expect(running().logs.of('error').at(-1)).toContain('(400), the inbox keeps it: ');
  });

  it('a body that the inbox did not take is reported as one that may be lost', async () => {
    jest.spyOn(inbox, 'put').mockRejectedValue(new Error('full'));

    expect(await answer(running(), signed('{}'))).toMatchObject({ status: 400 });
    expect(running().observed.outcomes.unusable.at(-1)).toMatchObject({ isKept: false });
    expect(running().logs.of('error').at(-1)).toContain('(400), it may be lost: ');
  });

  it('nothing is kept of a body that is not complete, or not the signed one', async () => {
    expect(await answer(running(), signed('x'.repeat(1001)))).toMatchObject(answerOf(413, 'Payload Too Large'));
    expect(await answer(running(), altered('{}'))).toMatchObject(UNAUTHORIZED);
    expect(inbox.stored).toEqual([]);
    expect(running().observed.outcomes.unusable.at(-1)).toMatchObject({ isKept: false });
  });

  it('a kept body of another kind is given up with its violation', async () => {
    await answer(running(), signed(BROADCAST.toString()));

    await expect(deliver(onlyStored())).rejects.toMatchObject({
      cause: {
        message:
          'the body looks like a broadcast callback: are two secrets mixed up, or does this URL belong to broadcast?',
      },
    });
  });

  it('a kept body that still cannot be used is reported, and neither kept nor delivered again', async () => {
    await answer(running(), signed('{}'));
    const { unusable, failed } = running().observed.outcomes;
    unusable.length = 0;

    await expect(deliver(onlyStored())).rejects.toMatchObject({
      message: 'answered 400: the body cannot be used',
      next: 'give-up',
    });
    expect(unusable).toMatchObject([{ status: 400, rawBody: Buffer.from('{}') }]);
    expect(failed).toEqual([]);
    expect(inbox.stored).toEqual([]);
  });

  it('a body that was altered in the store is rejected, and may be delivered again', async () => {
    await answer(running(), signed(COMPACT));
    const { rejected, failed } = running().observed.outcomes;
    rejected.length = 0;

    await expect(deliver({ ...onlyStored(), body: Buffer.from('{}').toString('base64') })).rejects.toMatchObject({
      message: 'answered 401: the method did not complete',
      next: 'retry',
    });
    expect(rejected).toMatchObject([{ reason: 'payload_hash_mismatch' }]);
    expect(failed).toEqual([]);
  });

  it('a kept body that can be used reaches its method', async () => {
    await answer(running(), signed(COMPACT));
    await deliver(onlyStored());

    expect(takeHandled()).toMatchObject([{ kind: 'archive', raw: PAYLOADS.archive }]);
  });
});
