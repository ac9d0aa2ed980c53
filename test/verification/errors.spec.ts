import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CallbackRejectedException,
  ModuleNotImportedError,
  OwnFault,
  SecretsUnavailableError,
  StorageTimeoutError,
} from '../../lib/index.js';
import { CallbackRejection } from '../../lib/verification/callback-rejection.js';

const LIB = join(import.meta.dirname, '../../lib');

/** Every class of lib/ that extends OwnFault, with its code. */
const FAULTS = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => readFileSync(join(LIB, file), 'utf8').split(/^(?=export |class )/m))
  .map((source) => ({
    name: /^(?:export )?class (\w+) extends OwnFault /.exec(source)?.[1],
    code: /override readonly code = '(.*)';/.exec(source)?.[1],
  }))
  .filter(({ name }) => name !== undefined);

describe('Errors of the library', () => {
  it('have each a code of its own', () => {
    const codes = FAULTS.map(({ code }) => code);

    expect(codes.length).toBeGreaterThan(10);
    expect(FAULTS.filter(({ code }) => !/^ERR_CALLBACKS(?:_[A-Z]+)+$/.test(code ?? ''))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each<[code: string, fault: OwnFault]>([
    ['ERR_CALLBACKS_MODULE_NOT_IMPORTED', new ModuleNotImportedError()],
    ['ERR_CALLBACKS_SECRETS_UNAVAILABLE', new SecretsUnavailableError('why')],
    ['ERR_CALLBACKS_STORAGE_TIMEOUT', new StorageTimeoutError('why')],
  ])('have the code %s', (code, fault) => {
    expect(fault).toBeInstanceOf(OwnFault);
    expect(fault.code).toBe(code);
  });
});

describe('CallbackRejection', () => {
  it('has what is known of the token', () => {
    const token = { projectId: 'p', jti: 'x', age: 1, secretPosition: 0 };
    const rejection = new CallbackRejection('token_expired', 'why', token);

    expect(rejection).toMatchObject({ name: 'CallbackRejection', reason: 'token_expired', message: 'why', token });
    expect(rejection.projectId).toBe('p');
    expect(new CallbackRejection('token_expired', 'why').token).toEqual({});
  });

  it('leaves the stack traces of other errors as they were', () => {
    const { stackTraceLimit } = Error;
    new CallbackRejection('token_expired', 'why');
    new CallbackRejectedException('token_expired');

    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(new Error('another').stack).toContain('\n    at ');
  });
});
