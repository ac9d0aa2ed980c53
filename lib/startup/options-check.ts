import { LONGEST_RETENTION, NUMBER_OPTIONS } from '../options/number-options.js';
import {
  type Check,
  expect,
  expectNumber,
  findFault,
  findUnknown,
  hasMethod,
  shownSort,
  shownValue,
} from '../options/option-checks.js';
import { DEFAULT_SECRET_CACHE_SIZE } from '../secrets/signature-key.cache.js';
import {
  DEFAULT_CLOCK_TOLERANCE,
  DEFAULT_MAX_AGE,
  VONAGE_CALLBACK_USER_AGENT,
} from '../verification/callback-verifier.js';
import { findClientCertificateFault } from '../verification/client-certificate.options.js';
import { OwnFault } from '../verification/own-fault.js';
import { isAddressRange } from '../verification/source-addresses.js';
import { CALLBACK_OUTCOMES } from '../telemetry/callback-outcome.js';
import { type VideoCallbacksOptions } from '../video-callbacks.options.js';

/** An option that cannot work, or a wrong use of the module. The message says what is wrong and how to fix it. */
export class InvalidOptionError extends OwnFault {
  override readonly name = 'InvalidOptionError';
  /** `ERR_CALLBACKS_INVALID_OPTION` */
  override readonly code = 'ERR_CALLBACKS_INVALID_OPTION';

  constructor(
    /** The option's name; `module`, `platform` or `route` if no option is wrong. */
    readonly option: string,
    problem: string,
  ) {
    super(`VideoCallbacksModule: ${problem}`);
  }
}

type Unfilled = 'projects' | 'secretProvider' | 'ledger' | 'inbox';

/** Checked options, with defaults filled in. */
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

const isBoolean = expect((value) => typeof value === 'boolean', 'true or false');

const CHECKS: Readonly<Record<keyof VideoCallbacksOptions, Check>> = {
  projects: (value) =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? "is not an object: write projects: { '12345678': secrets }"
      : undefined,
  secretProvider: (value) =>
    hasMethod(typeof value === 'function' ? value.prototype : value, 'secretsFor')
      ? undefined
      : 'has no method secretsFor: extend SignatureSecretProvider',
  secretTtl: expectNumber(NUMBERS.secretTtl),
  secretTimeout: expectNumber(NUMBERS.secretTimeout),
  secretCacheSize: expectNumber(NUMBERS.secretCacheSize),
  staleIfError: expectNumber(NUMBERS.staleIfError),
  maxAge: expectNumber(NUMBERS.maxAge),
  clockTolerance: expectNumber(NUMBERS.clockTolerance),
  userAgent: expect(
    (value) => value === false || value instanceof RegExp || (typeof value === 'string' && value !== ''),
    'a string, a RegExp, or false for any',
  ),
  allowedAddresses: checkAddresses,
  // findClientCertificateFault() checks it, because its message names the wrong member.
  requireClientCertificate: () => undefined,
  verifyPayload: isBoolean,
  unsigned: expect((value) => value === 'reject' || value === 'retry', '"reject" or "retry"'),
  bodyLimit: expectNumber(NUMBERS.bodyLimit),
  bodyTimeout: expectNumber(NUMBERS.bodyTimeout),
  ledger: expect(
    (value) => value === false || LEDGER_METHODS.every((name) => hasMethod(value, name)),
    'a CallbackLedger, or false for none',
    shownSort,
  ),
  inbox: expect((value) => INBOX_METHODS.every((name) => hasMethod(value, name)), 'a CallbackInbox', shownSort),
  unavailable: expect((value) => value === 'handle' || value === 'reject', '"handle" or "reject"'),
  storageTimeout: expectNumber(NUMBERS.storageTimeout),
  duplicateTimeout: expectNumber(NUMBERS.duplicateTimeout),
  observer: expect(isObserver, 'an object with methods'),
};

