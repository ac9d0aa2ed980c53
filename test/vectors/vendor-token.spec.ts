import { describe, expect, it } from '@jest/globals';
import { CallbackVerifier, importSignatureKeys } from '../../lib/index.js';
import { useStoppedDate } from '../support/clock.js';
import { hmac } from '../support/hmac.js';
import { USER_AGENT } from '../support/signer.js';

/** `sample_webhook_token` of Vonage/vonage-ruby-sdk, test/vonage/test.rb (Apache-2.0): made by Vonage, not by us. */
const TOKEN = [
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJpYXQiOjE1ODc0OTQ5NjIsImp0aSI6ImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2U1MTFiNSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImQ2YzBlNzRiNTg1N2RmMjBlM2I3ZTUxYjMwYzBjMmE0MGVjNzNhNzc4NzliNmYwNzRkZGM3YTIzMTdkZDAzMWIiLCJhcGlfa2V5IjoiYTFiMmMzZCIsImFwcGxpY2F0aW9uX2lkIjoiYWFhYWFhYWEtYmJiYi1jY2NjLWRkZGQtMDEyMzQ1Njc4OWFiIn0',
  'JQRKi1d0SQitmjPINfTWMpt3XZkGsLbD7EjCdXoNSbk',
].join('.');
/** `sample_valid_signature_secret` and `sample_invalid_signature_secret` of the same file. */
const SECRET = 'ZYtdTtGV3BCFN7tWmOWr1md66XsquMggr4W2cTtXtcPgfnI0Xw';
const OTHER_SECRET = 'ZYtdTtGV3BCFN7tWmOWr1md66XsquMggr4W2cTtXtcPgf55555';
const ISSUED_AT = 1_587_494_962;

const verify = (secret: string, token = TOKEN) =>
  new CallbackVerifier({ keys: { keysFor: () => importSignatureKeys([secret]) } }).verifyToken(
    { 'user-agent': USER_AGENT, authorization: `Bearer ${token}` },
    'session',
  );

describe('the token of the tests of a Vonage SDK', () => {
  const stopDateAt = useStoppedDate();

  it('is good under its secret, at its time', async () => {
    stopDateAt(ISSUED_AT + 5);

    expect(await verify(SECRET)).toEqual({
      kind: 'session',
      projectId: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
      secretPosition: 0,
      claims: {
        iat: ISSUED_AT,
        jti: 'c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5',
        iss: 'Vonage',
        payload_hash: 'd6c0e74b5857df20e3b7e51b30c0c2a40ec73a77879b6f074ddc7a2317dd031b',
        api_key: 'a1b2c3d',
        application_id: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
      },
    });
  });

  it('has the signature that Node makes with that secret', () => {
    const [, input = '', signature] = /^(.*)\.(.*)$/.exec(TOKEN) ?? [];

    expect(hmac(input, SECRET)).toBe(signature);
  });

  it('is refused with another secret, when changed, and when expired', async () => {
    await expect(verify(OTHER_SECRET)).rejects.toMatchObject({ reason: 'signature_mismatch' });
    await expect(verify(SECRET, TOKEN.replace('.JQ', '.JA'))).rejects.toMatchObject({ reason: 'signature_mismatch' });
    await expect(verify(SECRET)).rejects.toMatchObject({ reason: 'token_too_old' });
  });
});
