import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { type CapturedRequest } from './captured-request.js';
import { type Checks, notChecked } from './check.js';
import { claimChecks, type Judgement } from './claim-checks.js';
import { payloadCheck } from './payload-check.js';
import { projectCheck } from './project-check.js';
import { algorithmChecks, requestChecks } from './request-checks.js';
import { signatureCheck } from './signature-check.js';
import { type VerifyOptions } from './verify.command.js';

/** What a captured request is examined with. */
interface Examination {
  readonly options: VerifyOptions;
  readonly surroundings: Surroundings;
  readonly secrets: SignatureSecrets;
  readonly judgement: Judgement;
}

/** Makes every check that can be made, also after one has failed. */
export async function examine(
  capture: CapturedRequest,
  { options, surroundings, secrets, judgement }: Examination,
): Promise<Checks> {
  const { checks, token } = requestChecks(capture, options.anyUserAgent === true);
  if (token === undefined) {
    return [
      ...checks,
      notChecked('signature', 'signature', 'there is no token that could be read'),
      payloadCheck(undefined, capture),
    ];
  }
  const { claims } = token;
  return [
    ...checks,
    ...algorithmChecks(token),
    projectCheck(claims, options, surroundings),
    await signatureCheck(token, secrets, options.kind),
    ...(await claimChecks(claims, judgement)),
    payloadCheck(claims['payload_hash'], capture),
  ];
}
