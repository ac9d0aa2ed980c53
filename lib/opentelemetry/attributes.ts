import { type Attributes } from '@opentelemetry/api';
import { type PerhapsGenuine, type ReportedOutcome } from '../telemetry/callback-outcome.js';
import { cut } from '../verification/quoted-text.js';

/*
 * Names of attributes. Those of OpenTelemetry follow commit 2b42499a of open-telemetry/semantic-conventions. They are
 * not imported, because the messaging conventions are in development and their package may rename them in any version.
 */

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const MESSAGING_SYSTEM = 'messaging.system';
export const MESSAGING_OPERATION_NAME = 'messaging.operation.name';
export const MESSAGING_OPERATION_TYPE = 'messaging.operation.type';
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name';
export const MESSAGING_MESSAGE_ID = 'messaging.message.id';

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export const HTTP_REQUEST_METHOD = 'http.request.method';
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
export const CLIENT_ADDRESS = 'client.address';

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/ */
export const CODE_FUNCTION_NAME = 'code.function.name';

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/ */
export const ERROR_TYPE = 'error.type';

/** The kind of callback that the method takes. */
export const KIND = 'video_callback.kind';
/** The callback's identity, as `@CallbackId()` injects it. */
export const ID = 'video_callback.id';
/** How it ended: an outcome's name, or {@link ABANDONED}. */
export const OUTCOME = 'video_callback.outcome';
/** Why a request was refused: one of the stable codes. */
export const REASON = 'video_callback.reason';
/** The project whose secret matched. */
export const PROJECT = 'video_callback.project';
/** Which secret of the project's list matched, from 0. */
export const SECRET_POSITION = 'video_callback.secret_position';
/** The name of that secret, if it has one. */
export const SECRET_NAME = 'video_callback.secret_name';
/** Which attempt at handling it this is, from 1. */
export const ATTEMPT = 'video_callback.attempt';
/** Age of the token in seconds. */
export const AGE = 'video_callback.age';
/** What was unavailable: `ledger`, `inbox`, `secrets` or `unknown`. */
export const DEPENDENCY = 'video_callback.dependency';
/** One of verification, payload, storage, handling. */
export const STAGE = 'video_callback.stage';

/** The sender of a copy disconnected while the copy waited for another one that was being handled. */
export const ABANDONED = 'abandoned';

/** What is known of a request, genuine or not. */
export type RequestFacts = Omit<ReportedOutcome, 'durations'> & PerhapsGenuine;

/** The attributes of a request's span that are known when it begins, so that samplers see them. */
export function ofRequest(
  { id, kind, route, address, projectId, jti, age, secretPosition, secretName, attempt }: RequestFacts,
  isRedelivery: boolean,
): Attributes {
  return {
    [MESSAGING_SYSTEM]: 'vonage_video',
    [MESSAGING_OPERATION_NAME]: 'process',
    [MESSAGING_OPERATION_TYPE]: 'process',
    [MESSAGING_DESTINATION_NAME]: kind,
    [MESSAGING_MESSAGE_ID]: jti && cut(jti),
    [HTTP_REQUEST_METHOD]: isRedelivery ? undefined : 'POST',
    [CLIENT_ADDRESS]: address && cut(address),
    [CODE_FUNCTION_NAME]: route,
    [KIND]: kind,
    [ID]: id && cut(id),
    // Unless a secret matched, it is untrusted input.
    [PROJECT]: secretPosition === undefined ? undefined : projectId && cut(projectId),
    [SECRET_POSITION]: secretPosition,
    [SECRET_NAME]: secretName && cut(secretName),
    [ATTEMPT]: attempt?.attempt,
    [AGE]: age,
  };
}
