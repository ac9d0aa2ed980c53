import { afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { VIDEO_CALLBACK_KINDS, VideoCallbacksModule, type VideoCallbacksOptions } from '../../lib/index.js';
import { StaticKeys } from '../../lib/secrets/static-keys.js';
import { checkOptions } from '../../lib/startup/options-check.js';
import { PLATFORMS, PROJECTS, startApplication } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { KeptLogs } from '../support/logs.js';
import { nowInSeconds, PROJECT, SECRET } from '../support/signer.js';
import { archiveRequest } from './archive-request.js';

/** Starts an application that has nothing but the module. */
async function start(options: unknown): Promise<void> {
  @Module({ imports: [VideoCallbacksModule.forRootAsync({ useFactory: () => options as VideoCallbacksOptions })] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: new KeptLogs(), abortOnError: false });
  await app.init();
  await app.close();
}

/** Checks options as the start-up does. */
async function check(options: unknown): Promise<unknown> {
  const { projects } = checkOptions(options as VideoCallbacksOptions);
  return projects && StaticKeys.of(projects);
}

const SECONDS = 'a number of seconds, at least';
const CERTIFICATE = 'true, false, or an object with fingerprints, subject, issuer, proxy';
const USER_AGENT = 'a string, a RegExp, or false for any';
const ADDRESSES = 'a list of addresses and CIDR ranges such as 216.147.0.0/18 or 2001:db8::/32, or false for any';
const ENTRIES = 'a whole number of entries, at least 1 and at most 1000000';
const BYTES = 'a whole number of bytes, at least 1 and at most 536870888';

describe('the start-up ends with an error', () => {
  it.each<readonly [string, unknown, object]>([
    ['for an option that cannot be used', { projects: PROJECTS, maxAge: -90_000 }, { option: 'maxAge' }],
    ['for an option that is missing', {}, { option: 'projects' }],
    ['without options', undefined, { option: 'options' }],
    ['for a secret that cannot be used', { projects: { p: '' } }, { name: 'InvalidSecretError' }],
  ])('%s', async (_, options, error) => {
    await expect(start(options)).rejects.toMatchObject({ name: 'InvalidOptionError', ...error });
  });
});

describe('an option that cannot be used is an error with its name, its value and what it must be', () => {
  // Ranges: options/number-options.spec.ts.
  it.each<readonly [string, unknown, string, string]>([
    ['secretTtl', '60', '"60"', `${SECONDS} 0`],
    ['secretTimeout', 0, '0', `${SECONDS} 0.001 and at most 2147483`],
    ['secretCacheSize', 1.5, '1.5', ENTRIES],
    ['maxAge', 90_000n, '90000n', `${SECONDS} 1`],
    ['clockTolerance', NaN, 'NaN', `${SECONDS} 0 and at most 3153600000`],
    ['bodyLimit', '1mb', '"1mb"', BYTES],
    ['userAgent', '', '""', USER_AGENT],
    ['userAgent', true, 'true', USER_AGENT],
    ['userAgent', null, 'null', USER_AGENT],
    ['userAgent', 5, '5', USER_AGENT],
    ['allowedAddresses', true, 'true', ADDRESSES],
    ['allowedAddresses', '216.147.0.0/18', '"216.147.0.0/18"', ADDRESSES],
    ['allowedAddresses', [], '[]', ADDRESSES],
    ['allowedAddresses', null, 'null', ADDRESSES],
    ['requireClientCertificate', 'true', '"true"', CERTIFICATE],
    ['requireClientCertificate', 1, '1', CERTIFICATE],
    ['requireClientCertificate', null, 'null', CERTIFICATE],
    ['requireClientCertificate', [], '[]', CERTIFICATE],
    ['unsigned', true, 'true', '"reject" or "retry"'],
    ['unsigned', 'handle', '"handle"', '"reject" or "retry"'],
    ['unsigned', null, 'null', '"reject" or "retry"'],
    ['verifyPayload', 'false', '"false"', 'true or false'],
    ['verifyPayload', 0, '0', 'true or false'],
    ['verifyPayload', null, 'null', 'true or false'],
    ['observer', null, 'null', 'an object with methods'],
    ['observer', 'log', '"log"', 'an object with methods'],
    ['observer', true, 'true', 'an object with methods'],
    ['observer', { accepted: 'log' }, '[Object]', 'an object with methods'],
  ])('%s: %p', async (option, value, shown, expected) => {
    await expect(check({ projects: PROJECTS, [option]: value })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option,
      message: `VideoCallbacksModule: "${option}" is ${shown}: it must be ${expected}.`,
    });
  });

  it.each<readonly [string, unknown, string]>([
    ['ledger', 'redis://:pass-word@localhost', 'a string'],
    ['ledger', { options: { password: 'pass-word' } }, '[Object]'],
    ['inbox', 'redis://:pass-word@localhost', 'a string'],
    ['inbox', { connection: { password: 'pass-word' } }, '[Object]'],
    ['inbox', new Map([['password', 'pass-word']]), '[Map]'],
    ['inbox', ['pass-word'], '[Array]'],
    ['userAgent', { value: 'pass-word' }, '[Object]'],
  ])('%s: %p, without what may be a password', async (option, value, shown) => {
    await expect(check({ projects: PROJECTS, [option]: value })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option,
      message: expect.stringContaining(`"${option}" is ${shown}: it must be `),
    });
  });

  it('observer: a class instead of an instance, without its whole source', async () => {
    class Watching {
      accepted(): string {
        return 'in the source';
      }
    }

    await expect(check({ projects: PROJECTS, observer: Watching })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option: 'observer',
      message: expect.not.stringContaining('in the source'),
    });
  });

  it.each<readonly [string, unknown]>([
    ['text', 'secret'],
    ['a list', [SECRET]],
    ['null', null],
    ['a number', 12345678],
  ])('projects: %s', async (_, projects) => {
    await expect(check({ projects })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option: 'projects',
      message: 'VideoCallbacksModule: "projects" is not an object: write projects: { \'12345678\': secrets }.',
    });
  });

  it.each<readonly [string, unknown]>([
    ['an object without methods', {}],
    [
      'a class without the method',
      class Unfinished {
        secretFor = SECRET;
      },
    ],
    ['a plain function', () => SECRET],
    ['text', 'VaultSecretProvider'],
    ['null', null],
  ])('secretProvider: %s', async (_, secretProvider) => {
    await expect(check({ secretProvider })).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option: 'secretProvider',
      message: 'VideoCallbacksModule: "secretProvider" has no method secretsFor: extend SignatureSecretProvider.',
    });
  });

  it.each([
    '',
    '216.147.0.0/33',
    '216.147.0/18',
    '2001:db8::/129',
    'example.com',
    '10.0.0.1/8/9',
    '10.0.0.0/x',
    'fe80::1%eth0',
  ])('allowedAddresses with the entry "%s"', async (entry) => {
    await expect(check({ projects: PROJECTS, allowedAddresses: ['216.147.0.0/18', entry] })).rejects.toThrow(
      `it must be ${ADDRESSES}; "${entry}" is no range.`,
    );
  });

  it.each<readonly [string, unknown, string]>([
    ['a number', 42, '42'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
  ])('allowedAddresses with the entry %s', async (_, entry, shown) => {
    await expect(check({ projects: PROJECTS, allowedAddresses: [entry] })).rejects.toThrow(
      `it must be ${ADDRESSES}; ${shown} is no range.`,
    );
  });
});

