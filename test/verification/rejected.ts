import { expect } from '@jest/globals';
import { type RejectionReason } from '../../lib/verification/callback-rejection.js';
import { CallbackVerifier } from '../../lib/verification/callback-verifier.js';
import { importSignatureKeys } from '../../lib/verification/signature-key.js';
import { type RawRequest } from '../support/raw-http.js';
import { PROJECT, SECRET } from '../support/signer.js';

const keys = importSignatureKeys([SECRET]);
const verifier = new CallbackVerifier({ keys: { keysFor: (projectId) => (projectId === PROJECT ? keys : undefined) } });

/** Verifies an archive callback without an application. */
export const verified = ({ headers, body }: RawRequest) => verifier.verify(headers, body, 'archive');

/** Expects that the verifier rejects a request for this reason. */
export const expectRejected = (request: RawRequest, reason: RejectionReason): Promise<void> =>
  expect(verified(request)).rejects.toMatchObject({ name: 'CallbackRejection', reason });
