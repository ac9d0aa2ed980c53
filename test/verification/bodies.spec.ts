import { describe, expect, it } from '@jest/globals';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { useOwnLogWindows } from '../support/log-windows.js';
import { PLATFORMS } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange, type RawRequest } from '../support/raw-http.js';
import { signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused, expectUnusable } from '../support/verdict.js';
import { expectRejected } from './rejected.js';
import { BODY } from './tokens.js';

const SESSIONS = '/callbacks/session';
const BODY_LIMIT = 10_000;

interface Format {
  readonly name: string;
  readonly type?: string;
  readonly encoding?: string;
  readonly encode?: (body: string) => Buffer;
}

// Every other type and encoding: payload/callback-body.spec.ts.
const USABLE: readonly Format[] = [
  { name: 'JSON', type: 'application/json; charset=utf-8' },
  { name: 'JSON with a suffix', type: 'application/cloudevents+json' },
  { name: 'JSON in identity', type: 'application/json', encoding: 'identity' },
];
const UNUSABLE: readonly Format[] = [
  { name: 'no type' },
  { name: 'text', type: 'text/plain' },
  { name: 'a form', type: 'application/x-www-form-urlencoded' },
  { name: 'gzip', type: 'application/json', encoding: 'gzip', encode: gzipSync },
  { name: 'br', type: 'application/json', encoding: 'br', encode: brotliCompressSync },
  { name: 'deflate', type: 'application/json', encoding: 'deflate', encode: deflateSync },
  { name: 'gzip that is none', type: 'application/json', encoding: 'gzip' },
  { name: 'an unknown encoding', type: 'application/json', encoding: 'unheard-of' },
];

const headersOf = ({ type, encoding }: Format) => ({ 'content-type': type, 'content-encoding': encoding });

/** A genuine callback whose body changed on the way. */
const tampered = (body: string | Buffer): RawRequest => ({ ...signed(BODY), body: Buffer.from(body) });

function flipped(bit: number): Buffer {
  const bytes = Buffer.from(BODY);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes;
}

const TAMPERED: [behaviour: string, body: () => string | Buffer][] = [
  ['whose first bit is another', () => flipped(0)],
  ['whose last bit is another', () => flipped(BODY.length * 8 - 1)],
  ['of which one bit in the middle is another', () => flipped(BODY.length * 4)],
  ['that was parsed and printed again', () => JSON.stringify(JSON.parse(BODY), null, 1)],
  [
    'whose members are in another order',
    () => JSON.stringify(Object.fromEntries(Object.entries(PAYLOADS.archive).reverse())),
  ],
  ['with a space behind it', () => `${BODY} `],
  ['with a line break behind it', () => `${BODY}\n`],
  ['with a space within', () => BODY.replace(',', ', ')],
  ['with a byte order mark', () => `\ufeff${BODY}`],
  ['in UTF-16', () => Buffer.from(BODY, 'utf16le')],
  ['that is cut off', () => BODY.slice(0, -1)],
  ['with another object behind it', () => `${BODY}{}`],
  ['with a member more', () => BODY.replace('}', ',"status":"failed"}')],
  ['that is empty', () => ''],
  ['of white space', () => '  '],
  ['of another genuine callback', () => JSON.stringify({ ...PAYLOADS.archive, status: 'started' })],
  ['of a callback of another kind', () => JSON.stringify(PAYLOADS.broadcast)],
  ['that is not JSON', () => 'status=available'],
];

// Every JSON document of a public suite: vectors/json-documents.spec.ts.
const NOT_AN_OBJECT: [behaviour: string, body: string | Buffer][] = [
  ['no bytes', ''],
  ['no JSON', 'status=available'],
  ['JSON that is cut off', BODY.slice(0, -1)],
  ['a list', `[${BODY}]`],
  ['null', 'null'],
  ['bytes that are not UTF-8', Buffer.from(BODY.replace('Lesson', 'Le\xe7on'), 'latin1')],
  ['100,000 nested lists', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['100,000 nested objects that do not end', '{"a":'.repeat(100_000)],
];

const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);

/** A payload of a kind with one member whose JSON is given. */
const withMember = (payload: object, name: string, json: string): string =>
  JSON.stringify({ ...payload, [name]: '@@' }).replace('"@@"', () => json);

describe('CallbackVerifier', () => {
  it.each(TAMPERED)('rejects a body %s', (_, body) => expectRejected(tampered(body()), 'payload_hash_mismatch'));
});

