import { describeRange, isInRange, shownValue } from '../options/number-check.js';
import { LONGEST_RETENTION, NUMBER_OPTIONS, type NumberRange } from '../options/number-options.js';
import {
  DEFAULT_CLOCK_TOLERANCE,
  DEFAULT_MAX_AGE,
  VONAGE_CALLBACK_USER_AGENT,
} from '../verification/callback-verifier.js';
import { DEFAULT_SECRET_CACHE_SIZE } from '../secrets/signature-key.cache.js';
import { type VideoCallbacksOptions } from '../video-callbacks.options.js';
import { InvalidOptionError } from './invalid-option.error.js';
import { type Check, checkAddresses, expect, hasMethod, number } from './value-checks.js';

type Unfilled = 'projects' | 'secretProvider' | 'ledger' | 'inbox';

/** Options that were found good, with defaults filled in. */
export type CheckedOptions = FilledOptions & Pick<VideoCallbacksOptions, 'ledger' | 'inbox'> & SecretSource;

type FilledOptions = {
  readonly [Name in Exclude<keyof VideoCallbacksOptions, Unfilled>]-?: NonNullable<VideoCallbacksOptions[Name]>;
};

/** Exactly one of the two. */
type SecretSource =
  | { readonly projects: NonNullable<VideoCallbacksOptions['projects']> }
  | { readonly projects?: undefined; readonly secretProvider: NonNullable<VideoCallbacksOptions['secretProvider']> };

/** Injection token of the {@link CheckedOptions}. */
export const CHECKED_OPTIONS = Symbol('VideoCallbacksModule: checked options');

const DEFAULTS: FilledOptions = {
  secretTtl: 60,
  secretTimeout: 2,
  secretCacheSize: DEFAULT_SECRET_CACHE_SIZE,
  staleIfError: 300,
  maxAge: DEFAULT_MAX_AGE,
  clockTolerance: DEFAULT_CLOCK_TOLERANCE,
  userAgent: VONAGE_CALLBACK_USER_AGENT,
  allowedAddresses: false,
  requireClientCertificate: false,
  verifyPayload: true,
  unsigned: 'reject',
  bodyLimit: 1_048_576,
  bodyTimeout: 3,
  unavailable: 'handle',
  storageTimeout: 1,
  duplicateTimeout: 2,
  observer: {},
};

const LEDGER_METHODS = ['claim', 'renew', 'complete', 'release'];
const INBOX_METHODS = ['put', 'start', 'counts', 'stop', 'close'];

const NUMBERS = NUMBER_OPTIONS.VideoCallbacksModule;

const CHECKS: Readonly<Record<Exclude<keyof VideoCallbacksOptions, 'projects' | 'secretProvider'>, Check>> = {
  secretTtl: number(NUMBERS.secretTtl),
  secretTimeout: number(NUMBERS.secretTimeout),
  secretCacheSize: number(NUMBERS.secretCacheSize),
  staleIfError: number(NUMBERS.staleIfError),
  maxAge: number(NUMBERS.maxAge),
  clockTolerance: number(NUMBERS.clockTolerance),
  userAgent: expect(
    (value) => value === false || value instanceof RegExp || (typeof value === 'string' && value !== ''),
    'a text, a RegExp, or false for any',
  ),
  allowedAddresses: checkAddresses,
  requireClientCertificate: expect((value) => typeof value === 'boolean', 'true or false'),
  verifyPayload: expect((value) => typeof value === 'boolean', 'true or false'),
  unsigned: expect((value) => value === 'reject' || value === 'retry', '"reject" or "retry"'),
  bodyLimit: number(NUMBERS.bodyLimit),
  bodyTimeout: number(NUMBERS.bodyTimeout),
  ledger: expect(
    (value) => value === false || LEDGER_METHODS.every((name) => hasMethod(value, name)),
    'a CallbackLedger, or false for none',
  ),
  inbox: expect((value) => INBOX_METHODS.every((name) => hasMethod(value, name)), 'a CallbackInbox'),
  unavailable: expect((value) => value === 'handle' || value === 'reject', '"handle" or "reject"'),
  storageTimeout: number(NUMBERS.storageTimeout),
  duplicateTimeout: number(NUMBERS.duplicateTimeout),
  observer: expect((value) => typeof value === 'object' && value !== null, 'an object with methods'),
};

