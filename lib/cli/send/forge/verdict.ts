import { type Exchange } from '../exchange.js';
import { type Fault, type FaultId, FAULTS } from './faults.js';
import { type HostileRequest } from './hostile-request.js';

/** How an endpoint answered a hostile request. */
export type Outcome = 'refused' | 'accepted' | 'error' | 'unclear';

/** A hostile request and what the endpoint made of it. */
export interface Verdict {
  readonly id: string;
  readonly title: string;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly outcome: Outcome;
  /** What the answer reveals; `undefined` if the request was refused. */
  readonly fault: FaultId | undefined;
}

/** Judges an answer. */
export function judge({ id, title, fault, isUnsigned }: HostileRequest, { status, error }: Exchange): Verdict {
  const outcome = isUnsigned === true && status === 503 ? 'refused' : outcomeOf(status);
  const revealed = {
    refused: undefined,
    accepted: fault,
    error: 'request_unhandled',
    unclear: 'answer_unclear',
  } as const;
  return { id, title, status, error, outcome, fault: revealed[outcome] };
}

/** The fault that a verdict reveals. */
export function faultOf({ fault }: Verdict): Fault | undefined {
  return fault === undefined ? undefined : FAULTS[fault];
}

function outcomeOf(status: number | undefined): Outcome {
  if (status === undefined) return 'unclear';
  if (status >= 200 && status < 300) return 'accepted';
  if (status >= 500) return 'error';
  // 429 says that there were too many requests, not that this one was hostile.
  return status >= 400 && status !== 429 ? 'refused' : 'unclear';
}