describe.each(PLATFORMS)('the body of a callback on %s', (platform) => {
  useOwnLogWindows();
  const running = useApplication({ platform, options: { bodyLimit: 2_000_000 } });

  it('is refused if it is not the one that was signed', async () => {
    await expectRefused(running(), tampered(flipped(0)), 'payload_hash_mismatch');
    await expectRefused(running(), tampered(''), 'payload_hash_mismatch');
    await expectRefused(running(), tampered('status=available'), 'payload_hash_mismatch');
  });

  it('that is JSON and not the signed one is refused whatever its type', () => {
    const { headers } = signed(BODY, { headers: { 'content-type': 'application/json; charset=utf-16' } });

    return expectRefused(running(), { headers, body: Buffer.from('{}') }, 'payload_hash_mismatch');
  });

  it.each(NOT_AN_OBJECT)('that is genuine, but %s, is answered 400 and reported', (_, body) =>
    expectUnusable(running(), signed(body), 400),
  );

  it.each([
    ['id', ARCHIVES, PAYLOADS.archive],
    ['status', ARCHIVES, PAYLOADS.archive],
    ['sessionId', ARCHIVES, PAYLOADS.archive],
    ['event', SESSIONS, PAYLOADS.session],
    ['connection', SESSIONS, PAYLOADS.session],
  ])('that is genuine, but without %s, is answered 400 and reported', async (name, path, payload) => {
    await expectUnusable(running(), signed({ ...payload, [name]: undefined }), 400, path);

    expect(
      running()
        .observed.outcomes.unusable.at(-1)
        ?.violations.map((violation) => violation.path),
    ).toEqual([name]);
  });

  it.each<[field: string, value: unknown]>([
    ['id', ['private-value']],
    ['status', { 'private-value': 1 }],
    ['sessionId', null],
  ])('with a %s of the wrong type is reported without its values', async (field, value) => {
    const payload = { ...PAYLOADS.archive, name: 'private-value', [field]: value };
    await expectUnusable(running(), signed(payload), 400);

    const { violations, rawBody } = running().observed.outcomes.unusable.at(-1) ?? {};
    expect(violations).toMatchObject([{ path: field }]);
    expect(JSON.stringify(violations)).not.toContain('private-value');
    expect(rawBody?.toString()).toBe(JSON.stringify(payload));
    expect(running().logs.of('error').at(-1)).toContain(`${field}: `);
    expect(running().logs.lines.join('\n')).not.toContain('private-value');
  });

  it('that cannot be used is answered without detail', async () => {
    const { status, body } = await exchange(running().port, ARCHIVES, signed({ name: 'x' }));

    expect({ status, body }).toEqual({ status: 400, body: '{"message":"Bad Request","statusCode":400}' });
  });

  it.each(USABLE)('may be of the format $name', async (format) => {
    await expectAccepted(running(), signed(BODY, { headers: headersOf(format) }));
  });

  it.each(UNUSABLE)(
    'of a genuine callback in the format $name is answered 415, logged and reported, whichever bytes were signed',
    async ({ encode = (body: string) => Buffer.from(body), ...format }) => {
      const { logs } = running();
      const headers = headersOf(format);
      for (const request of [signed(encode(BODY), { headers }), { ...signed(BODY, { headers }), body: encode(BODY) }]) {
        logs.lines.length = 0;
        await expectUnusable(running(), request, 415);
        expect(logs.of('error')).toEqual([expect.stringContaining('is genuine but cannot be used (415)')]);
      }
      await expectRefused(running(), signed(encode(BODY), { secret: 'forged', headers }), 'signature_mismatch');
    },
  );
});

// Which fields may hold what: callbacks/catalogue.spec.ts and properties/any-body.spec.ts.
describe.each(PLATFORMS)('a genuine but unusual body on %s', (platform) => {
  const running = useApplication({ platform, options: { bodyLimit: 2_000_000 } });

  it('with 100,000 nested lists is accepted in an unknown field, without it in one of the DTO, and else not', async () => {
    await expectAccepted(running(), signed(withMember({ event: 'news' }, 'news', DEEP)), SESSIONS);
    const call = await expectAccepted(running(), signed(withMember(PAYLOADS.archive, 'streams', DEEP)));
    expect([Object.keys(call.callback).includes('streams'), 'streams' in call.raw]).toEqual([false, true]);
    await expectUnusable(running(), signed(withMember(PAYLOADS.session, 'connection', DEEP)), 400, SESSIONS);
  });

  it('with numbers beyond every bound, lone surrogates and a byte order mark is accepted', async () => {
    const json = withMember({ ...PAYLOADS.archive, name: '\ud83d \ude00' }, 'size', '1e400').replace(
      '"duration":328',
      `"duration":123456789012345678901234567890,"tiny":1e-400,"long":${'9'.repeat(5000)}`,
    );

    expect((await expectAccepted(running(), signed(`\ufeff${json}`))).raw).toMatchObject({
      name: '\ud83d \ude00',
      size: Infinity,
      tiny: 0,
    });
  });

  it('with 10,000 fields is accepted', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, index]));
    const { raw } = await expectAccepted(running(), signed({ ...PAYLOADS.archive, ...many }));

    expect(Object.keys(raw)).toHaveLength(10_000 + Object.keys(PAYLOADS.archive).length);
  });

  it.each(['__proto__', '\\u005f_proto__'])('with members named %s on every level pollutes nothing', async (name) => {
    const json = BODY.replace(
      '{',
      `{"${name}":{"polluted":true},"nested":{"${name}":{"polluted":true},"list":[{"${name}":{"polluted":true}}]},`,
    );
    const { raw, callback } = await expectAccepted(running(), signed(json));

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(raw).toEqual({ ...PAYLOADS.archive, nested: { list: [{}] } });
    expect(Object.assign({}, raw)).not.toHaveProperty('polluted');
    expect(callback).not.toHaveProperty('polluted');
  });

  it('with members named as those of every object pollutes nothing', async () => {
    const names = ['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then'];
    const members = Object.fromEntries(names.map((name) => [name, { prototype: { polluted: true } }]));
    const { raw } = await expectAccepted(running(), signed({ event: 'constructor', ...members }), SESSIONS);

    expect(raw).toMatchObject(members);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe.each(PLATFORMS)('with bodyLimit 10,000 on %s, a body', (platform) => {
  const running = useApplication({ platform, options: { bodyLimit: BODY_LIMIT } });
  const ofLength = (length: number): string => BODY.replace('{', `{${' '.repeat(length - BODY.length)}`);

  it('of 10,000 bytes is accepted', async () => {
    await expectAccepted(running(), signed(ofLength(BODY_LIMIT)));
  });

  it.each([BODY_LIMIT + 1, 200_000])('of %d bytes is answered 413 and reported', (length) =>
    expectUnusable(running(), signed(ofLength(length)), 413),
  );

  it('over the limit is not a way around the signature', () =>
    expectRefused(running(), signed(ofLength(BODY_LIMIT + 1), { secret: 'another' }), 'signature_mismatch'));
});