describe('options that contradict each other or are missing are an error:', () => {
  it.each<readonly [string, unknown, string, RegExp]>([
    [
      'both projects and secretProvider',
      { projects: PROJECTS, secretProvider: { secretsFor: () => SECRET } },
      'secretProvider',
      /both "projects" and "secretProvider" are given: keep one of them/,
    ],
    [
      'neither projects nor secretProvider',
      {},
      'projects',
      /neither "projects" nor "secretProvider" is given: name the/,
    ],
    ['both undefined', { projects: undefined, secretProvider: undefined }, 'projects', /neither "projects" nor/],
    [
      'an option that does not exist',
      { projects: PROJECTS, secret: 'hunter2' },
      'secret',
      /there is no option "secret"/,
    ],
    ['an option with a slip of the pen', { projects: PROJECTS, maxage: 60 }, 'maxage', /the options are .*maxAge/],
    [
      'a factory without an answer',
      undefined,
      'options',
      /the options are undefined: import VideoCallbacksModule\.forRoot/,
    ],
    ['a factory that answers null', null, 'options', /the options are null: import VideoCallbacksModule\.forRoot/],
  ])('%s', async (_, options, option, message) => {
    await expect(check(options)).rejects.toMatchObject({
      name: 'InvalidOptionError',
      option,
      message: expect.stringMatching(message),
    });
  });

  it('an option that does not exist is not shown with its value, which may be a secret', async () => {
    await expect(check({ projects: PROJECTS, secret: 'hunter2' })).rejects.not.toThrow(/hunter2/);
  });
});