function checkAddresses(value: unknown): string | undefined {
  const isGood = (range: unknown): boolean => typeof range === 'string' && isAddressRange(range);
  const ranges: readonly unknown[] = Array.isArray(value) ? value : [];
  if (value === false || (ranges.length > 0 && ranges.every(isGood))) return undefined;
  const wrong = ranges.filter((range) => !isGood(range)).map(shownValue);
  return (
    `is ${shownValue(value)}: it must be a list of addresses and CIDR ranges such as 216.147.0.0/18 or 2001:db8::/32, ` +
    `or false for any${wrong.length === 0 ? '' : `; ${wrong.join(', ')} is no range`}`
  );
}

function isObserver(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    CALLBACK_OUTCOMES.every((name) => Reflect.get(value, name) === undefined || hasMethod(value, name))
  );
}

/** @throws {InvalidOptionError} if there are no options, as in JavaScript or where the module itself is imported */
export function assertOptions<Options extends object>(options: Options | undefined): asserts options is Options {
  if (typeof options === 'object' && (options as unknown) !== null) return;
  throw new InvalidOptionError(
    'options',
    `the options are ${shownSort(options)}: import VideoCallbacksModule.forRoot({ projects: { … } }) or ` +
      'forRootAsync({ useFactory: () => ({ projects: { … } }) }).',
  );
}

/**
 * Checks the options and fills in the defaults. An option that is `undefined` has its default. The secrets are checked
 * where they are imported.
 *
 * @throws {InvalidOptionError} for the first option that cannot be used
 */
export function checkOptions(options: VideoCallbacksOptions | undefined): CheckedOptions {
  assertOptions(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const known = Object.keys(CHECKS);
  const unknown = findUnknown(given, known);
  if (unknown !== undefined) {
    throw new InvalidOptionError(unknown, `there is no option "${unknown}": the options are ${known.join(', ')}.`);
  }
  const found = findFault(given, CHECKS);
  if (found !== undefined) throw new InvalidOptionError(found.option, `"${found.option}" ${found.fault}.`);

  const checked = { ...DEFAULTS, ...given, ...secretSource(options) };
  const certificateFault = findClientCertificateFault(checked.requireClientCertificate);
  if (certificateFault !== undefined) throw new InvalidOptionError('requireClientCertificate', `${certificateFault}.`);
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
 * How long a token can be valid after it was first seen, in seconds. Clocks may differ in both directions. At most the
 * longest retention, so that a ledger with that retention can be used with an unlimited `maxAge`.
 */
export function longestValidity({ maxAge, clockTolerance }: Pick<CheckedOptions, 'maxAge' | 'clockTolerance'>): number {
  return Math.min(maxAge + 2 * clockTolerance, LONGEST_RETENTION);
}

/** Checks the retention of the ledger or inbox, which may be the user's own class. */
function checkMemory(options: CheckedOptions): void {
  const { ledger, inbox } = options;
  if (inbox !== undefined && ledger !== undefined && ledger !== false) {
    throw new InvalidOptionError(
      'inbox',
      'both "ledger" and "inbox" are given: keep one. An inbox also detects duplicates.',
    );
  }
  const [option, memory, ranges] =
    inbox === undefined
      ? (['ledger', ledger, NUMBER_OPTIONS.CallbackLedger] as const)
      : (['inbox', inbox, NUMBER_OPTIONS.CallbackInbox] as const);
  if (memory === undefined || memory === false) return;
  for (const [name, range] of Object.entries(ranges)) {
    const fault = expectNumber(range)(Reflect.get(memory, name));
    if (fault !== undefined) throw new InvalidOptionError(option, `"${option}.${name}" ${fault}.`);
  }
  if (memory.retention >= longestValidity(options)) return;
  throw new InvalidOptionError(
    option,
    `what was handled is remembered for ${memory.retention} s (retention), but a captured request can be valid for ` +
      `${longestValidity(options)} s (maxAge and twice clockTolerance): make retention at least as long.`,
  );
}
