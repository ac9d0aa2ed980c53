import { describe, expect, it } from '@jest/globals';
import { CallbackRedelivery } from '../../../lib/delivery/inbox/callback-redelivery.js';
import { DeliveryFailedError } from '../../../lib/delivery/inbox/stored-callback.js';
import { readStoredCallback } from '../../../lib/delivery/inbox/stored-callback.js';
import { reportDead } from '../../../lib/delivery/inbox/stored-report.js';
import { isJsonObject } from '../../../lib/callbacks/json-object.js';
import { Arrivals, OWN, storedCallback, verifiedToken } from '../arrivals.js';
import { platformWith } from '../platform-under-delivery.js';

type Path = readonly string[];

const { claims } = verifiedToken();
/** A callback that has every optional part. */
const COMPLETE = storedCallback({
  address: '192.0.2.7',
  traceContext: { traceparent: '00-1-2-01' },
  request: { url: '/video/archives', headers: { host: 'video.example', via: ['a', 'b'] }, remoteAddress: '192.0.2.7' },
  token: verifiedToken({
    secretName: 'archive webhook',
    claims: {
      ...claims,
      payload_hash: 'ab',
      api_key: 'key',
      application_id: 'application',
      exp: 1,
      nbf: 1,
      other: [1],
    },
  }),
});

/** Every place that has something of its own to check: the objects, and the values in them. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (!isJsonObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

/** A copy of the callback in which a place has another value, or none. */
function altered([name, ...rest]: Path, change: { readonly value?: unknown }, whole: unknown = COMPLETE): unknown {
  if (name === undefined) return change.value;
  const copy = { ...(isJsonObject(whole) ? whole : {}) };
  if (rest.length > 0) copy[name] = altered(rest, change, copy[name]);
  else if ('value' in change) copy[name] = change.value;
  else Reflect.deleteProperty(copy, name);
  return copy;
}

/** As a store of JSON returns it. */
const stored = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

const UNCHECKED = ['token.claims.other'];
const OPTIONAL = [
  'format',
  'address',
  'traceContext',
  'token.secretName',
  ...['traceContext.traceparent', 'request.headers.host', 'request.headers.via'],
  ...['payload_hash', 'api_key', 'application_id', 'exp', 'nbf'].map((name) => `token.claims.${name}`),
];
const PLACES = pathsOf(COMPLETE)
  .map((path) => ({ path, name: path.join('.') }))
  .filter(({ name }) => !UNCHECKED.includes(name));

const shown = (name: string): string =>
  name === '' ? 'the callback' : name.replace(/^((?:request\.headers)|traceContext)\.(\w+)$/, '$1["$2"]');

