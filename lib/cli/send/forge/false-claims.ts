import { type FaultId } from './faults.js';
import { type HostileRequest } from './hostile-request.js';

const HOUR_S = 3600;

/** Requests with the right signature and claims that must not be accepted. */
export const FALSE_CLAIMS: readonly HostileRequest[] = [
  claims('issued_26_hours_ago', 'issued 26 hours ago', 'age_not_limited', (now) => ({ iat: now - 26 * HOUR_S })),
  claims('issued_years_ago', 'issued in 2001', 'age_not_limited', () => ({ iat: 1_000_000_000 })),
  claims('issued_never', 'without iat', 'age_not_limited', () => ({ iat: undefined })),
  claims('issued_as_text', 'with an iat that is text', 'age_not_limited', (now) => ({ iat: `${now}, or so` })),
  claims('issued_in_future', 'issued an hour from now', 'future_accepted', (now) => ({ iat: now + HOUR_S })),
  claims('issued_in_milliseconds', 'with an iat in milliseconds', 'future_accepted', (now) => ({ iat: now * 1000 })),
  claims('other_issuer', 'of another issuer', 'issuer_not_checked', () => ({ iss: 'Vonnage' })),
  claims('no_issuer', 'without an issuer', 'issuer_not_checked', () => ({ iss: undefined })),
  claims('no_token_id', 'without jti', 'token_id_not_checked', () => ({ jti: undefined })),
  claims('other_project', 'of a project that is not yours', 'project_not_checked', () => project('no-such-project')),
  claims('no_project', 'without a project', 'project_not_checked', () => project(undefined)),
  claims('proto_project', 'of the project "__proto__"', 'project_not_checked', () => project('__proto__')),
  claims('constructor_project', 'of the project "constructor"', 'project_not_checked', () => project('constructor')),
  claims('object_project', 'of a project that is an object', 'project_not_checked', () => project({ length: 1 })),
  claims('expired', 'with an exp in the past', 'expiry_not_honoured', (now) => ({ exp: now - 2 * HOUR_S })),
  claims('not_yet_valid', 'with an nbf in the future', 'expiry_not_honoured', (now) => ({ nbf: now + 2 * HOUR_S })),
];

function claims(
  id: string,
  title: string,
  fault: FaultId,
  deviation: (now: number) => Record<string, unknown>,
): HostileRequest {
  return {
    id,
    title: `a token ${title}`,
    fault,
    make: ({ forger }) => forger.sign({ claims: deviation(Math.floor(Date.now() / 1000)) }),
  };
}

function project(name: unknown) {
  return { api_key: name, application_id: undefined };
}
