import { type Attributes } from '@opentelemetry/api';
import { type PerhapsGenuine, type ReportedOutcome } from '../telemetry/callback-outcome.js';
import { cut } from '../verification/quoted-text.js';
import {
  AGE,
  ATTEMPT,
  CLIENT_ADDRESS,
  CODE_FUNCTION_NAME,
  HTTP_REQUEST_METHOD,
  KIND,
  MESSAGING_DESTINATION_NAME,
  MESSAGING_MESSAGE_ID,
  MESSAGING_OPERATION_NAME,
  MESSAGING_OPERATION_TYPE,
  MESSAGING_SYSTEM,
  PROJECT,
  SECRET_POSITION,
} from './attribute-names.js';

/** What is known of a request, genuine or not. */
export type RequestFacts = Omit<ReportedOutcome, 'durations'> & PerhapsGenuine;

/** The attributes of a request's span that are known when it begins, so that samplers see them. */
export function requestAttributes(
  { kind, route, address, projectId, jti, age, secretPosition, attempt }: RequestFacts,
  isRedelivery: boolean,
): Attributes {
  return {
    [MESSAGING_SYSTEM]: 'vonage_video',
    [MESSAGING_OPERATION_NAME]: 'process',
    [MESSAGING_OPERATION_TYPE]: 'process',
    [MESSAGING_DESTINATION_NAME]: kind,
    [MESSAGING_MESSAGE_ID]: bounded(jti),
    [HTTP_REQUEST_METHOD]: isRedelivery ? undefined : 'POST',
    [CLIENT_ADDRESS]: bounded(address),
    [CODE_FUNCTION_NAME]: route,
    [KIND]: kind,
    // Without a secret that matched it is untrusted input.
    [PROJECT]: secretPosition === undefined ? undefined : bounded(projectId),
    [SECRET_POSITION]: secretPosition,
    [ATTEMPT]: attempt?.attempt,
    [AGE]: age,
  };
}

function bounded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cut(text);
}