function problemOf(value: unknown): unknown {
  try {
    readStoredCallback(value);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('readStoredCallback', () => {
  it('reads what was stored', () => {
    expect(readStoredCallback(stored(COMPLETE))).toEqual(COMPLETE);
  });

  it('reads what version 0.1.0 stored, which has no format', () => {
    expect(readStoredCallback(altered(['format'], {}))).toEqual(COMPLETE);
  });

  it('ignores what it does not know', () => {
    expect(readStoredCallback({ ...COMPLETE, priority: 7 })).toEqual(COMPLETE);
  });

  it.each(OPTIONAL)('reads a callback without %s', (name) => {
    expect(problemOf(altered(name.split('.'), {}))).toBeUndefined();
  });

  it.each(PLACES.filter(({ name }) => name !== '' && !OPTIONAL.includes(name)))(
    'names $name if it is missing',
    ({ path, name }) => {
      expect(problemOf(altered(path, {}))).toMatchObject({
        name: 'DeliveryFailedError',
        code: 'ERR_CALLBACKS_DELIVERY_FAILED',
        message: `a job of unknown shape: ${shown(name)} is missing`,
        next: 'give-up',
      });
    },
  );

  it.each(
    PLACES.flatMap(({ path, name }) =>
      [null, true, [], [7], { a: 1 }, {}, 'text', 7, -1, 1.5]
        .filter((value) => !fits(name, value))
        .map((value) => ({ path, name, value })),
    ),
  )('names $name if it is $value', ({ path, name, value }) => {
    const problem = problemOf(altered(path, { value }));

    expect(problem).toBeInstanceOf(DeliveryFailedError);
    expect(problem).toMatchObject({ next: 'give-up' });
    expect(String(problem)).toContain(`a job of unknown shape: ${shown(name)}`);
  });

  it.each([2, 3000])('leaves format %d, whatever it looks like', (format) => {
    expect(problemOf({ format })).toMatchObject({
      message: `it has format ${format}, this version of nestjs-vonage-video-callbacks reads 1`,
      next: 'leave',
    });
  });

  it('leaves a kind that it does not know, and quotes it', () => {
    const value = altered(['token', 'kind'], { value: `holo\n${'x'.repeat(1000)}` });

    expect(problemOf(value)).toMatchObject({
      message: `its kind "holo\\n${'x'.repeat(59)}…" is one that this version does not know`,
      next: 'leave',
    });
  });

  it('reads the kinds that share the secret', () => {
    const sharedWith = [
      { kind: 'sip', secretPosition: 1, secretName: 'calls' },
      { kind: 'session', secretPosition: 0 },
    ];
    const value = altered(['token', 'sharedWith'], { value: sharedWith });

    expect(readStoredCallback(stored(value)).token).toStrictEqual({ ...COMPLETE.token, sharedWith });
    expect(readStoredCallback(stored(COMPLETE)).token).not.toHaveProperty('sharedWith');
  });

  it.each<[sharedWith: unknown, problem: string]>([
    [null, 'token.sharedWith is unusable (null)'],
    ['sip', 'token.sharedWith is unusable (string)'],
    [[null], 'token.sharedWith[0] is unusable (null)'],
    [[{ kind: 'sip' }], 'token.sharedWith[0].secretPosition is missing'],
    [[{ secretPosition: 0 }], 'token.sharedWith[0].kind is missing'],
    [
      [
        { kind: 'sip', secretPosition: 0 },
        { kind: 'session', secretPosition: 0, secretName: 7 },
      ],
      'token.sharedWith[1].secretName is unusable (number)',
    ],
  ])('names what cannot be used of the kinds that share the secret: %j', (sharedWith, problem) => {
    expect(problemOf(altered(['token', 'sharedWith'], { value: sharedWith }))).toMatchObject({
      message: `a job of unknown shape: ${problem}`,
      next: 'give-up',
    });
  });

  it('reads an api_key that is a number', () => {
    const path = ['token', 'claims', 'api_key'];

    expect(readStoredCallback(altered(path, { value: 12_345_678 })).token.claims.api_key).toBe(12_345_678);
  });

  it.each([
    ['receivedAt', 1e300, 'number'],
    ['token.claims.iat', NaN, 'number'],
    ['token.secretPosition', Infinity, 'number'],
    ['token.claims.iat', '7', 'string'],
    ['body', null, 'null'],
    ['request', [], 'object'],
  ])('names %s that is %j, and of which type it is', (name, value, type) => {
    expect(problemOf(altered(name.split('.'), { value }))).toMatchObject({
      message: `a job of unknown shape: ${name} is unusable (${type})`,
    });
  });
});

describe('what cannot be read', () => {
  const values = [null, undefined, 7, 'text', [], {}, ...PLACES.map(({ path }) => altered(path, { value: null }))];

  it.each(values.map(stored))('is reported as failed and as dead: %j', async (value) => {
    const arrivals = new Arrivals();
    const host = platformWith('express', () => undefined);
    const attempt = { attempt: 1, of: 40 };
    const delivery = new CallbackRedelivery(host, OWN, arrivals.telemetry).deliver(value, attempt);
    const failure: unknown = await delivery.catch((error: unknown) => error);
    if (!(failure instanceof DeliveryFailedError)) throw new Error('it was delivered');
    reportDead(value, attempt, failure, arrivals.telemetry);

    expect(failure).toMatchObject({ next: 'give-up' });
    expect(arrivals.observed.outcomes.failed).toMatchObject([
      {
        error: failure,
        next: 'dead',
        kind: 'unknown',
        route: 'unknown',
        projectId: 'unknown',
        jti: 'unknown',
        attempt,
      },
    ]);
    expect(arrivals.observed.outcomes.dead).toMatchObject([{ error: failure, attempt }]);
    expect(arrivals.ends).toEqual({ failed: 1, dead: 1 });
    expect(arrivals.logs.of('error').join('\n')).toContain(
      'A job of the inbox failed, is not tried again and is kept (attempt 1 of 40): a job of unknown shape: ',
    );
  });
});

/** Whether a value has the right type at a place. */
function fits(name: string, value: unknown): boolean {
  if (name.startsWith('request.headers.')) return typeof value === 'string' || isTexts(value);
  switch (name) {
    case 'format':
      // One that a newer version may write.
      return value === 7;
    case '':
    case 'token':
    case 'token.claims':
    case 'request':
      // An object with other members: one of those that it should have is missing.
      return isJsonObject(value);
    case 'request.headers':
    case 'traceContext':
      return isJsonObject(value) && Object.keys(value).length === 0;
    case 'receivedAt':
    case 'token.secretPosition':
    case 'token.claims.iat':
    case 'token.claims.exp':
    case 'token.claims.nbf':
      return typeof value === 'number';
    case 'token.claims.api_key':
      return typeof value === 'string' || typeof value === 'number';
    case 'token.claims.iss':
      return false;
    default:
      return typeof value === 'string';
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
