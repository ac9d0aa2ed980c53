import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModuleNotImportedError, OwnFault, SecretsUnavailableError, StorageTimeoutError } from '../../lib/index.js';

const LIB = join(import.meta.dirname, '../../lib');

/** Every class of lib/ that is a fault of ours, with its code. */
const FAULTS = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => readFileSync(join(LIB, file), 'utf8').split(/^(?=export |class )/m))
  .map((source) => ({
    name: /^(?:export )?class (\w+) extends OwnFault /.exec(source)?.[1],
    code: /override readonly code = '(.*)';/.exec(source)?.[1],
  }))
  .filter(({ name }) => name !== undefined);

describe('faults of the library', () => {
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
  ])('show it: %s', (code, fault) => {
    expect(fault).toBeInstanceOf(OwnFault);
    expect(fault.code).toBe(code);
  });
});
