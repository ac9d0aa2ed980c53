import { describe, expect, it } from '@jest/globals';
import { CallbackVerifier, type RejectionReason } from '../../lib/index.js';
import { importHmacKey } from '../../lib/verification/signature-key.js';
import { PLATFORMS } from '../support/application.js';
import { SECRET, USER_AGENT } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';
import { bearing, BODY } from '../verification/tokens.js';
import { adapt, isSignedBy, SIGNATURE_GROUPS, type SignatureGroup, type SignatureVector } from './web-signatures.js';

const VECTORS = SIGNATURE_GROUPS.flatMap((group) =>
  group.tests.map((vector): [number, string, SignatureVector, SignatureGroup] => [
    vector.tcId,
    vector.comment,
    vector,
    group,
  ]),
);

const keyOf = ({ k }: SignatureGroup): Buffer => Buffer.from(k, 'base64url');

/** Verifies a token with the very bytes of a vector's key, which need not be UTF-8. */
async function verify(token: string, group: SignatureGroup) {
  const key = await importHmacKey(keyOf(group));
  const verifier = new CallbackVerifier({ keys: { keysFor: () => [{ key, position: 0 }] } });
  const headers = { 'user-agent': USER_AGENT, authorization: `Bearer ${token}` };
  return verifier.verify(headers, Buffer.from(BODY), 'archive');
}

/** What is found before or by the check of the signature. */
const AT_THE_SIGNATURE: readonly RejectionReason[] = [
  'authorization_malformed',
  'token_malformed',
  'algorithm_not_allowed',
  'signature_mismatch',
];

describe.each(VECTORS)('vector %d of Wycheproof, %s,', (_id, _comment, vector, group) => {
  it('is refused as it is, since its payload is no claims', async () => {
    const refusal: unknown = await verify(vector.jws, group).catch((error: unknown) => error);

    if (vector.result === 'valid' && vector.refused === undefined) {
      expect(isSignedBy(vector.jws, keyOf(group))).toBe(true);
      expect(refusal).toMatchObject({ reason: 'token_malformed', message: expect.stringContaining('its claims part') });
    } else {
      expect(refusal).toMatchObject({ name: 'CallbackRejection', reason: expect.any(String) });
      expect(AT_THE_SIGNATURE).toContain((refusal as { reason: RejectionReason }).reason);
    }
  });

  it(`with claims of Vonage and its own key is ${vector.refused ?? 'accepted'}`, async () => {
    const verified = verify(adapt(vector, group, keyOf(group), BODY), group);

    if (vector.refused === undefined) expect((await verified).secretPosition).toBe(0);
    else await expect(verified).rejects.toMatchObject({ name: 'CallbackRejection', reason: vector.refused });
  });
});

/** One vector for each verdict. */
const ONE_OF_EACH = [...new Map(VECTORS.map((vector) => [vector[2].refused, vector])).values()];

describe.each(PLATFORMS)('on %s a vector of Wycheproof with claims of Vonage and a secret', (platform) => {
  const running = useApplication({ platform });

  it.each(ONE_OF_EACH)('is accepted or refused as its original: %d, %s', async (_id, _comment, vector, group) => {
    const request = bearing(adapt(vector, group, SECRET, BODY));
    if (vector.refused === undefined) await expectAccepted(running(), request);
    else await expectRefused(running(), request, vector.refused);
  });
});