describe('secrets that cannot be used are an error that names their place, without the secret:', () => {
  const TOO_LONG = 'x'.repeat(51);

  // What a secret may be: secrets/secret-rules.spec.ts.
  it.each<readonly [string, unknown, string]>([
    ['no project', {}, 'projects is empty: name at least one project'],
    ['a missing secret', { p: undefined }, "projects['p'] is undefined: is the environment variable for it set?"],
    ['null', { p: null }, "projects['p'] is null: name one secret"],
    ['a number', { p: 12345678 }, "projects['p'] is number: name one secret"],
    ['an empty list', { p: [] }, "projects['p'] is an empty list: name at least one signature secret"],
    ['a long secret', { p: TOO_LONG }, "projects['p'] has 51 characters: Vonage takes at most 50"],
    ['an empty secret of a kind', { p: { archive: '' } }, "projects['p'].archive is empty"],
    ['a missing secret of a kind', { p: { archive: undefined } }, "projects['p'].archive is undefined: a signature"],
    ['a long one in a list', { p: { sip: [SECRET, TOO_LONG] } }, "projects['p'].sip[1] has 51 characters"],
    [
      'an unknown kind',
      { p: { archives: SECRET } },
      "projects['p'].archives is not a kind of callback: use session, archive",
    ],
  ])('%s', async (_, projects, message) => {
    const error: unknown = await check({ projects }).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ name: 'InvalidSecretError', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain(TOO_LONG);
    expect(String(error)).not.toContain(SECRET);
  });
});

describe('options are accepted:', () => {
  it.each<readonly [string, unknown]>([
    ['userAgent', false],
    ['userAgent', /^Vonage/],
    ['allowedAddresses', false],
    ['allowedAddresses', ['216.147.0.0/18', '192.0.2.1', '2001:db8::/32', '::1', '0.0.0.0/0']],
    ['requireClientCertificate', false],
    ['verifyPayload', false],
    ['observer', {}],
    ['projects', { p: 'x' }],
    ['projects', { p: 'x'.repeat(50) }],
    ['projects', { p: Object.fromEntries(VIDEO_CALLBACK_KINDS.map((kind) => [kind, [SECRET, 'another']])) }],
  ])('%s: %p', async (option, value) => {
    await expect(check({ projects: PROJECTS, [option]: value })).resolves.toBeInstanceOf(StaticKeys);
  });
});

describe.each(PLATFORMS)('an option that is undefined has its default on %s:', (platform) => {
  afterEach(() => {
    takeHandled();
  });

  it('the application behaves as without it', async () => {
    const undefinedOptions = Object.fromEntries(
      [
        ...['secretProvider', 'secretTtl', 'secretTimeout', 'maxAge', 'clockTolerance', 'userAgent', 'observer'],
        ...['allowedAddresses', 'requireClientCertificate', 'verifyPayload', 'bodyLimit', 'bodyTimeout', 'isGlobal'],
        ...['secretCacheSize', 'staleIfError', 'extraProviders'],
      ].map((option) => [option, undefined]),
    );
    const running = await startApplication({
      platform,
      imports: [VideoCallbacksModule.forRoot({ ...undefinedOptions, projects: PROJECTS })],
    });
    const statusOf = async (...[options]: Parameters<typeof archiveRequest>) =>
      (await running.post('/callbacks/archive', archiveRequest(options))).status;
    try {
      expect(await statusOf()).toBe(204);
      expect(await statusOf({ claims: { iat: nowInSeconds() - 24 * 3600 } })).toBe(204);
      expect(await statusOf({ claims: { iat: nowInSeconds() - 26 * 3600 } })).toBe(401);
      expect(await statusOf({ claims: { iat: nowInSeconds() + 30 } })).toBe(204);
      expect(await statusOf({ claims: { iat: nowInSeconds() + 90 } })).toBe(401);
      expect(await statusOf({ headers: { 'user-agent': 'curl/8' } })).toBe(401);
      expect(await statusOf({ claims: { payload_hash: 'f'.repeat(64) } })).toBe(401);
      expect(await statusOf({ claims: { api_key: `${PROJECT}0` } })).toBe(401);
    } finally {
      await running.close();
    }
  });
});
