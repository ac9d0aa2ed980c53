import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type GivenArguments } from '../given-arguments.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { type CapturedRequest } from './captured-request.js';
import { type Checks, notChecked } from './check.js';
import { claimChecks, type Judgement } from './claim-checks.js';
import { payloadCheck } from './payload-check.js';
import { projectCheck } from './project-check.js';
import { algorithmChecks, requestChecks } from './request-checks.js';
import { signatureCheck } from './signature-check.js';

/** What a captured request is examined with. */
interface Examination {
  readonly given: GivenArguments;
  readonly surroundings: Surroundings;
  readonly secrets: SignatureSecrets;
  /** The kind of the callback, if the user named it. */
  readonly kind: VideoCallbackKind | undefined;
  readonly judgement: Judgement;
}

/** Makes every check that can be made, also after one has failed. */
export async function examine(
  capture: CapturedRequest,
  { given, surroundings, secrets, kind, judgement }: Examination,
): Promise<Checks> {
  const { checks, token } = requestChecks(capture, given.has('any-user-agent'));
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
    projectCheck(claims, given, surroundings),
    await signatureCheck(token, secrets, kind),
    ...(await claimChecks(claims, judgement)),
    payloadCheck(claims['payload_hash'], capture),
  ];
}
