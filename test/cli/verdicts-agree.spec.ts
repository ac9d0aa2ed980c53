import { describe, expect, it } from '@jest/globals';
import { CallbackVerifier, importSignatureKeys } from '../../lib/index.js';
import { PAYLOADS } from '../support/payloads.js';
import { nowInSeconds, SECRET, signed, type SigningOptions } from '../support/signer.js';
import { rawCapture } from './support/captures.js';
import { runCommand } from './support/run-command.js';

const NOW = nowInSeconds();

describe('verify agrees with CallbackVerifier about', () => {
  it.each<[title: string, options: SigningOptions]>([
    ['a genuine request', {}],
    ...(
      [
        ['iss', ['Vonage', 'vonage', null, undefined]],
        ['iat', [NOW, NOW - 90_050, NOW - 90_070, NOW + 50, NOW + 70, `${NOW}`, null, undefined]],
        ['exp', [NOW + 1, NOW - 50, NOW - 70, 'x', null]],
        ['nbf', [NOW - 1, NOW + 50, NOW + 70, 'x', null]],
        ['jti', ['x', '', 1, null, undefined]],
        ['payload_hash', [undefined, null, '', 'x', '0'.repeat(64), []]],
        ['api_key', [12345678, '', null, undefined, {}]],
      ] as const
    ).flatMap(([claim, values]) =>
      values.map((value): [string, SigningOptions] => [
        `${claim} ${value === undefined ? 'missing' : JSON.stringify(value)}`,
        { claims: { [claim]: value } },
      ]),
    ),
    ...['HS384', 'none', 'hs256', undefined].map((alg): [string, SigningOptions] => [
      `alg ${alg ?? 'missing'}`,
      { header: { alg } },
    ]),
    ['crit', { header: { crit: [] } }],
    ['another secret', { secret: 'another' }],
    ['another User-Agent', { headers: { 'user-agent': 'x' } }],
    ['no token', { headers: { authorization: undefined } }],
    ['another scheme', { headers: { authorization: 'Basic x' } }],
  ])('%s', async (_, options) => {
    const { headers, body } = signed(PAYLOADS.archive, options);
    const keys = importSignatureKeys([SECRET]);
    const verifier = new CallbackVerifier({ keys: { keysFor: () => keys } });
    const isGenuine = await verifier.verify(headers, body, 'archive').then(
      () => true,
      () => false,
    );
    const { code } = await runCommand(['verify', '-'], {
      stdin: rawCapture({ headers, body }),
      env: { ARCHIVE_SIGNATURE_SECRET: SECRET },
    });
    expect(code).toBe(isGenuine ? 0 : 1);
  });
});