/**
 * Checks the options and fills in the defaults; an option that is `undefined` has its default. The secrets themselves
 * are checked by who keeps them.
 *
 * @throws {InvalidOptionError} for the first option that cannot be used
 */
export function checkOptions(options: VideoCallbacksOptions | undefined): CheckedOptions {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new InvalidOptionError(
      'options',
      `the options are ${shownValue(options)}: import VideoCallbacksModule.forRoot({ projects: { … } }) or forRootAsync(…).`,
    );
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const [option, value] of Object.entries(given)) checkOption(option, value);

  const checked = { ...DEFAULTS, ...given, ...secretSource(options) };
  checkMemory(checked);
  return checked;
}

function secretSource({ projects, secretProvider }: VideoCallbacksOptions): SecretSource {
  if (projects !== undefined && secretProvider !== undefined) {
    throw new InvalidOptionError('secretProvider', 'both "projects" and "secretProvider" are given: keep one of them.');
  }
  if (projects !== undefined) return { projects };
  if (secretProvider !== undefined) return { secretProvider };
  throw new InvalidOptionError(
    'projects',
    'neither "projects" nor "secretProvider" is given: name the signature secrets, ' +
      "as in projects: { '12345678': { archive: secret } }.",
  );
}

/**
 * How long a token can be valid after it was first seen, in seconds: the clocks may differ to either side. No longer than
 * anything can be remembered, so that a ledger with the longest retention serves an unlimited `maxAge`.
 */
export function longestValidity({ maxAge, clockTolerance }: Pick<CheckedOptions, 'maxAge' | 'clockTolerance'>): number {
  return Math.min(maxAge + 2 * clockTolerance, LONGEST_RETENTION);
}

function checkMemory(options: CheckedOptions): void {
  const { ledger, inbox } = options;
  if (inbox !== undefined && ledger !== undefined && ledger !== false) {
    throw new InvalidOptionError(
      'inbox',
      'both "ledger" and "inbox" are given: keep one, an inbox knows duplicates too.',
    );
  }
  if (inbox !== undefined) checkTimes('inbox', inbox, NUMBER_OPTIONS.CallbackInbox);
  if (ledger !== undefined && ledger !== false) checkTimes('ledger', ledger, NUMBER_OPTIONS.CallbackLedger);
  const memory = inbox ?? ledger;
  if (memory === undefined || memory === false || memory.retention >= longestValidity(options)) return;
  throw new InvalidOptionError(
    inbox === undefined ? 'ledger' : 'inbox',
    `what was handled is remembered for ${memory.retention} s (retention), but a captured request can be valid for ` +
      `${longestValidity(options)} s (maxAge and twice clockTolerance): make retention at least as long.`,
  );
}

/** The times of a ledger or an inbox, which may be one of the application's own. */
function checkTimes(option: 'ledger' | 'inbox', memory: object, ranges: Readonly<Record<string, NumberRange>>): void {
  for (const [name, range] of Object.entries(ranges)) {
    const value: unknown = Reflect.get(memory, name);
    if (isInRange(value, range)) continue;
    throw new InvalidOptionError(
      option,
      `"${option}.${name}" is ${shownValue(value)}: it must be ${describeRange(range)}.`,
    );
  }
}

function checkOption(option: string, value: unknown): void {
  if (option === 'projects') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidOptionError(option, '"projects" is not an object: write projects: { \'12345678\': secrets }.');
    }
  } else if (option === 'secretProvider') {
    const prototype: unknown = typeof value === 'function' ? value.prototype : value;
    if (!hasMethod(prototype, 'secretsFor')) {
      throw new InvalidOptionError(
        option,
        '"secretProvider" has no method secretsFor: extend SignatureSecretProvider.',
      );
    }
  } else if (isCheckedOption(option)) {
    const expected = CHECKS[option](value);
    if (expected !== undefined) {
      throw new InvalidOptionError(option, `"${option}" is ${shownValue(value)}: it must be ${expected}.`);
    }
  } else {
    const known = ['projects', 'secretProvider', ...Object.keys(CHECKS)].join(', ');
    throw new InvalidOptionError(option, `there is no option "${option}": the options are ${known}.`);
  }
}

function isCheckedOption(option: string): option is keyof typeof CHECKS {
  return Object.hasOwn(CHECKS, option);
}
